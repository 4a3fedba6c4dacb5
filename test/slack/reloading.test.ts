import { afterAll, beforeAll, expect, it } from 'vitest'
import { policiesWith } from '../_policies.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let workspace: Workspace
beforeAll(async () => {
  workspace = await openWorkspace()
})
afterAll(() => workspace.close())

const served = policiesWith(`@id("served") @reason("Nobody needs to be asked.")
  permit (principal, action == Action::"selfServe", resource);`)

async function ask(): Promise<string> {
  const line = 'orders-db read-orders for 1h because Looking at the totals'
  const { response } = await workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })
  return JSON.stringify(response)
}

it('a request that began under the rules before is judged by them to its end, and the next one by the new rules', async () => {
  const { policy } = workspace.world.ports
  let judged = 0
  workspace.useRules({
    policy: {
      ...policy,
      mayServeItself: true,
      judge(question) {
        judged += 1
        // The rules change between the two questions of one request.
        workspace.useRules({ policy: served })
        return policy.judge(question)
      },
    },
  })
  expect(await ask()).toMatch(/asked|waits|owners/i)
  expect(judged).toBe(2)
  const rows = async () => {
    const { rows: found } = await workspace.world.ports.store.histories.list(
      { scope: 'any', requesterId: null, resourceIds: null, from: null, to: null },
      { kind: 'page', page: 1 },
      10,
    )
    return found.map(({ request }) => `${request.status} ${request.policy.action}`)
  }
  expect(await rows()).toEqual(['pending request'])
  await ask()
  expect(await rows()).toEqual(['approved selfServe', 'pending request'])
})
