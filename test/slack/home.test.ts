import { afterEach, beforeEach, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import type { VisibleView } from '../../sandbox/types.ts'
import { refreshHomes } from '../../src/usecases/home/publish-home.ts'
import { breakGlass } from '../../src/usecases/requests/break-glass.ts'
import { preApprove } from '../../src/usecases/requests/pre-approve.ts'
import { policiesWith } from '../_policies.ts'
import { usualAsk, who } from '../_world.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let workspace: Workspace
let since: Date | null
beforeEach(async () => {
  since = null
  workspace = await openWorkspace()
})
afterEach(async () => {
  const { violations } = await workspace.client.traffic()
  await workspace.close()
  expect(violations).toEqual([])
})

const read = (view: VisibleView | undefined) => (view ? plainText(view.blocks) : '')
const tabOf = async (userId: string) => read(await workspace.as(userId).home())
/** Opens the tab and reads it. */
async function opens(userId: string): Promise<string> {
  await workspace.as(userId).openHome()
  return workspace.client.waitFor(() => tabOf(userId), { what: `the Home tab of ${userId}` })
}
/** What a worker does every two seconds. */
async function refresh(most = 10): Promise<void> {
  since = await refreshHomes(workspace.world.ports, since, most)
}
const asks = (line = 'orders-db read-orders for 1h because Fixing the totals of INC-42') =>
  workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })
const sees = (userId: string, words: RegExp) =>
  workspace.client.waitFor(async () => words.test(await tabOf(userId)), { what: `${userId} to see ${words}` })
const sentTo = async (userId: string) =>
  (await workspace.client.traffic()).entries.filter(
    (entry) => JSON.stringify(entry).includes('views.publish') && JSON.stringify(entry).includes(userId),
  ).length

it('a contractor without access reads the engagement, and the button opens the form', async () => {
  const tab = await opens('U0CARL')
  expect(tab).toContain('Mendes Consulting')
  expect(tab).toContain('You hold no access now.')
  expect(tab).not.toContain('your systems')
  await workspace.as('U0CARL').press('daypass.home.request', { home: true })
  await workspace.client.waitFor(() => workspace.as('U0CARL').view(), { what: 'the form' })
})

it('a request is on the tab of the requester, of those who may decide it, and of security, and on no other', async () => {
  for (const userId of ['U0CARL', 'U0DANA', 'U0LEAD', 'U0GUEST']) await opens(userId)
  await asks()
  await workspace.settle()
  await refresh()
  await sees('U0CARL', /Your requests \(1\)[\s\S]*AR-1001/)
  await sees(
    'U0DANA',
    /Waits for your decision \(1\)[\s\S]*AR-1001[\s\S]*Mendes Consulting[\s\S]*Fixing the totals/,
  )
  await sees('U0LEAD', /Pending on your systems \(1\)[\s\S]*AR-1001/)
  expect(await tabOf('U0GUEST')).not.toContain('AR-1001')
})

it('the whole way on the tab: approve, show credentials, done, request again', async () => {
  await asks()
  await workspace.settle()
  await opens('U0CARL')
  await opens('U0DANA')
  await workspace.as('U0DANA').press('daypass.approve', { home: true })
  await workspace.settle()
  await refresh()
  await sees('U0CARL', /Your access \(1\)[\s\S]*until/)
  await sees('U0DANA', /Active on your systems \(1\)/)
  expect(await tabOf('U0DANA')).not.toContain('Waits for your decision')
  await workspace.as('U0CARL').press('daypass.credentials', { home: true })
  await workspace.client.waitFor(async () => read(await workspace.as('U0CARL').view()).includes('Password'))
  await workspace.as('U0CARL').closeView()
  await workspace.as('U0CARL').press('daypass.release', { home: true })
  await workspace.settle()
  await refresh()
  await sees('U0CARL', /Your requests that are over \(1\)/)
  await workspace.as('U0CARL').press('daypass.again', { home: true })
  await workspace.client.waitFor(() => workspace.as('U0CARL').view(), { what: 'the form' })
})

it('break-glass waits for its review, and a pre-approval is on the tab of its person', async () => {
  const policy = policiesWith(`@id("on-call-may-break-glass") @reason("You are on call.")
    permit (principal, action == Action::"breakGlass", resource) when { principal.kind == "employee" };`)
  const { ports } = workspace.world
  Object.assign(ports, { policy })
  await opens('U0LEAD')
  await opens('U0CARL')
  const { id } = await workspace.world.ask()
  const lastDay = '2026-11-30'
  await preApprove(ports, {
    by: who('U0DANA'),
    requestId: id,
    lastDay,
    duration: '2h',
    reason: 'The refund project',
  })
  const taken = await breakGlass(ports, {
    ...usualAsk(),
    asker: who('U0FRED'),
    entitlementId: 'fix-orders',
    duration: '20m',
    confirmed: true,
  })
  expect(taken.kind).toBe('taken')
  await workspace.settle()
  await refresh()
  await sees('U0CARL', /Pre-approved for you \(1\)[\s\S]*Up to 2h each time/)
  await sees('U0LEAD', /Break-glass to review \(1\)[\s\S]*Review due/)
  await workspace.as('U0LEAD').press('daypass.review', { home: true })
  await workspace.client.waitFor(() => workspace.as('U0LEAD').view(), { what: 'the review form or a notice' })
})

it('a press that is refused is answered in a window, because the tab has no channel', async () => {
  await asks()
  await workspace.settle()
  await opens('U0DANA')
  workspace.world.clock.advance(9 * 3_600)
  await workspace.as('U0DANA').press('daypass.approve', { home: true })
  await workspace.client.waitFor(async () => /expired/.test(read(await workspace.as('U0DANA').view())))
})

it('a press that somebody forges for a request of others changes nothing', async () => {
  await asks()
  await workspace.settle()
  await opens('U0DANA')
  const [waiting] = (
    await workspace.world.ports.store.histories.list(
      { scope: 'pending', requesterId: null, resourceIds: null, from: null, to: null },
      { kind: 'page', page: 1 },
      1,
    )
  ).rows
  await opens('U0CARL')
  await workspace.world.ports.messenger.publishHome({
    account: { ...(waiting?.requester ?? never()) },
    engagement: null,
    decides: false,
    awayUntil: null,
    favourites: [],
    waiting: { rows: waiting ? [waiting] : [], total: 1 },
    tasks: { rows: [], total: 0 },
    holding: { rows: [], total: 0 },
    upcoming: { rows: [], total: 0 },
    asked: { rows: [], total: 0 },
    past: { rows: [], total: 0 },
    withOutput: [],
    preApproved: { rows: [], total: 0 },
    contractors: { rows: [], total: 0 },
    audited: null,
  })
  await workspace.as('U0CARL').press('daypass.approve', { home: true })
  await workspace.client.waitFor(async () => /^⛔/.test(read(await workspace.as('U0CARL').view())))
  const history = await workspace.world.ports.store.histories.byRequest(waiting?.request.id ?? '')
  expect(history?.request.status).toBe('pending')
})

it('the same content is not published again, and a tab that nobody has opened for an hour is left alone', async () => {
  await opens('U0LEAD')
  await refresh()
  const before = await sentTo('U0LEAD')
  await refresh()
  expect(await sentTo('U0LEAD')).toBe(before)
  workspace.world.clock.advance(3_601)
  await asks()
  await refresh()
  expect(await sentTo('U0LEAD')).toBe(before)
  await opens('U0LEAD')
  await sees('U0LEAD', /AR-1001/)
})

it('a tab that Slack refuses stays out of date and is tried again, also by another process', async () => {
  await opens('U0LEAD')
  await asks()
  await workspace.client.fault({ method: 'views.publish', kind: 'server_error', times: 1 })
  await expect(refresh()).rejects.toThrow()
  await refresh()
  expect(await tabOf('U0LEAD')).not.toContain('AR-1001')
  workspace.world.clock.advance(21)
  since = null
  await refresh()
  await sees('U0LEAD', /AR-1001/)
})

it('many tabs are published a few at a time, the longest out of date first', async () => {
  for (const userId of ['U0DANA', 'U0ERIN', 'U0LEAD']) {
    await opens(userId)
    workspace.world.clock.advance(1)
  }
  await asks()
  await refresh(2)
  const updated = async () =>
    (await Promise.all(['U0DANA', 'U0ERIN', 'U0LEAD'].map(tabOf))).filter((tab) => tab.includes('AR-1001'))
      .length
  await workspace.client.waitFor(async () => (await updated()) === 2)
  await refresh(2)
  await workspace.client.waitFor(async () => (await updated()) === 3)
})

function never(): never {
  throw new Error('there is no request')
}
