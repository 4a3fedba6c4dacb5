import { afterAll, beforeAll, describe, it } from 'vitest'
import { motoMissing } from '../../fixtures/targets/aws/moto.ts'
import { skipLoudly } from '../_redis.ts'
import {
  awsCenterCheckRules,
  awsLoginRules,
  awsProvisioningRules,
  awsThrottlingRules,
} from './aws-center-rules.ts'
import { type AwsCenterWorld, makeAwsCenterWorld } from './aws-center-world.ts'
import { describeConnectorContract } from './connector-contract.ts'
import { dyingRules } from './connector-dying.ts'
import type { ContractSkips } from './connector-world.ts'

const center: ContractSkips = {
  grantAll: 'assignments are made one by one',
  revokeAll: 'leases of logins that several leases share are revoked one by one',
  sessions: 'sessions of the portal go on, which is stated',
  credentials: 'people use the login that they have',
  list: 'an assignment does not say who made it',
  resistance: 'there are no credentials to resist with',
}

if (skipLoudly('the aws connector', motoMissing)) {
  describe.skip('aws: not on this machine', () => it('is tested', () => {}))
} else {
  describeConnectorContract('aws, account assignments', () => makeAwsCenterWorld(), center)
  describeConnectorContract('aws, groups', () => makeAwsCenterWorld({ byGroup: true }), center)

  describe('aws, account assignments that AWS works on', () => {
    let world: AwsCenterWorld
    beforeAll(async () => {
      world = await makeAwsCenterWorld({ users: 60 })
      world.target.assignments.provisioning.polls = 1
    })
    afterAll(() => world?.close())
    dyingRules(() => world)
  })

  describe.each([
    ['provisioning', awsProvisioningRules],
    ['throttling', awsThrottlingRules],
    ['logins', awsLoginRules],
    ['checks', awsCenterCheckRules],
  ])('aws, account assignments: %s', (_, rules) => {
    let world: AwsCenterWorld
    beforeAll(async () => {
      world = await makeAwsCenterWorld({ users: 24 })
    })
    afterAll(() => world?.close())
    rules(() => world)
  })
}
