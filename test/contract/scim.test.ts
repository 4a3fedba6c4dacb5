import { afterAll, beforeAll, describe } from 'vitest'
import { describeConnectorContract } from './connector-contract.ts'
import type { ContractSkips } from './connector-world.ts'
import { scimAnswerRules, scimNameRules, scimServerRules, scimTokenRules } from './scim-rules.ts'
import { scimSessionRules } from './scim-sessions.ts'
import { makeScimWorld, type ScimWorld, type ScimWorldOptions } from './scim-world.ts'

const skips: ContractSkips = {
  grantAll: 'members are added one by one',
  revokeAll: 'leases of logins that several leases share are revoked one by one',
  sessions: 'a membership has no sessions; scim-sessions has those of identity providers',
  credentials: 'people use the login that they have',
  list: 'a group does not say who added a member',
  resistance: 'there are no credentials to resist with',
}

const contracts: Readonly<Record<string, ScimWorldOptions>> = {
  'scim, by PATCH': {},
  'scim, by PATCH, ids as logins': { byId: true },
  'scim, by PUT': { deviations: { putOnly: true }, settings: { patch: false } },
  'scim, as IAM Identity Center has it': {
    deviations: { removesByValue: true, findsMembersBy: 'members' },
    settings: { removal: 'value', findMembers: 'members' },
  },
}
for (const [name, options] of Object.entries(contracts)) {
  describeConnectorContract(name, () => makeScimWorld(options), skips)
}

describe.each([
  ['names', scimNameRules],
  ['servers', scimServerRules],
  ['answers', scimAnswerRules],
  ['tokens', scimTokenRules],
  ['sessions', scimSessionRules],
])('scim, %s', (_, rules) => {
  let world: ScimWorld
  beforeAll(async () => {
    world = await makeScimWorld()
  })
  afterAll(() => world?.close())
  rules(() => world)
})
