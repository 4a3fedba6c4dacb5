import { afterAll, beforeAll, describe } from 'vitest'
import { describeConnectorContract } from './connector-contract.ts'
import { manualCatalogRules, manualRules } from './manual-rules.ts'
import { type ManualWorld, makeManualWorld } from './manual-world.ts'

const unseen = 'nothing of a system without an API is seen'

describeConnectorContract('manual, with a person who does what she is asked', makeManualWorld, {
  grantAll: 'each task is a person’s work of its own',
  revokeAll: 'each task is a person’s work of its own',
  sessions: unseen,
  credentials: 'a person writes how to connect, and no secret',
  list: unseen,
  logins: `${unseen}; manual-rules has the leases that share a role`,
  resistance: unseen,
  oddIds: 'tasks belong to grants, whose ids Daypass makes',
  repair: unseen,
})

describe('manual', () => {
  let world: ManualWorld
  beforeAll(async () => {
    world = await makeManualWorld()
  })
  afterAll(() => world?.close())
  manualRules(() => world)
})

describe('manual, in the catalog', manualCatalogRules)
