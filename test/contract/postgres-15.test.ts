import { describe, it } from 'vitest'
import { findPostgres15, startPostgres15 } from '../_postgres.ts'
import { describePostgresConnector } from './postgres-connector-rules.ts'

const binaries = findPostgres15()
if (binaries) {
  describePostgresConnector('Postgres 15', (options) => startPostgres15(binaries, options), {
    as: ['CREATEROLE'],
  })
} else {
  process.stderr.write(
    '\n!!! NOT TESTED: the postgres connector on Postgres 15, because there is none on this machine !!!\n\n',
  )
  describe.skip('Postgres 15: not on this machine', () => it('is tested', () => {}))
}
