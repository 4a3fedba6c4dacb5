import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import type { VisibleMessage } from '../../sandbox/types.ts'
import { policiesWith } from '../_policies.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

const onCall = `@id("on-call-may-break-glass") @reason("You are on call.")
permit (principal, action == Action::"breakGlass", resource) when { principal.kind == "employee" };`
const byRule = `@id("low-risk-serves-itself") @reason("Low risk.")
permit (principal, action == Action::"selfServe", resource) when { resource.risk == "low" };`

let workspace: Workspace
const openWith = async (policies: string) => {
  workspace = await openWorkspace()
  Object.assign(workspace.world.ports, { policy: policiesWith(policies) })
}
afterEach(async () => {
  const { violations } = await workspace.client.traffic()
  await workspace.close()
  expect(violations).toEqual([])
})

const read = (message: VisibleMessage | undefined) => (message ? plainText(message.blocks ?? []) : '')
const posts = async (userId: string, channel: string) =>
  (await workspace.as(userId).messages(channel)).filter(({ ephemeral, threadTs }) => !ephemeral && !threadTs)
const inChannel = async (userId: string, channel: string) => read((await posts(userId, channel)).at(-1))
/** The newest message of a channel, to press a button there. */
const on = async (userId: string, channel: string) => ({
  message: { channel, ts: (await posts(userId, channel)).at(-1)?.ts ?? '' },
})
const told = async (userId: string) => (await workspace.as(userId).directMessages()).map(read).join('\n')
/** Waits until this person sees a view that says so. */
const sees = (userId: string, words: RegExp) =>
  workspace.client.waitFor(
    async () => {
      const view = await workspace.as(userId).view()
      return view && words.test(`${view.title} ${plainText(view.blocks)}`) ? view : undefined
    },
    { what: `${userId} to see ${words}` },
  )
const hears = (userId: string, words: RegExp, channel = 'C0ORDERS') =>
  workspace.client.waitFor(
    async () =>
      (await workspace.as(userId).messages(channel)).some(
        (message) => message.ephemeral && words.test(read(message)),
      ),
    { what: `${userId} to hear ${words}` },
  )
/** Chooses in the open request form, field by field. */
async function chooses(userId: string, entitlementId: string): Promise<void> {
  await workspace.as(userId).select('daypass.form.resource', 'orders-db')
  await sees(userId, /What do you need there\?/)
  await workspace.as(userId).select('daypass.form.entitlement', entitlementId)
  await sees(userId, /For how long\?/)
}
const later = async (seconds: number) => {
  workspace.world.clock.advance(seconds)
  await workspace.settle()
}

describe('break-glass', () => {
  beforeEach(() => openWith(onCall))

  const emergency = {
    'daypass.form.duration': '20m',
    'daypass.form.justification': 'Orders are stuck, INC-42',
    'daypass.form.confirm': ['confirmed'],
  }

  /** Fred opens the form, goes on to the form that says what happens, and takes the access. */
  async function taken(): Promise<void> {
    const fred = workspace.as('U0FRED')
    await fred.command('/request-access', '', { channel: 'C0ORDERS' })
    await chooses('U0FRED', 'fix-orders')
    await fred.press('daypass.break_glass')
    const view = await sees('U0FRED', /This happens when you press/)
    expect(plainText(view.blocks)).toContain('An owner must review it within a day')
    // The other form offered an hour, and the limit is 30 minutes.
    expect(JSON.stringify(view.blocks)).toContain('"initial_value":"30m"')
    expect(await fred.submit(emergency)).toMatchObject({ ok: true, result: 'cleared' })
    await hears('U0FRED', /you took .*It is being set up/)
    await workspace.settle()
  }

  it('is taken from the form, told to owners and security, revoked with one press, and reviewed', async () => {
    await taken()
    for (const [userId, channel] of [
      ['U0DANA', 'C0ORDERS'],
      ['U0LEAD', 'C0SECURITY'],
    ] as const) {
      expect(await inChannel(userId, channel)).toContain('Nobody approved it')
      expect(await inChannel(userId, channel)).toContain('Review due')
    }
    expect(await told('U0FRED')).toContain('Show credentials')
    await workspace.as('U0LEAD').press('daypass.revoke_at_once', await on('U0LEAD', 'C0SECURITY'))
    await workspace.settle()
    expect(workspace.world.target.held.size).toBe(0)
    expect(await inChannel('U0DANA', 'C0ORDERS')).toContain('Revoked by @U0LEAD')

    await workspace.as('U0FRED').press('daypass.review', await on('U0FRED', 'C0ORDERS'))
    await hears('U0FRED', /Nobody reviews their own emergency access/)
    const dana = workspace.as('U0DANA')
    await dana.press('daypass.review', await on('U0DANA', 'C0ORDERS'))
    await sees('U0DANA', /Was it right to break glass\?/)
    const finding = {
      'daypass.form.verdict': 'not_justified',
      'daypass.form.reason': 'No emergency was found.',
    }
    expect(await dana.submit(finding)).toMatchObject({ ok: true, result: 'cleared' })
    await workspace.settle()
    expect(await inChannel('U0DANA', 'C0ORDERS')).toContain('No emergency was found.')
    expect(await told('U0FRED')).toContain('it was not right to break glass')
  })

  it('asks for the confirmation, and gives nothing without it', async () => {
    const line = 'break-glass orders-db fix-orders for 20m because Orders are stuck'
    const fred = workspace.as('U0FRED')
    await fred.command('/request-access', line, { channel: 'C0ORDERS' })
    await sees('U0FRED', /Orders database/)
    const { 'daypass.form.confirm': _, ...rest } = emergency
    expect(await fred.submit(rest)).toMatchObject({ result: 'errors' })
    await workspace.settle()
    expect(workspace.world.target.held.size).toBe(0)
  })

  it('is refused by the command while a review is open, and to whom policy does not permit it', async () => {
    await taken()
    const line = 'break-glass orders-db fix-orders because Again'
    const again = await workspace.as('U0FRED').command('/request-access', line, { channel: 'C0ORDERS' })
    expect(JSON.stringify(again.response)).toContain('nobody has reviewed that yet')
    const carl = await workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })
    expect(JSON.stringify(carl.response)).toContain('Guests cannot break glass')
  })

  it('is not offered in the form to whom policy does not permit it', async () => {
    const carl = workspace.as('U0CARL')
    await carl.command('/request-access', '', { channel: 'C0LOBBY' })
    await chooses('U0CARL', 'fix-orders')
    expect(JSON.stringify((await carl.view())?.blocks)).not.toContain('daypass.break_glass')
  })
})

describe('a pre-approval', () => {
  beforeEach(() => openWith(''))

  const line = 'orders-db read-orders for 1h because Fixing the totals of INC-42'
  const asks = async () => {
    const { response } = await workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })
    await workspace.settle()
    return JSON.stringify(response)
  }

  it('is made from the card, seen in the form, used, listed and withdrawn', async () => {
    await asks()
    const dana = workspace.as('U0DANA')
    await dana.press('daypass.pre_approve')
    await sees('U0DANA', /Until the end of which day/)
    const typed = { 'daypass.form.longest_use': '2h', 'daypass.form.pre_approval_reason': 'Refund project' }
    const wrong = await dana.submit({ ...typed, 'daypass.form.last_day': '2020-01-01' })
    expect(JSON.stringify(wrong)).toContain('Choose today or a later day.')
    const sent = await dana.submit({ ...typed, 'daypass.form.last_day': '2026-11-30' })
    expect(sent).toMatchObject({ ok: true, result: 'cleared' })
    await workspace.settle()
    expect(await inChannel('U0DANA', 'C0ORDERS')).toContain('Pre-approval PA-1 by @U0DANA')
    expect(await told('U0CARL')).toContain('pre-approved you')

    const carl = workspace.as('U0CARL')
    await carl.command('/request-access', '', { channel: 'C0LOBBY' })
    await chooses('U0CARL', 'read-orders')
    expect(plainText((await carl.view())?.blocks ?? [])).toContain('You are pre-approved until')
    await carl.closeView()
    expect(await asks()).toContain('in advance (PA-1)')
    expect(workspace.world.target.held.size).toBe(2)
    await later(10)
    expect(await inChannel('U0DANA', 'C0ORDERS')).toContain('Access without asking: 1 lease, 1 open now')

    const own = await carl.command('/request-access', 'pre-approvals', { channel: 'C0LOBBY' })
    expect(JSON.stringify(own.response)).toContain('PA-1')
    expect(JSON.stringify(own.response)).not.toContain('daypass.pre_approval.withdraw')
    await dana.command('/request-access', 'pre-approvals orders-db', { channel: 'C0ORDERS' })
    await dana.press('daypass.pre_approval.withdraw')
    await hears('U0DANA', /There are none that you may see/)
    await workspace.settle()
    expect(await told('U0CARL')).toContain('withdrew your pre-approval')
    expect(await asks()).toContain('I am sending it to the owners')
  })

  it('is made by the command for an earlier request, by those who may', async () => {
    const reference = /AR-\d+/.exec(await asks())?.[0] ?? ''
    const command = `pre-approve ${reference}`
    const lead = await workspace.as('U0LEAD').command('/request-access', command, { channel: 'C0LOBBY' })
    expect(JSON.stringify(lead.response)).toContain('No policy lets you approve this in advance')
    const none = await workspace
      .as('U0DANA')
      .command('/request-access', 'pre-approve AR-9', { channel: 'C0LOBBY' })
    expect(JSON.stringify(none.response)).toContain('There is no such request that you may approve')
    await workspace.as('U0DANA').command('/request-access', command, { channel: 'C0ORDERS' })
    await sees('U0DANA', /Until the end of which day/)
  })
})

it('leases by rule are one message for the owners, who revoke one of them from it', async () => {
  await openWith(byRule)
  const line = 'orders-db read-orders for 1h because Fixing the totals of INC-42'
  for (const userId of ['U0CARL', 'U0GUEST'])
    await workspace.as(userId).command('/request-access', line, { channel: 'C0LOBBY' })
  await workspace.settle()
  await later(10)
  expect(await posts('U0DANA', 'C0ORDERS')).toHaveLength(1)
  expect(await inChannel('U0DANA', 'C0ORDERS')).toContain('2 leases, 2 open now')
  const dana = workspace.as('U0DANA')
  await dana.press('daypass.revoke')
  await sees('U0DANA', /Why now\?/)
  await dana.submit({ 'daypass.form.reason': 'Not today.' })
  await workspace.settle()
  await later(10)
  expect(await inChannel('U0DANA', 'C0ORDERS')).toContain('2 leases, 1 open now')
  expect(await posts('U0DANA', 'C0ORDERS')).toHaveLength(1)
})
