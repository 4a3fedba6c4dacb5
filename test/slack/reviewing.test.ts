import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import type { VisibleMessage } from '../../sandbox/types.ts'
import { messageProblems, viewProblems } from '../../sandbox/validity/blocks.ts'
import {
  type Campaign,
  type CampaignItem,
  type CampaignMessage,
  itemKinds,
  usualReview,
} from '../../src/domain/campaign.ts'
import { endForm, shortenForm } from '../../src/slack/features/review/forms.ts'
import { parseReviewLine } from '../../src/slack/features/review/line.ts'
import { campaignContent, pagesOf } from '../../src/slack/features/review/messages.ts'
import { at, hostileTexts, longestTexts, usualTexts } from './_histories.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

const campaign: Campaign = {
  ...usualReview,
  ...{ id: '0b0e9a52-1f6c-4b0e-9a52-1f6c4b0e9a52', reference: 'RV-3', reviewId: null },
  ...{ startedAt: at(0), startedById: null, dueAt: at(9_000), collectedAt: at(1), notCovered: [] },
  ...{ escalatedAt: null, closingAt: null, remindedAt: null, closedAt: null, signedOff: null },
}

describe.each([
  ['usual', usualTexts, 1],
  ['hostile', hostileTexts, 3],
  ['longest', longestTexts, 60],
] as const)('with %s texts', (_, texts, people) => {
  const item = (kind: CampaignItem['kind'], person: number): CampaignItem => ({
    ...{ id: campaign.id, campaignId: campaign.id, kind, accountId: 'a', personId: `${person}` },
    ...{ userId: kind === 'standing' ? null : 'U0CARL', who: texts.displayName, what: texts.name },
    ...{ resourceId: 'orders-db', entitlementId: 'read-orders', since: at(0), until: at(90_000) },
    ...{ requestId: null, grantId: null, preApprovalId: null, engagementId: null, standingKey: null },
    ...{ use: 'used', lastUsedAt: at(3), reviewers: ['U0DANA'], byLeads: true, decision: null },
    ...{ overAt: null, gone: null },
  })
  const by = { id: 'd', userId: 'U0DANA', personId: 'd' }
  const decided: CampaignItem = {
    ...item('standing', 1),
    decision: { verdict: 'end', at: at(5), by, reason: texts.reason, until: null },
  }
  const open = Array.from({ length: people }, (_, person) =>
    itemKinds.map((kind) => item(kind, person)),
  ).flat()
  const items = [...open, decided, { ...decided, gone: { at: at(9), proof: texts.failure } }]
  const messages: CampaignMessage[] = [
    { kind: 'reviewer', userId: 'U0DANA' },
    { kind: 'reminder', userId: 'U0DANA', number: 1 },
    { kind: 'security' },
    { kind: 'closed' },
    { kind: 'removal', resourceId: 'orders-db' },
  ]
  it.each(messages)('Slack takes the message %o, and nothing is injected', (message) => {
    const { text, blocks } = campaignContent({
      campaign: {
        ...campaign,
        name: texts.name,
        notCovered: Array.from({ length: people }, () => ({ resourceId: 'x', because: texts.failure })),
      },
      ...{ items, message, channelId: null, page: null, now: at(9) },
      resourceNames: new Map([['orders-db', texts.name]]),
    })
    expect(messageProblems(JSON.parse(JSON.stringify(blocks)))).toEqual([])
    expect(text.length).toBeLessThanOrEqual(4_000)
    const inside = JSON.stringify(
      blocks.filter(({ type }) => type !== 'header').map((block) => ({ ...block })),
    )
    expect(inside.replaceAll(/<(@U0[A-Z]+|!date[^>]*)>/g, '')).not.toMatch(/<[!@h]/)
  })

  it('Slack takes the forms', () => {
    const lease = item('lease', 1)
    for (const form of [endForm({ campaign, item: lease }), shortenForm({ campaign, item: lease })])
      expect(viewProblems(JSON.parse(JSON.stringify(form)), 'modal')).toEqual([])
  })

  it('shows every item on some page', () => {
    expect(pagesOf(items).flat()).toHaveLength(items.length)
  })
})

it('the line after /audit is read, and everything else is left to others', () => {
  expect(parseReviewLine('review')).toEqual({ kind: 'list' })
  expect(parseReviewLine('review rv-3')).toEqual({ kind: 'show', reference: 'RV-3' })
  expect(parseReviewLine('reviews start quarterly')).toEqual({ kind: 'start', name: 'quarterly' })
  expect(parseReviewLine('review close RV-3')).toEqual({ kind: 'close', reference: 'RV-3' })
  expect(parseReviewLine('review start all of it')).toEqual({ kind: 'help' })
  expect(parseReviewLine('report review')).toBeNull()
})

describe('in a local Slack', () => {
  let workspace: Workspace
  beforeAll(async () => {
    workspace = await openWorkspace()
    const orders = workspace.world.ports.catalog.resources.get('orders-db')
    if (!orders) throw new Error('no resource')
    const long = [...orders.entitlements].map(
      ([id, one]) => [id, { ...one, maxDurationSeconds: 40 * 86_400 }] as const,
    )
    const resources = new Map([['orders-db', { ...orders, entitlements: new Map(long) }]])
    const catalog = { ...workspace.world.ports.catalog, resources }
    Object.assign(workspace.world.ports, { catalog })
    for (const userId of ['U0CARL', 'U0DANA']) {
      const line = 'orders-db read-orders for 20d because Fixing the totals of INC-42'
      await workspace.as(userId).command('/request-access', line, { channel: 'C0LOBBY' })
      // Slack is answered after 2.5 s at the latest, so a busy machine may submit the request after the answer.
      const card = await workspace.client.waitFor(
        async () => {
          await workspace.settle()
          const cards = await workspace.as('U0FRED').messages('C0ORDERS')
          return cards.findLast(({ blocks }) => JSON.stringify(blocks ?? []).includes('daypass.approve'))
        },
        { what: 'the card' },
      )
      await workspace.as('U0FRED').press('daypass.approve', { message: { channel: 'C0ORDERS', ts: card.ts } })
      await workspace.settle()
    }
  })
  afterAll(async () => {
    const { violations } = await workspace.client.traffic()
    await workspace.close()
    expect(violations).toEqual([])
  })

  const read = (message: VisibleMessage | undefined) => (message ? plainText(message.blocks ?? []) : '')
  const card = async (userId: string) =>
    (await workspace.as(userId).directMessages()).map(read).find((text) => text.includes('RV-1')) ?? ''
  const audit = async (text: string, userId = 'U0LEAD') => {
    const { response } = await workspace.as(userId).command('/audit', text, { channel: 'C0LOBBY' })
    return plainText(response?.blocks ?? [])
  }
  const security = async () => (await workspace.as('U0LEAD').messages('C0SECURITY')).map(read).join('\n')

  it('a lead starts it, reviewers decide on their cards, and another lead signs', async () => {
    expect(await audit('review start', 'U0DANA')).toContain('Only security leads')
    expect(await audit('review start')).toContain('RV-1 has begun')
    await workspace.settle()
    // Dana approves for this resource, and has a lease of her own here.
    expect(await card('U0DANA')).toMatch(/Lease: \*Read orders\* on Orders database, since .*\n.*not known/)
    expect(await card('U0DANA')).not.toContain('dana')
    expect(await card('U0FRED')).toContain('2 items of 2 wait')
    await workspace.as('U0DANA').press('daypass.review.keep')
    await workspace.settle()
    expect(await card('U0DANA')).toContain('✅ Kept by @U0DANA')
    expect(await card('U0DANA')).toContain('Everything is decided. Thank you.')
    expect(await card('U0FRED')).toMatch(/1 item of 2 waits[\s\S]*\*dana\* \(@U0DANA\)/)
    await workspace.as('U0FRED').press('daypass.review.end')
    await workspace.client.waitFor(async () => (await workspace.as('U0FRED').view()) ?? undefined, {
      what: 'the form',
    })
    expect(await workspace.as('U0FRED').submit({ 'daypass.form.reason': 'Left the team' })).toMatchObject({
      result: 'cleared',
    })
    await workspace.settle()
    for (const userId of ['U0CARL', 'U0GUEST']) {
      const about = (
        await workspace.world.ports.store.campaigns.byReference('RV-1', workspace.world.clock.now())
      )?.items.find((item) => item.userId === userId && item.kind === 'engagement')
      expect(about).toMatchObject({ reviewers: ['U0PAT'] })
    }
    expect(await security()).toMatch(/Waits for:\* @U0PAT 2/)
    expect(await audit('review close RV-1')).toContain('What nobody has decided stays')
    await workspace.settle()
    expect(await security()).toContain('is closed')
    expect(await audit('report review RV-1')).toMatch(/dana .*Read orders .* end .*gone.*seen gone/)
    await workspace.as('U0LEAD').press('daypass.audit.report.download')
    const [file] = await workspace.client.waitFor(
      async () => (await workspace.as('U0LEAD').directMessages()).find(({ files }) => files)?.files,
      { what: 'the file' },
    )
    expect(file).toMatchObject({ name: expect.stringMatching(/^review-[-0-9]+\.csv$/) })
    const csv = await (await fetch(file?.url ?? '')).text()
    expect(csv).toMatch(/^Review,Person,[^\n]*\n(RV-1,.*\n)+$/)
    await workspace.as('U0LEAD').press('daypass.review.sign_off')
    await workspace.settle()
    expect(await security()).toContain('Signed off by @U0LEAD')
    expect(await audit('review')).toContain('signed off by @U0LEAD')
  })
})
