import type { KnownBlock, ModalView } from '@slack/types'
import { describe, expect, it } from 'vitest'
import { messageProblems, optionProblems, viewProblems } from '../../sandbox/validity/blocks.ts'
import { ownersPlan } from '../../src/domain/approval-plan.ts'
import type { Catalog, Entitlement, Resource } from '../../src/domain/catalog.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { type MessagePurpose, messagePurposes, purposes } from '../../src/domain/message.ts'
import type { AuditedHistory, RequestHistory } from '../../src/domain/request-history.ts'
import { stopRunForm } from '../../src/slack/features/actions/stop.ts'
import { auditHelp } from '../../src/slack/features/audit/help.ts'
import { auditHistoryAnswer } from '../../src/slack/features/audit/history.ts'
import { auditListAnswer, type PageAnswer } from '../../src/slack/features/audit/list.ts'
import { auditTableAnswer, fallbackList } from '../../src/slack/features/audit/table.ts'
import { breakGlassForm } from '../../src/slack/features/break-glass/form.ts'
import { reviewForm } from '../../src/slack/features/break-glass/review.ts'
import { cardMessage } from '../../src/slack/features/decide/card.ts'
import { denyForm } from '../../src/slack/features/decide/deny.ts'
import { homeView } from '../../src/slack/features/home/view.ts'
import { credentialsView } from '../../src/slack/features/my-access/credentials-view.ts'
import { preApproveForm } from '../../src/slack/features/pre-approval/form.ts'
import { preApprovalList } from '../../src/slack/features/pre-approval/list.ts'
import { emptyForm, requestForm } from '../../src/slack/features/request/form.ts'
import { requestHelp } from '../../src/slack/features/request/help.ts'
import { revokeForm } from '../../src/slack/features/revoke/revoke.ts'
import { cannotForm, doneForm } from '../../src/slack/features/tasks/forms.ts'
import { overSentence } from '../../src/slack/kit/answers.ts'
import type { MessageContent } from '../../src/slack/kit/blocks.ts'
import { entitlementOption, resourceOption, suggest } from '../../src/slack/kit/options.ts'
import { renderMessage } from '../../src/slack/messages/render-message.ts'
import { actionsOf } from './_actions.ts'
import { extensionsOf } from './_extensions.ts'
import { at, historiesOf, hostileTexts, longestTexts, type Texts, usualTexts } from './_histories.ts'
import { tasksOf } from './_tasks.ts'
import { withoutAskingOf } from './_without-asking.ts'

const kinds: [string, Texts, number][] = [
  ['usual', usualTexts, 2],
  ['hostile', hostileTexts, 2],
  ['longest', longestTexts, 40],
]

const resource = (name: string, entitlements: Entitlement[] = []): Resource => ({
  id: 'orders-db',
  name,
  environment: name,
  owners: { channel: 'C0ORDERS', approvers: ['U0DANA', 'S0DBAS'] },
  connector: {
    kind: 'fake',
    isSame: () => false,
    open: () => {
      throw new Error('nothing is opened here')
    },
  },
  entitlements: new Map(entitlements.map((entitlement) => [entitlement.id, entitlement])),
})
const entitlement = (id: string, name: string): Entitlement => ({
  id,
  resourceId: 'orders-db',
  name,
  description: null,
  risk: 'critical',
  defaultDurationSeconds: 3_600,
  maxDurationSeconds: 28_800,
  approvals: ownersPlan(2),
  approvers: ['U0DANA'],
  tell: [],
  justification: { minLength: 10 },
  ticket: { pattern: '^[A-Z]+-[0-9]+$', example: 'OPS-12', required: true },
  selfServePerPersonAndDay: null,
  breakGlass: null,
  content: contentFromJson({}),
})
const catalog: Catalog = {
  contentHash: '',
  security: { channel: 'C0SECURITY', leads: [] },
  defaults: {
    requestTimeoutSeconds: 1,
    remindAfterSeconds: 1,
    expiryNoticesSeconds: [],
    requestsPerHour: 1,
    selfServePerPersonAndDay: 3,
    longestPreApprovalSeconds: 86_400,
  },
  resources: new Map([['orders-db', resource('Orders database')]]),
}

function expectSound({ text, blocks }: MessageContent): void {
  expect(messageProblems(JSON.parse(JSON.stringify(blocks)))).toEqual([])
  expect(JSON.stringify(blocks).length).toBeLessThan(30_000)
  expect(charactersOf(blocks)).toBeLessThan(12_000)
  expect(text.length).toBeGreaterThan(0)
  expect(text.length).toBeLessThanOrEqual(4_000)
  expectNothingInjected(text)
  for (const { type, text: inside } of textsIn(blocks)) if (type === 'mrkdwn') expectNothingInjected(inside)
}

/** Whatever Slack would parse is ours: mentions by id, dates, and nothing else in angle brackets. */
function expectNothingInjected(text: string): void {
  for (const [token] of text.matchAll(/<[^>]*>/g)) {
    expect(token).toMatch(
      /^<(@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|#C[A-Z0-9]+|https:\/\/runbook\.test\/[a-z]+|!date\^\d+\^[^|<>]+\|[^<>]+)>$/,
    )
  }
  expect(text.replace(/<[^>]*>/g, '')).not.toMatch(/[<>]/)
}

function textsIn(value: unknown): { type: string; text: string }[] {
  if (Array.isArray(value)) return value.flatMap(textsIn)
  if (typeof value !== 'object' || value === null) return []
  const own =
    'type' in value && 'text' in value && typeof value.text === 'string'
      ? [{ type: String(value.type), text: value.text }]
      : []
  return [...own, ...Object.values(value).flatMap(textsIn)]
}

function pageOf(history: RequestHistory, texts: Texts): PageAnswer {
  return {
    kind: 'page',
    page: { rows: Array.from({ length: 10 }, () => history), newer: null, hasOlder: true, total: null },
    query: {
      kind: 'list',
      scope: 'any',
      userId: 'U0CARL',
      resourceId: texts.name.slice(0, 150),
      from: at(0),
      to: at(9),
      place: { kind: 'older', than: { submittedAt: at(8), number: 4_711 } },
    },
    resourceNames: [texts.name],
  }
}

function tableIn({ blocks }: MessageContent): { type: string; text: string }[][] {
  const table = blocks.find((block) => block.type === 'data_table')
  return (table?.rows ?? []).map(textsIn)
}

const charactersOf = (blocks: KnownBlock[]) => textsIn(blocks).reduce((sum, { text }) => sum + text.length, 0)
const expectSoundView = (view: ModalView) =>
  expect(viewProblems(JSON.parse(JSON.stringify(view)), 'modal')).toEqual([])

describe.each(kinds)('with %s texts', (_, texts, approvers) => {
  const histories = Object.entries({
    ...historiesOf(texts, approvers),
    ...actionsOf(texts, approvers),
    ...withoutAskingOf(texts),
    ...extensionsOf(texts, approvers),
    ...tasksOf(texts),
  })

  it.each(histories)(
    'every message about a request that is %s is valid, within limits, and injects nothing',
    (_state, history) => {
      for (const purpose of messagePurposes) {
        const channelId = purposes[purpose].audience === 'requester' ? null : 'C0ORDERS'
        expectSound(
          renderMessage({ purpose, history, card: null, channelId, undelivered: [], now: at(1) }, catalog),
        )
      }
    },
  )

  it('a card with eight parts of a bundle is valid', () => {
    const message = {
      purpose: 'card',
      card: null,
      channelId: 'C0ORDERS',
      undelivered: [],
      now: at(1),
    } as const
    const { pending, active } = historiesOf(texts, approvers)
    for (const history of [pending, active]) {
      if (!history || !pending) throw new Error('no such state')
      const cardId = history.request.id
      const requests = Array.from({ length: 8 }, () => ({
        id: cardId,
        reference: 'AR-1042' as const,
        cardId,
      }))
      const bundle = { id: 'b', catalogId: 'on-call-kit', name: texts.name, cardId, requests }
      const together = [history, ...Array.from({ length: 7 }, () => pending)].map((one) => ({
        ...one,
        bundle,
      }))
      expectSound(renderMessage({ ...message, history: { ...history, bundle }, together }, catalog))
    }
  })

  it.each(histories)('the Home tab with full lists of requests that are %s is valid', (state, history) => {
    const full = (rows: number) => ({ rows: Array.from({ length: rows }, () => history), total: null })
    const { requester: account, engagement } = history
    const contractors = engagement
      ? Array.from({ length: 5 }, () => ({ engagement, contractor: account, identities: [] }))
      : []
    const tasks = Array.from({ length: 3 }, () => ({
      history,
      direction: history.tasks.at(-1)?.direction ?? ('give' as const),
    }))
    const everything = {
      account,
      engagement,
      decides: true,
      awayUntil: new Date('2026-12-24T22:59:00Z'),
      favourites: Array.from({ length: 8 }, (_, number) => ({
        resourceId: texts.name.slice(0, 64),
        entitlementId: `e${number}`,
        offered:
          number === 7
            ? null
            : { entitlementName: texts.name, resourceName: texts.name, environment: texts.name },
      })),
      waiting: full(5),
      tasks: { rows: tasks, total: 4 },
      holding: full(5),
      upcoming: full(3),
      asked: full(5),
      past: full(4),
      withOutput: [history.request.id],
      preApproved: full(4),
      contractors: { rows: contractors, total: null },
      audited: { pending: full(5), live: full(5), failed: full(5), toReview: full(5) },
    }
    const view = homeView(everything, catalog)
    expect(viewProblems(JSON.parse(JSON.stringify(view)), 'home')).toEqual([])
    for (const { type, text } of textsIn(view.blocks)) if (type === 'mrkdwn') expectNothingInjected(text)
    if (state !== 'pending') return
    // Longer lists than the database gives: each is cut, and none is left out.
    const fitting = homeView({ ...everything, asked: full(9), past: full(9) }, catalog)
    expect(viewProblems(JSON.parse(JSON.stringify(fitting)), 'home')).toEqual([])
    const titles = (of: typeof view) => of.blocks.flatMap((block) => (block.type === 'header' ? [block] : []))
    expect(titles(fitting)).toEqual(titles(view))
  })

  it.each(histories)('the audit of a request that is %s is valid, alone and in a list', (_state, history) => {
    const events: AuditedHistory['events'] = Array.from({ length: 60 }, (_event, id) => ({
      id,
      at: at(id),
      actor: id % 2 === 0 ? { kind: 'daypass' } : { kind: 'account', accountId: 'x' },
      actorUserId: id % 2 === 0 ? null : 'U0CARL',
      action: 'grant.revocation_failed',
      subject: null,
      requestId: null,
      grantId: null,
      accountId: null,
      resourceId: null,
      entitlementId: null,
      policy: null,
      details: { message: texts.failure, evidence: { summary: texts.failure } },
    }))
    const page = pageOf(history, texts)
    for (const shared of [true, false]) {
      expectSound(auditHistoryAnswer({ ...history, events }, { catalog, shared }))
      expectSound(auditListAnswer(page, { nearest: null, shared }))
    }
    expectSound(fallbackList(auditListAnswer(page, { nearest: null, shared: false })))
  })

  it.each(histories)('the table of requests that are %s is valid and parses nothing', (_state, history) => {
    const words = auditTableAnswer(pageOf(history, texts), 'America/Argentina/ComodRivadavia')
    expectSound(words)
    const rows = tableIn(words)
    expect(rows.map((row) => row.length)).toEqual(Array.from({ length: 11 }, () => 8))
    expect(new Set(rows.flat().map(({ type }) => type))).toEqual(new Set(['raw_text']))
  })

  it.each(histories)('forms about a request that is %s are valid', (_state, history) => {
    expectSoundView(denyForm(history))
    expectSoundView(revokeForm(history))
    expectSoundView(stopRunForm(history))
    expectSoundView(reviewForm(history))
    expectSoundView(preApproveForm({ history, entitlement: entitlement('x', texts.name), latest: at(9) }))
    for (const task of history.tasks) {
      expectSoundView(doneForm(history, task))
      expectSoundView(cannotForm(history, task))
    }
    const field = { label: texts.name.slice(0, 50), value: texts.reason }
    expectSoundView(
      credentialsView(history, {
        fields: [field, field],
        commands: [{ label: 'psql', text: texts.failure }],
        expiresAt: at(9),
        takesPublicKey: true,
      }),
    )
  })

  it.each([0, 1, 100, 101])('the request form is valid with %i entitlements to choose from', (count) => {
    const entitlements = Array.from({ length: count }, (_each, number) =>
      entitlement(`e${number}`, `${number} ${texts.name}`),
    )
    const problems = (
      ['resource', 'entitlement', 'duration', 'start', 'justification', 'ticket'] as const
    ).map((field) => ({
      field,
      message: texts.reason,
    }))
    expectSoundView(requestForm(emptyForm))
    for (const chosen of [null, entitlements.at(-1) ?? null]) {
      expectSoundView(
        requestForm({
          resource: resource(texts.name, entitlements),
          entitlements,
          entitlement: chosen,
          duration: texts.reason,
          parameters: {},
          start: at(60),
          justification: texts.justification,
          ticket: texts.ticket,
          inEmergency: true,
          preApproved: null,
          accessEnds: null,
          ticketMatters: true,
          missingLogin: { name: texts.name, sponsorUserId: 'U0ERIN' },
          problems,
          responseUrl: `https://hooks.slack.com/commands/${'x'.repeat(200)}`,
          aboutMessage: true,
          byFavourite: true,
          freeze: null,
          banner: 'Something of ours',
        }),
      )
    }
  })

  it('options are valid, and a list of more than a hundred says so', () => {
    const found = Array.from({ length: 100 }, (_each, number) => ({
      ...resource(texts.name),
      id: `db-${number}`,
    }))
    const answer = suggest({ found, more: true }, 'db', resourceOption)
    const groups = 'option_groups' in answer ? answer.option_groups : []
    expect(optionProblems(undefined, groups)).toEqual([])
    expect(groups[0]?.options.length).toBe(100)
    expect(groups[0]?.label.text).toBe('The first 100: type more letters to see others')
    expect(optionProblems([entitlementOption(entitlement('x', texts.name))], undefined)).toEqual([])
  })
})

describe.each(kinds)('access without asking, with %s texts', (_, texts) => {
  const histories = Object.values(withoutAskingOf(texts))
  const many = Array.from({ length: 50 }, () => histories).flat()

  it('is told in one message of 20 leases, which is valid', () => {
    const [history] = histories
    if (!history) throw new Error('no history')
    const together = many.slice(0, 20)
    const message = { history, card: null, channelId: 'C0ORDERS', undelivered: [], together, now: at(1) }
    expectSound(renderMessage({ ...message, purpose: 'shared_notice' }, catalog))
  })

  it('is listed, however many pre-approvals there are', () => {
    const made = many.filter(({ madePreApproval }) => madePreApproval !== null)
    for (const list of [
      { own: [], others: [] },
      { own: made, others: made },
    ])
      expectSound(preApprovalList(list))
  })

  it('in an emergency has a form that is valid', () => {
    const offered = { ...entitlement('x', texts.name), breakGlass: { maxDurationSeconds: 1_800 } }
    const typed = {
      duration: texts.name,
      justification: texts.justification,
      banner: null,
      responseUrl: null,
    }
    expectSoundView(breakGlassForm({ resource: resource(texts.name), entitlement: offered, ...typed }))
  })
})

describe('what somebody typed', () => {
  const history = (justification: string) => {
    const { pending } = historiesOf({ ...usualTexts, justification })
    if (!pending) throw new Error('no such story')
    return pending
  }

  it.each([
    '<!channel> look',
    '<@U0DANA> approve this',
    '<https://evil.test|Approve here>',
    '`code` and ```more```',
    'first\n\n> second & third',
    ':tada: *bold* _under_ ~gone~',
    'שלום 😀 مرحبا',
  ])('stands on the card exactly as typed, where nothing is parsed: %j', (typed) => {
    const texts = textsIn(cardMessage(history(typed), catalog).blocks).filter(({ text }) => text === typed)
    expect(texts).toEqual([{ type: 'plain_text', text: typed }])
    const { blocks } = cardMessage(history(typed), catalog)
    expect(JSON.stringify(blocks)).not.toContain('"emoji":true')
  })
})

describe('the card', () => {
  const actionsOn = (words: MessageContent) =>
    words.blocks
      .flatMap((block) => (block.type === 'actions' ? block.elements : []))
      .map((element) => ('action_id' in element ? element.action_id : ''))
  const histories = { ...historiesOf(), ...withoutAskingOf(usualTexts) }
  const history = (state: string) => {
    const found = histories[state]
    if (!found) throw new Error(`no history is ${state}`)
    return found
  }

  it.each([
    ['break-glass, active', ['daypass.revoke_at_once']],
    ['break-glass, to be reviewed', ['daypass.review']],
    ['break-glass, justified', []],
    [
      'pending, one approval',
      ['daypass.approve', 'daypass.approve_for_less', 'daypass.pre_approve', 'daypass.deny'],
    ],
    ['pending', ['daypass.approve', 'daypass.approve_for_less', 'daypass.deny']],
    ['activating', ['daypass.revoke']],
    ['active', ['daypass.revoke']],
    ['denied', []],
    ['cancelled', []],
    ['expired', []],
    ['revoking', []],
    ['revocation failed', []],
    ['ended', []],
    ['revoked', []],
    ['activation failed', []],
  ])('that is %s has the buttons %j', (state, buttons) => {
    expect(actionsOn(cardMessage(history(state), catalog))).toEqual(buttons)
  })

  it('carries ids only in its buttons', () => {
    const values = JSON.stringify(cardMessage(history('pending'), catalog).blocks).match(/"value":"([^"]*)"/g)
    expect(new Set(values?.map((value) => value.replace(/ 0"$/, '"')))).toEqual(
      new Set(['"value":"0b0e9a52-1f6c-4b0e-9a52-1f6c4b0e9a52"']),
    )
  })

  it('says that access is active, or gone, only when it was read back', () => {
    for (const state of ['pending', 'approved, no grant yet', 'activating', 'activation failed']) {
      expect(JSON.stringify(cardMessage(history(state), catalog))).not.toMatch(
        /is active[^"]*AR-|granted|Active since/,
      )
    }
    expect(cardMessage(history('active'), catalog).text).toContain('Access is active')
    for (const state of ['revoking', 'revocation failed'])
      expect(JSON.stringify(cardMessage(history(state), catalog))).not.toContain('is gone')
    expect(cardMessage(history('revocation failed'), catalog).text).toContain('ACCESS MAY STILL BE OPEN')
  })

  it('says who decided, and why not', () => {
    const denied = JSON.stringify(cardMessage(history('denied'), catalog).blocks)
    expect(denied).toContain('Denied by <@U0DANA>')
    expect(denied).toContain(usualTexts.reason)
    expect(JSON.stringify(cardMessage(history('pending'), catalog).blocks)).toContain(
      '1 of 2 approvals: <@U0APPROVER0>',
    )
  })
})

describe('how many approvals are needed', () => {
  const histories = historiesOf()
  const offering = (approvals: number): Catalog => {
    const offered = { ...entitlement('read-orders', 'Read orders'), approvals: ownersPlan(approvals) }
    return { ...catalog, resources: new Map([['orders-db', resource('Orders database', [offered])]]) }
  }
  const drawn = (state: string, offered: Catalog, purpose: MessagePurpose) => {
    const history = histories[state]
    if (!history) throw new Error(`no history is ${state}`)
    const message = { purpose, history, card: null, channelId: 'C0ORDERS', undelivered: [], now: at(1) }
    return JSON.stringify(renderMessage(message, offered))
  }

  it.each(['card', 'requester:submitted', 'thread:reminder'] as const)(
    'is the stricter of then and now while it is pending: %s',
    (purpose) => {
      expect(drawn('pending', offering(3), purpose)).toContain('1 of 3 approvals')
      expect(drawn('pending', offering(1), purpose)).toContain('1 of 2 approvals')
      expect(drawn('pending', catalog, purpose)).toContain('1 of 2 approvals')
    },
  )

  it('does not change once it is decided', () => {
    const { active } = histories
    if (!active) throw new Error('no story')
    const said = JSON.stringify(
      auditHistoryAnswer({ ...active, events: [] }, { catalog: offering(5), shared: false }),
    )
    expect(said).toContain('2 of 2 approvals')
  })
})

describe('the table of an audit', () => {
  const rowOf = (state: string, texts = usualTexts, timeZone = 'Europe/Lisbon') => {
    const history = historiesOf(texts)[state]
    if (!history) throw new Error(`no history is ${state}`)
    return tableIn(auditTableAnswer(pageOf(history, texts), timeZone))[1]?.map(({ text }) => text)
  }
  const approvers = 'Carl (U0APPROVER0), Carl (U0APPROVER1)'

  it.each([
    ['pending', '🟡 pending', '–', '–'],
    ['denied', '⛔ denied', '–', '–'],
    ['active', '🟢 active', '2026-11-22 11:11', approvers],
    ['ended', '⚫ ended', '2026-11-22 11:12', approvers],
    ['revoked', '⚫ revoked', '2026-11-22 10:10', approvers],
    ['revoking', '⏳ being removed', '–', approvers],
    ['revocation failed', '🚨 may still be open', '–', approvers],
    ['activation failed', '🔴 could not be given', '–', approvers],
  ])('says of a request that is %s: %s, %s, %s', (state, label, until, approved) => {
    const asked = ['AR-1042', 'Carl (U0CARL)', 'Read orders', 'Read orders (Read orders)']
    expect(rowOf(state)).toEqual([...asked, label, '2026-11-22 09:00', until, approved])
  })

  it.each([
    ['Asia/Kathmandu', '2026-11-22 14:45'],
    ['Pacific/Kiritimati', '2026-11-22 23:00'],
    ['America/Los_Angeles', '2026-11-22 01:00'],
    ['UTC', '2026-11-22 09:00'],
  ])('has the clocks of %s', (timeZone, asked) =>
    expect(rowOf('pending', usualTexts, timeZone)?.[5]).toBe(asked),
  )

  it('shows names as somebody wrote them, with the id that nobody can choose', () => {
    const displayName = '<!channel> Dana (U0DANA)\u202e'
    expect(rowOf('pending', { ...usualTexts, displayName })?.[1]).toBe('<!channel> Dana (U0DANA) (U0CARL)')
  })

  it('says that a rule approved, and counts approvers beyond the third', () => {
    const approvedBy = (count: number) => {
      const { active } = historiesOf(usualTexts, count)
      if (!active) throw new Error('no story')
      return tableIn(auditTableAnswer(pageOf(active, usualTexts), 'UTC'))[1]?.[7]?.text
    }
    expect(approvedBy(0)).toBe('a rule: nobody was asked')
    expect(approvedBy(5)).toMatch(/^(Carl \(U0APPROVER\d\)(, )?){3} and 2 more$/)
  })
})

it('a person who is called Daypass does not look like Daypass in the timeline', () => {
  const { pending } = historiesOf({ ...usualTexts, displayName: 'Daypass' })
  if (!pending) throw new Error('no story')
  const event = (actor: AuditedHistory['events'][number]['actor'], actorUserId: string | null) => ({
    id: 1,
    at: at(0),
    actor,
    actorUserId,
    action: 'request.cancelled' as const,
    subject: null,
    requestId: null,
    grantId: null,
    accountId: null,
    resourceId: null,
    entitlementId: null,
    policy: null,
    details: {},
  })
  const lineOf = (only: ReturnType<typeof event>) =>
    textsIn(auditHistoryAnswer({ ...pending, events: [only] }, { catalog, shared: true }).blocks)
      .map(({ text }) => text)
      .find((text) => text.includes('request cancelled'))
  expect(lineOf(event({ kind: 'account', accountId: 'x' }, 'U0CARL'))).toMatch(/ · <@U0CARL>$/)
  expect(lineOf(event({ kind: 'daypass' }, null))).toMatch(/ · Daypass itself$/)
})

describe('a click that comes when it is over', () => {
  const histories = historiesOf()
  it.each([
    ['activating', /still being set up/],
    ['active', /access is being removed/],
    ['revoking', /access is being removed/],
    ['revocation failed', /may still be open. Daypass tries/],
    ['ended', /ended: there is nothing left to do/],
    ['activation failed', /could not be given: there is nothing left to do/],
  ])('on what is %s is told so', (state, words) => {
    const history = histories[state]
    if (!history) throw new Error(`no history is ${state}`)
    expect(overSentence(history)).toMatch(words)
  })
})

it('halves of surrogate pairs and NUL are not sent back into the form', () => {
  const half = `${'x'.repeat(1_999)}😀`
  const form = { ...emptyForm, justification: half, duration: `1h\0${'y'.repeat(36)}😀` }
  const offered = entitlement('read-orders', 'Read orders')
  const view = requestForm({
    ...form,
    resource: resource('Orders'),
    entitlements: [offered],
    entitlement: offered,
  })
  const values = JSON.stringify(view).match(/"initial_value":"[^"]*"/g) ?? []
  expect(values).toHaveLength(2)
  for (const value of values) expect(value).not.toMatch(/\\u(?:0000|d[89a-f])/i)
})

it.each([
  [{ pattern: '^[A-Z]+-[0-9]+$', example: 'OPS-12' }, 'For example OPS-12.'],
  [{ pattern: '^[A-Z]+-[0-9]+$', example: null }, 'The reference as your tracker writes it.'],
  [{ pattern: null, example: null }, undefined],
])('the form says how a ticket is written: %j', (ticket, hint) => {
  const offered = { ...entitlement('read-orders', 'Read orders'), ticket: { ...ticket, required: true } }
  const chosen = { resource: resource('Orders'), entitlements: [offered], entitlement: offered }
  const input = requestForm({ ...emptyForm, ...chosen }).blocks.find(({ block_id }) => block_id === 'ticket')
  expect(input).toMatchObject({ type: 'input' })
  expect(JSON.parse(JSON.stringify(input)).hint?.text).toBe(hint)
})

it('help is valid', () => {
  expectSound(requestHelp())
  expectSound(auditHelp())
})
