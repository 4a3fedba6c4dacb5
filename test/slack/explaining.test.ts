import { afterAll, beforeAll, expect, it } from 'vitest'
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
