import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import { messageProblems, viewProblems } from '../../sandbox/validity/blocks.ts'
import type { Alert, AlertView } from '../../src/domain/noticing/alert.ts'
import { allRules, usually } from '../../src/domain/noticing/all-rules.ts'
import { fineForm } from '../../src/slack/features/alerts/form.ts'
import { alertActionIds, muteInput } from '../../src/slack/features/alerts/ids.ts'
import { alertContent } from '../../src/slack/features/alerts/messages.ts'
import { noticeEvents } from '../../src/usecases/noticing/notice-events.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

describe('with the bot', () => {
  let workspace: Workspace
  beforeAll(async () => {
    workspace = await openWorkspace()
    const rules = allRules
      .filter(({ kind }) => kind === 'quick-approvals')
      .map((rule) => ({ ...usually(rule), audience: 'owners' as const }))
      .map((rule) => ({
        ...rule,
        values: { ...rule.values, fewest: 1 },
        atMost: { times: 9, perSeconds: 60 },
      }))
    const noticing = { rules, storm: { times: 5, perSeconds: 600 } }
    Object.assign(workspace.world.ports.catalog, { noticing })
  })
  afterAll(async () => {
    const { violations } = await workspace.client.traffic()
    await workspace.close()
    expect(violations).toEqual([])
  })

  const alertsIn = async (channel: string, userId = 'U0LEAD') =>
    (await workspace.as(userId).messages(channel)).filter(({ blocks }) =>
      JSON.stringify(blocks).includes('`quick-approvals`'),
    )
  const read = async (channel: string) =>
    plainText((await alertsIn(channel)).at(-1)?.blocks ?? []).replace(/[*`]/g, '')
  async function press(userId: string, action: string, channel: string) {
    const message = (await alertsIn(channel)).at(-1)
    await workspace.as(userId).press(action, { message: { channel, ts: message?.ts ?? '' } })
  }
  const hears = (userId: string, channel: string, words: RegExp) =>
    workspace.client.waitFor(
      async () =>
        (await workspace.as(userId).messages(channel)).some(
          (message) => message.ephemeral && words.test(plainText(message.blocks ?? [])),
        ),
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
  /** Dana approves at once. */
  async function approvedAtOnce() {
    const line = 'orders-db read-orders for 1h because Fixing the totals of INC-42'
    await workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })
    await workspace.settle()
    await workspace.as('U0DANA').press('daypass.approve')
    await workspace.settle()
    await follow()
  }
  async function follow() {
    await workspace.world.ports.record.sequence({ late: true })
    while ((await noticeEvents(workspace.world.ports)).read > 0);
    await workspace.settle()
  }

  it('an alert stands in both channels, is not for the person whom it is about, and is answered with a reason', async () => {
    await approvedAtOnce()
    for (const channel of ['C0SECURITY', 'C0ORDERS'])
      expect(await read(channel)).toMatch(
        /Approvals faster than anyone reads[\s\S]*@U0DANA · read-orders on orders-db · AR-\d+[\s\S]*1 approval within 10s[\s\S]*The access is open/,
      )
    await press('U0DANA', alertActionIds.fine, 'C0ORDERS')
    await hears('U0DANA', 'C0ORDERS', /This alert is about you/)
    await press('U0CARL', alertActionIds.fine, 'C0ORDERS')
    await hears('U0CARL', 'C0ORDERS', /Only security leads and the owners/)
    await press('U0ERIN', alertActionIds.fine, 'C0ORDERS')
    await sees('U0ERIN', /It is fine · AL-\d+[\s\S]*Why is it fine\?/)
    const typed = { 'daypass.form.reason': 'We spoke <!channel> before', [muteInput]: String(7 * 86_400) }
    await workspace.as('U0ERIN').submit(typed)
    await workspace.settle()
    for (const channel of ['C0SECURITY', 'C0ORDERS'])
      expect(await read(channel)).toMatch(/@U0ERIN says that it is fine[\s\S]*We spoke <!channel> before/)
    expect(JSON.stringify((await alertsIn('C0SECURITY')).at(-1)?.blocks)).not.toContain(alertActionIds.fine)
    const reference = /AR-\d+/.exec(await read('C0SECURITY'))?.[0] ?? ''
    const { response } = await workspace.as('U0LEAD').command('/audit', reference, { channel: 'C0LOBBY' })
    expect(plainText(response?.blocks ?? []).replace(/[*`]/g, '')).toMatch(
      /✅ AL-\d+ · Approvals faster than anyone reads: 1 approval within 10s of the request\.[\s\S]*We spoke/,
    )
  })

  it('Revoke now takes the access back by the one way, and the alert says so', async () => {
    workspace.world.clock.advance(8 * 86_400)
    await approvedAtOnce()
    await press('U0GUEST', alertActionIds.revoke, 'C0ORDERS')
    await hears('U0GUEST', 'C0ORDERS', /⛔/)
    await press('U0LEAD', alertActionIds.revoke, 'C0SECURITY')
    await sees('U0LEAD', /Revoke AR-\d+[\s\S]*Why now\?/)
    await workspace.as('U0LEAD').submit({ 'daypass.form.reason': 'Nobody read this' })
    await workspace.settle()
    expect(workspace.world.target.held.size).toBe(0)
    await follow()
    expect(await read('C0SECURITY')).toMatch(/⛔ @U0LEAD took the access back[\s\S]*/)
    expect(await read('C0SECURITY')).toMatch(/The access is gone/)
  })
})

describe('messages are valid and parse nothing of others', () => {
  const hostile = '<!channel> <@U0EVIL> *x* `y` & '.repeat(40)
  const alert = (changes: Partial<Alert>): Alert => ({
    ...{ id: '6a5f2b0e-7d0c-4a57-9f2e-0a3a6d7b1c11', reference: 'AL-12', rule: 'many-rows', digestId: null },
    headline: hostile,
    evidence: Array.from({ length: 14 }, (_, at) => ({
      label: hostile,
      kind: 'address',
      value: `${hostile}${at}`,
    })),
    ...{ audience: 'security', raisedAt: new Date('2026-11-22T09:00:00Z'), state: 'open', answer: null },
    about: { id: '1', personId: '1', userId: 'U0CARL' },
    alsoAbout: { id: '2', personId: '2', userId: '<!here>' },
    ...{ requestId: null, grantId: null, resourceId: hostile, entitlementId: hostile },
    ...changes,
  })
  const answer = {
    ...{ at: new Date('2026-11-22T10:00:00Z'), by: { id: '3', userId: 'U0LEAD' } },
    ...{ reason: hostile.repeat(3), mutedUntil: new Date('2026-11-29T10:00:00Z') },
  }
  const views: AlertView[] = (['active', 'ended', 'revocation_failed', 'scheduled'] as const).flatMap(
    (status) =>
      [alert({}), alert({ state: 'acknowledged', answer }), alert({ state: 'revoked', answer })].map(
        (one) => ({
          alert: one,
          requestReference: 'AR-1042',
          grant: { status, isToBeTakenBack: status === 'active', leaseEndsAt: answer.at, endedAt: null },
        }),
      ),
  )
  const problemsOf = (content: ReturnType<typeof alertContent>) => {
    const blocks = JSON.parse(JSON.stringify(content.blocks))
    const texts = JSON.stringify(
      content.blocks.flatMap(
        (block) => JSON.stringify(block).match(/"mrkdwn","text":"(?:[^"\\]|\\.)*"/g) ?? [],
      ),
    )
    const size = JSON.stringify(blocks).length < 30_000 ? [] : ['too long']
    return [...messageProblems(blocks), ...size, ...(texts.match(/<!channel>|<@U0EVIL>|<!here>/g) ?? [])]
  }

  it('alone, together, and in its form', () => {
    for (const view of views) {
      expect(problemsOf(alertContent({ id: 'x', alerts: [view], isDigest: false }))).toEqual([])
      expect(viewProblems(JSON.parse(JSON.stringify(fineForm(view))), 'modal')).toEqual([])
    }
    const many = Array.from({ length: 20 }, (_, at) => ({ ...(views[at % views.length] as AlertView) }))
    expect(problemsOf(alertContent({ id: 'x', alerts: many, isDigest: true }))).toEqual([])
  })
})
