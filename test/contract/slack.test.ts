import { afterAll, beforeAll, describe } from 'vitest'
import { describeConnectorContract } from './connector-contract.ts'
import type { ContractSkips } from './connector-world.ts'
import { channelRules, scopeRules, userGroupRules } from './slack-rules.ts'
import { makeSlackWorld, onCall, type SlackWorld, vault } from './slack-world.ts'

const skips: ContractSkips = {
  grantAll: 'members are added one by one',
  revokeAll: 'leases of accounts that several leases share are revoked one by one',
  sessions: 'a membership has no sessions',
  credentials: 'people use the account that they have',
  list: 'Slack does not say who added a member',
  resistance: 'there are no credentials to resist with; slack-rules has the ways of members',
}

describeConnectorContract('slack, a private channel', () => makeSlackWorld(vault), skips)
describeConnectorContract('slack, a user group', () => makeSlackWorld(onCall), skips)

describe.each([
  ['slack, private channels', vault, channelRules],
  ['slack, user groups', onCall, userGroupRules],
] as const)('%s', (_, content, rules) => {
  let world: SlackWorld
  beforeAll(async () => {
    world = await makeSlackWorld(content)
  })
  afterAll(() => world?.close())
  rules(() => world)
})

describe('slack, the app', scopeRules)
