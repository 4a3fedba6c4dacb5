import { afterAll, beforeAll, describe, it } from 'vitest'
import { motoMissing } from '../../fixtures/targets/aws/moto.ts'
import { skipLoudly } from '../_redis.ts'
import { awsPreparedRules } from './aws-prepared-rules.ts'
import { awsRoleCheckRules, awsRoleRules } from './aws-role-rules.ts'
import { type AwsRoleWorld, makeAwsRoleWorld } from './aws-role-world.ts'
import { describeConnectorContract } from './connector-contract.ts'

/** The place of its policy on the page of the connector. */
const ofPreparedRoles = 3

if (skipLoudly('roles of the aws connector', motoMissing)) {
  describe.skip('aws roles: not on this machine', () => it('is tested', () => {}))
} else {
  describeConnectorContract('aws, a role of the lease', () => makeAwsRoleWorld(), {
    grantAll: 'roles are made one by one',
    revokeAll: 'roles are deleted one by one',
    logins: 'each lease has a role of its own',
  })

  describe.each([
    ['a role of the lease', awsRoleRules, undefined],
    ['a role of the lease, checks', awsRoleCheckRules, undefined],
    ['a prepared role', awsPreparedRules, ofPreparedRoles],
  ])('aws, %s', (_, rules, page) => {
    let world: AwsRoleWorld
    beforeAll(async () => {
      world = await makeAwsRoleWorld(page)
    })
    afterAll(() => world?.close())
    rules(() => world)
  })
}
