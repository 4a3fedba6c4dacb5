import { describe, it } from 'vitest'
import { findPostgres15, startPostgres15 } from '../_postgres.ts'
import { describeAttacks } from './_rules.ts'

const binaries = findPostgres15()
if (binaries) {
  describeAttacks('holders who resist, on Postgres 15', (options) => startPostgres15(binaries, options))
} else {
  process.stderr.write(
    '\n!!! NOT TESTED: attacks by holders on Postgres 15, because there is none here !!!\n\n',
  )
  describe.skip('Postgres 15: not on this machine', () => it('is tested', () => {}))
}
