import { afterAll, beforeAll, describe, it } from 'vitest'
import { findPostgres15, startPostgres15, startPostgres18, type TestPostgres } from '../_postgres.ts'
import { describeConnectorContract } from './connector-contract.ts'
import { privilegeRules } from './postgres-privileges.ts'
import { revocationRules } from './postgres-revocation.ts'
import { setupRules } from './postgres-setup.ts'
import { makePostgresWorld, type PostgresWorld } from './postgres-world.ts'

const binaries15 = findPostgres15()
const servers = [
  { name: 'Postgres 18', start: () => startPostgres18({ logStatements: true }) },
  ...(binaries15
    ? [{ name: 'Postgres 15', start: () => startPostgres15(binaries15, { logStatements: true }) }]
    : []),
]

if (!binaries15) {
  process.stderr.write('SKIPPED: no Postgres 15 on this machine, so its connector tests do not run\n')
  describe.skip('Postgres 15: not on this machine', () => it('is tested', () => {}))
}

describe.each(servers)('$name', ({ start }) => {
  let server: TestPostgres
  beforeAll(async () => {
    server = await start()
  }, 60_000)
  afterAll(() => server?.close(), 30_000)

  describeConnectorContract('postgres', () => makePostgresWorld(server))

  describe.each([
    { admin: 'CREATEROLE', superuserAdmin: false },
    { admin: 'superuser', superuserAdmin: true },
  ])('with an admin that has $admin', ({ superuserAdmin }) => {
    let world: PostgresWorld
    beforeAll(async () => {
      world = await makePostgresWorld(server, { superuserAdmin })
    }, 60_000)
    afterAll(() => world?.close())
    privilegeRules(() => world)
    revocationRules(() => world)
    setupRules(() => world)
  })
})
