import { afterAll, beforeAll, describe } from 'vitest'
import type { TestPostgres, TestPostgresOptions } from '../_postgres.ts'
import { describeConnectorContract } from './connector-contract.ts'
import { lastUseRules } from './connector-last-use.ts'
import { clearingRules } from './postgres-clearing.ts'
import { entitlementRoleRules } from './postgres-entitlement-roles.ts'
import { exhaustionRules, smallServer } from './postgres-exhaustion.ts'
import { privilegeRules } from './postgres-privileges.ts'
import { resistanceRules } from './postgres-resistance.ts'
import { revocationRules } from './postgres-revocation.ts'
import { setupRules } from './postgres-setup.ts'
import { makePostgresWorld, type PostgresWorld } from './postgres-world.ts'

const admins = {
  CREATEROLE: { admin: 'CREATEROLE', superuserAdmin: false },
  superuser: { admin: 'superuser', superuserAdmin: true },
}

/** All rules of the postgres connector, on one server. A superuser may do the same in each version; CREATEROLE does not. */
export function describePostgresConnector(
  name: string,
  start: (options: TestPostgresOptions) => Promise<TestPostgres>,
  { as = ['CREATEROLE', 'superuser'] }: { as?: readonly (keyof typeof admins)[] } = {},
): void {
  describe(name, () => {
    let server: TestPostgres
    beforeAll(async () => {
      server = await start({ logStatements: true })
    }, 60_000)
    afterAll(() => server?.close(), 30_000)

    describeConnectorContract('postgres', () => makePostgresWorld(server), {
      resistance: 'postgres-resistance.ts holds these rules',
      logins: 'each lease has a role of its own',
    })

    describe.each(as.map((each) => admins[each]))('with an admin that has $admin', ({ superuserAdmin }) => {
      let world: PostgresWorld
      beforeAll(async () => {
        world = await makePostgresWorld(server, { superuserAdmin })
      }, 60_000)
      afterAll(() => world?.close())
      privilegeRules(() => world)
      entitlementRoleRules(() => world)
      revocationRules(() => world)
      resistanceRules(() => world)
      clearingRules(() => world)
      setupRules(() => world)
      lastUseRules(() => world)
    })

    describe('on a small server', () => {
      let small: TestPostgres
      let world: PostgresWorld
      beforeAll(async () => {
        small = await start({ settings: smallServer })
        world = await makePostgresWorld(small, { connectionLimit: 50 })
      }, 60_000)
      afterAll(async () => {
        await world?.close()
        await small?.close()
      }, 30_000)
      exhaustionRules(() => world)
    })
  })
}
