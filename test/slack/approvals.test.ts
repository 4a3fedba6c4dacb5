import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import type { VisibleMessage } from '../../sandbox/types.ts'
import { ownersPlan } from '../../src/domain/approval-plan.ts'
import type { Entitlement } from '../../src/domain/catalog.ts'
import { offer as offerIn, plan, sponsored, stage } from '../_offer.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let workspace: Workspace
beforeEach(async () => {
  workspace = await openWorkspace()
})
afterEach(async () => {
  const { violations } = await workspace.client.traffic()
  await workspace.close()
  expect(violations).toEqual([])
})

const offer = (changes: Partial<Entitlement>) => offerIn(workspace.world, changes)
/** Carl has asked for two hours; the card stands. */
async function asked(): Promise<string> {
  const line = 'orders-db read-orders for 2h ticket OPS-12 because Fixing the totals of INC-42'
  const answer = await workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })
  await workspace.settle()
  return (
    /AR-\d+/.exec(JSON.stringify(answer.response))?.[0] ?? `no reference: ${JSON.stringify(answer.response)}`
  )
}
const read = (message: VisibleMessage | undefined) => (message ? plainText(message.blocks ?? []) : '')
const cardIn = async (channel: string, userId: string) =>
  read(
    (await workspace.as(userId).messages(channel)).find(({ ephemeral, threadTs }) => !ephemeral && !threadTs),
  )
const card = () => cardIn('C0ORDERS', 'U0DANA')
const thread = async () =>
  (await workspace.as('U0DANA').messages('C0ORDERS')).filter(({ threadTs }) => threadTs).map(read)
const told = async (userId: string) => (await workspace.as(userId).directMessages()).map(read)
/** A message with buttons, by the start of its channel, as Lead sees it. */
async function postIn(channel: string): Promise<{ channel: string; ts: string }> {
  const lead = workspace.as('U0LEAD')
  const all = [...(await lead.messages('C0ORDERS')), ...(await lead.directMessages())]
  const post = all.find((message) => !message.threadTs && message.channel.startsWith(channel))
  if (!post) throw new Error(`nothing in ${channel}`)
  return { channel: post.channel, ts: post.ts }
}
const hears = (userId: string, words: RegExp) =>
  workspace.client.waitFor(
    async () => {
      const heard = (await workspace.as(userId).messages('C0ORDERS')).filter(({ ephemeral }) => ephemeral)
      return words.test(read(heard.at(-1)))
    },
    { what: `${userId} to hear ${words}` },
  )
const sees = (userId: string, words: RegExp) =>
  workspace.client.waitFor(
    async () => {
      const view = await workspace.as(userId).view()
      return view && words.test(`${view.title} ${plainText(view.blocks)}`) ? view : undefined
    },
    { what: `${userId} to see ${words}` },
  )
const historyOf = async (reference: string) => {
  const history = await workspace.world.ports.store.histories.byReference(reference)
  if (!history) throw new Error(`no history ${reference}`)
  return history
}

describe('two stages: the sponsor, then two owners', () => {
  beforeEach(async () => {
    await sponsored(workspace.world, 'U0LEAD')
    offer({ approvals: plan(stage('Sponsor', [1, 'sponsor']), stage('Owners', [2, 'owners'])) })
  })

  it('the card shows each stage, who has to approve now, and why that person may', async () => {
    const reference = await asked()
    expect(await card()).toContain('🟡 *Sponsor* · 0 of 1')
    expect(await card()).toContain('⚪ *Owners* · 0 of 2')
    expect(await card()).toContain('Missing: 1 approval from @U0LEAD (the sponsor of @U0CARL)')

    await workspace.as('U0DANA').press('daypass.approve')
    await hears('U0DANA', /“Owners” comes after “Sponsor”/)

    await workspace.as('U0LEAD').press('daypass.approve')
    await workspace.settle()
    expect(await card()).toContain('✅ *Sponsor* · 1 of 1: @U0LEAD')
    expect(await card()).toContain(
      'Missing: 2 approvals from @U0DANA, @S0DBAS (approvers of Orders database)',
    )

    await workspace.as('U0DANA').press('daypass.approve')
    await workspace.settle()
    expect(await card()).toContain('🟡 *Owners* · 1 of 2: @U0DANA')
    expect(await card()).not.toContain('from @U0DANA')
    await workspace.as('U0ERIN').press('daypass.approve')
    await workspace.settle()
    expect(await card()).toContain('Approved by @U0LEAD, @U0DANA, @U0ERIN')
    expect((await historyOf(reference)).grant?.status).toBe('active')
  })

  it('the sponsor gets the card as a direct message, and can approve there', async () => {
    const reference = await asked()
    expect((await told('U0LEAD')).join('\n')).toContain(`Waiting for approval · ${reference}`)
    await workspace.as('U0LEAD').press('daypass.approve', { message: await postIn('D') })
    await workspace.settle()
    expect((await historyOf(reference)).decisions).toHaveLength(1)
    expect((await told('U0LEAD')).join('\n')).toContain('✅ *Sponsor* · 1 of 1: @U0LEAD')
    await workspace.as('U0CARL').press('daypass.cancel')
    await workspace.settle()
    expect((await told('U0LEAD')).join('\n')).not.toContain('[Approve]')
  })

  it('the reminder mentions those whose approval is missing, and nobody else', async () => {
    await asked()
    workspace.world.clock.advance(900)
    await workspace.settle()
    const [reminder = ''] = await thread()
    expect(reminder).toContain('@U0LEAD')
    expect(reminder).not.toContain('@U0DANA')
  })

  it('a double click of the sponsor is told as counted', async () => {
    const reference = await asked()
    const lead = workspace.as('U0LEAD')
    const message = await postIn('C0ORDERS')
    await Promise.all([
      lead.press('daypass.approve', { message }),
      lead.press('daypass.approve', { message }),
    ])
    await hears('U0LEAD', /Your approval of AR-\d+ is counted: 1 of 3 approvals/)
    expect((await historyOf(reference)).decisions).toHaveLength(1)
  })
})

describe('one from each of two groups', () => {
  it('a second person of the same group is told whose approval is missing', async () => {
    offer({ approvals: plan(stage('Both', [1, 'U0DANA', 'U0ERIN'], [1, 'S0SECURITY'])) })
    const reference = await asked()
    expect(await card()).toContain(
      'Missing: 2 approvals from @U0DANA (named in the catalog), or from @U0ERIN (named in the catalog), or from',
    )
    await workspace.as('U0DANA').press('daypass.approve')
    await workspace.as('U0ERIN').press('daypass.approve')
    await hears('U0ERIN', /Another person’s approval is missing/)
    expect((await historyOf(reference)).decisions).toHaveLength(1)
    await workspace.as('U0LEAD').press('daypass.approve')
    await workspace.settle()
    expect((await historyOf(reference)).grant?.status).toBe('active')
  })
})

describe('Approve for less', () => {
  it('asks for a shorter time, and shows the problem beside the field', async () => {
    const reference = await asked()
    const dana = workspace.as('U0DANA')
    await dana.press('daypass.approve_for_less')
    await sees('U0DANA', new RegExp(`Approve ${reference}.*Shorter than 2h`, 's'))
    expect(await dana.submit({ 'daypass.form.shorter': '3h' })).toMatchObject({
      result: 'errors',
      errors: { 'daypass.form.shorter': expect.stringContaining('2h was asked for') },
    })
    expect(await dana.submit({ 'daypass.form.shorter': '30m' })).toMatchObject({ result: 'cleared' })
    await workspace.settle()
    expect((await historyOf(reference)).grant).toMatchObject({ status: 'active', durationSeconds: 1800 })
    expect(await card()).toContain('30m (2h was asked for)')
  })

  it('opens no form for somebody who may not approve', async () => {
    await asked()
    await workspace.as('U0CARL').press('daypass.approve_for_less')
    await hears('U0CARL', /^⛔/)
    expect(await workspace.as('U0CARL').view()).toBeUndefined()
  })
})

describe('a denial', () => {
  it('can be answered: Ask again opens the form with the text and the reason', async () => {
    const reference = await asked()
    const dana = workspace.as('U0DANA')
    await dana.press('daypass.deny')
    await sees('U0DANA', /Why not/)
    await dana.submit({ 'daypass.form.reason': 'Which totals? <!channel>' })
    await workspace.settle()
    expect((await told('U0CARL')).join('\n')).toContain('Which totals? <!channel>')
    await workspace.as('U0CARL').press('daypass.again')
    const view = await sees('U0CARL', /Request access/)
    expect(plainText(view.blocks)).toContain(`@U0DANA denied ${reference}: “Which totals? <!channel>”`)
    const values = JSON.stringify(view.values)
    for (const value of ['orders-db', 'read-orders', '2h', 'Fixing the totals of INC-42', 'OPS-12'])
      expect(values).toContain(value)
    await workspace.as('U0CARL').submit({})
    await workspace.settle()
    expect((await historyOf('AR-1002')).request).toMatchObject({ status: 'pending', ticket: 'OPS-12' })
  })
})

describe('channels that are told', () => {
  it('get a copy without buttons, which stays true', async () => {
    offer({ tell: ['C0AUDIT'] })
    await asked()
    const copy = () => cardIn('C0AUDIT', 'U0LEAD')
    expect(await copy()).toContain('Waiting for approval')
    expect(await copy()).not.toContain('[Approve]')
    await workspace.as('U0DANA').press('daypass.approve')
    await workspace.settle()
    expect(await copy()).toContain('Access is active')
    expect(await copy()).not.toContain('[Revoke now…]')
    expect(await card()).toContain('[Revoke now…]')
  })
})

describe('substitutes', () => {
  it('are mentioned in the thread when their time has come', async () => {
    const substitutes = { afterSeconds: 600, approvers: ['S0SECURITY'] }
    offer({ approvals: { ...ownersPlan(1), substitutes } })
    await asked()
    expect(await card()).toContain('without an answer, @S0SECURITY may decide too')
    workspace.world.clock.advance(600)
    await workspace.settle()
    expect((await thread()).join('\n')).toContain('you may decide too, as substitutes')
    await workspace.as('U0LEAD').press('daypass.approve')
    await workspace.settle()
    expect(await card()).toContain('Approved by @U0LEAD')
  })
})

describe('a catalog that changed while the request waits', () => {
  it('is named on the card', async () => {
    await asked()
    offer({ approvals: ownersPlan(2) })
    await workspace.as('U0DANA').press('daypass.approve')
    await workspace.settle()
    expect(await card()).toContain('1 of 2 approvals: @U0DANA')
    expect(await card()).toContain('The rules changed after this was asked')
    offer({ approvals: ownersPlan(2), risk: 'critical' })
    await workspace.as('U0ERIN').press('daypass.approve')
    await hears('U0ERIN', /no longer offers this as the card shows it/)
    await workspace.settle()
    expect(await card()).toContain('Nobody can approve it')
  })
})
