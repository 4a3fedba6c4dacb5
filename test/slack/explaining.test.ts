import { afterAll, beforeAll, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import { preApprove } from '../../src/usecases/requests/pre-approve.ts'
import { policiesWith } from '../_policies.ts'
import { who } from '../_world.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let workspace: Workspace
beforeAll(async () => {
  workspace = await openWorkspace()
})
afterAll(() => workspace.close())

it('`why` names the rule that decides and the people who could approve, and asks nobody', async () => {
  const carl = workspace.as('U0CARL')
  await carl.command('/request-access', 'why orders-db/fix-orders for 30m ticket INC-42', {
    channel: 'C0LOBBY',
  })
  const answer = await workspace.client.waitFor(
    async () =>
      (await carl.messages('C0LOBBY')).findLast((message) => /You may ask for/.test(JSON.stringify(message))),
    { what: 'the explanation' },
  )
  const text = JSON.stringify(answer)
  expect(text).toContain('contractors-may-request')
  expect(text).toMatch(/2 approvals of: .*U0DANA/)
  expect(text).toContain('Nothing was asked')
})

/** The answer to `why` that has these words, as the person reads it. */
async function explains(userId: string, command: string, words: RegExp): Promise<string> {
  const person = workspace.as(userId)
  await person.command('/request-access', `why ${command}`, { channel: 'C0LOBBY' })
  return workspace.client.waitFor(
    async () =>
      (await person.messages('C0LOBBY'))
        .map(({ blocks }) => plainText(blocks ?? []))
        .findLast((text) => words.test(text)),
    { what: `${userId} to read ${words}` },
  )
}

it('`why` counts leases by rule, and says when the owners decide because of the limit', async () => {
  const { world } = workspace
  Object.assign(workspace.world.ports, {
    policy: policiesWith(`@id("served") @reason("Nobody needs to be asked.")
      permit (principal, action == Action::"selfServe", resource) when { resource.risk == "low" };`),
  })
  await world.ask()
  await explains('U0CARL', 'orders-db/read-orders for 1h', /approved by rule \(2 of 3 left in 24 h\)/)
  await world.ask()
  const { id: requestId } = await world.ask()
  const beyond = await explains('U0CARL', 'orders-db/read-orders for 1h', /over the limit of 3/)
  expect(beyond).toMatch(/so the owners decide:[\s\S]*1 approval of: /)
  expect(beyond).not.toContain('Nobody needs to be asked')
  const terms = { lastDay: '2026-11-30', duration: '2h', reason: 'Carl is on the refund project.' }
  await preApprove(world.ports, { by: who('U0DANA'), requestId, ...terms })
  await explains(
    'U0CARL',
    'orders-db/read-orders for 1h',
    /You are pre-approved until .* by .*for up to 2h each time/,
  )
})

it('`why` says that a person could break glass, for how long and by which policy', async () => {
  Object.assign(workspace.world.ports, {
    policy: policiesWith(`@id("on-call") @reason("You are on call.")
      permit (principal, action == Action::"breakGlass", resource) when { principal.kind == "employee" };`),
  })
  const erin = await explains('U0ERIN', 'orders-db/fix-orders for 30m ticket INC-42', /You may ask/)
  expect(erin).toMatch(/you could break glass for at most 30m, because .?on-call.? permits it/)
  expect(
    await explains('U0GUEST', 'orders-db/fix-orders for 30m ticket INC-42', /You may ask/),
  ).not.toContain('break glass')
})
