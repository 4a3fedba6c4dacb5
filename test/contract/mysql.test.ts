import { afterAll, beforeAll, describe, it } from 'vitest'
import { mariadbMissing } from '../../fixtures/targets/mariadb.ts'
import { skipLoudly } from '../_redis.ts'
import { describeConnectorContract } from './connector-contract.ts'
import { lastUseRules } from './connector-last-use.ts'
import { fullMysqlRules, mysqlRules } from './mysql-rules.ts'
import { type MysqlWorld, makeMysqlWorld } from './mysql-world.ts'

if (skipLoudly('the mysql connector', mariadbMissing)) {
  describe.skip('mysql: not on this machine', () => it('is tested', () => {}))
} else {
  describeConnectorContract('mysql', () => makeMysqlWorld(), {
    grantAll: 'each account takes statements of its own',
    logins: 'each lease has an account of its own',
  })

  describe('mysql on MariaDB', () => {
    let world: MysqlWorld
    beforeAll(async () => {
      world = await makeMysqlWorld()
    })
    afterAll(() => world?.close())
    mysqlRules(() => world)
    lastUseRules(() => world)
  })

  describe('mysql, full', () => fullMysqlRules())
}
