import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { SlackAccount } from '../../src/domain/account.ts'
import type { HistoryFilter, Store } from '../../src/domain/store.ts'
import {
  activatingGrant,
  active,
  asksFor,
  closed,
  decisionOf,
  ended,
  grantOf,
  member,
  minutesAfter,
  newRequest,
  noon,
  pendingRequest,
  permitted,
  revoking,
} from './_base-world.ts'
import { openFreshStore } from './_fresh-store.ts'

let store: Store
beforeAll(async () => {
  const opened = await openFreshStore()
  store = opened.store
  return opened.close
})

const everything: HistoryFilter = { scope: 'any', requesterId: null, resourceIds: null, from: null, to: null }

it('a history has its people and its grant', async () => {
  const { request, requester, approver, grant } = await activatingGrant(store)
  const retrying = revoking(active(grant), approver.id)
  await store.transaction((tx) => tx.grants.save(active(grant)))
  await store.transaction((tx) => tx.grants.save(retrying))
  const history = await store.histories.byRequest(request.id)
  expect(history).toEqual({
    request: { ...request, status: 'approved', closedAt: minutesAfter(noon, 2) },
    requester,
    engagement: null,
    decisions: [expect.objectContaining({ approverId: approver.id, verdict: 'approve', approver })],
    grant: retrying,
    revoker: approver,
    review: null,
    usedPreApproval: null,
    madePreApproval: null,
    extends: null,
    extensions: [],
    run: null,
    preview: null,
    tasks: [],
    absences: [],
    calls: [],
    cancelledBy: null,
  })
  expect(await store.histories.byReference(request.reference)).toEqual({ ...history, events: [] })
})

describe('the history of one request is the same as among many', () => {
  const all = async (ids: readonly string[]) => {
    const together = await store.histories.byRequests(ids)
    const each = await Promise.all([...ids, randomUUID(), 'x'].map(store.histories.byRequest))
    expect(each).toEqual([...together, null, null])
    return together
  }

  it('before and after a decision', async () => {
    const undecided = await pendingRequest(store)
    const decided = await pendingRequest(store)
    await store.transaction((tx) => tx.decisions.insert(decisionOf(decided.request, decided.approver)))
    const granted = await activatingGrant(store)
    const found = await all([undecided, decided, granted].map(({ request }) => request.id))
    expect(found.map(({ decisions, grant }) => [decisions.length, grant?.status ?? null])).toEqual([
      [0, null],
      [1, null],
      [1, 'activating'],
    ])
    const asked = await store.histories.requests([
      granted.request.id,
      'x',
      randomUUID(),
      undecided.request.id,
    ])
    expect(asked).toMatchObject([
      { request: { id: granted.request.id, status: 'approved' }, requester: granted.requester },
      { request: undecided.request, requester: undecided.requester, engagement: null },
    ])
  })

  it('where an undecided request is approved in advance for the next ones', async () => {
    const { request, approver } = await pendingRequest(store)
    await store.transaction(async (tx) => {
      await tx.preApprovals.insert({
        requestId: request.id,
        madeById: approver.id,
        madeAt: noon,
        goodThrough: minutesAfter(noon, 60),
        maxDurationSeconds: 3600,
        reason: 'Project.',
        engagementId: null,
        policy: permitted('preApprove'),
      })
    })
    const [found] = await all([request.id])
    expect(found?.madePreApproval?.maker).toEqual(approver)
  })

  it('where an undecided request asks for more time', async () => {
    const { request, requester, approver } = await pendingRequest(store)
    const grant = { ...grantOf(request), approvedContent: request.terms.content }
    const { resourceId, entitlementId } = request.asksFor
    const more = await store.transaction(async (tx) => {
      await tx.decisions.insert(decisionOf(request, approver))
      await tx.requests.save(closed(request, 'approved'))
      await tx.grants.insert(grant)
      await tx.grants.save(active(grant))
      return tx.requests.insert(
        newRequest(requester, {
          asksFor: { kind: 'extension', resourceId, entitlementId, grantId: grant.id },
          durationSeconds: 1800,
          submittedAt: minutesAfter(noon, 10),
          expiresAt: minutesAfter(noon, 63),
        }),
      )
    })
    const [found] = await all([more?.id ?? ''])
    expect(found?.extends?.grant.id).toBe(grant.id)
  })
})

it('cards that are asked about at once are told apart', async () => {
  const { request } = await pendingRequest(store)
  const card = { subject: { kind: 'request', id: request.id }, purpose: 'card', variant: 0 } as const
  const at = { channelId: 'C0ORDERS', ts: '1700000000.000100' }
  await store.transaction((tx) => tx.messages.record(card, at))
  const asked = [
    store.isPosted(card, at),
    store.isPosted(card, { ...at, ts: '1700000000.000101' }),
    store.isPosted(card, { ...at, channelId: 'C0OTHER' }),
    store.isPosted({ ...card, purpose: 'copy:sponsor' }, at),
    store.isPosted({ ...card, variant: 1 }, at),
    store.isPosted({ ...card, subject: { kind: 'request', id: randomUUID() } }, at),
    store.isPosted(card, at),
  ]
  expect(await Promise.all(asked)).toEqual([true, false, false, false, false, false, true])
})

it('people who are asked about at once are told apart', async () => {
  const accounts = ['UONE', 'UTWO', 'UTHREE'].map((userId) => member(userId))
  const alone: string[][] = []
  for (const account of accounts) alone.push((await store.people.of([account])).map(({ id }) => id))
  const [one = [], two = [], three = []] = alone
  const [first, second, third] = accounts as [SlackAccount, SlackAccount, SlackAccount]
  const asked = await Promise.all([store.people.of([third, first]), store.people.of([second])])
  expect(asked.map((people) => people.map(({ id }) => id))).toEqual([[...three, ...one], two])
})

it.each(['AR-1', 'AR-999999999', 'AR-0', 'ar-', 'x', '', "AR-1'; drop table requests"])(
  'there is no history of %j',
  async (reference) => {
    expect(await store.histories.byReference(reference)).toBeNull()
  },
)

describe('pages', () => {
  it('come newest first, and beyond the end empty with the right count', async () => {
    const requester = await store.transaction((tx) => tx.accounts.upsert(member('UPAGES')))
    const ids: string[] = []
    for (let n = 0; n < 5; n++) {
      const submittedAt = minutesAfter(noon, n)
      const request = await store.transaction((tx) =>
        tx.requests.insert(newRequest(requester, { submittedAt })),
      )
      ids.unshift(request?.id ?? '')
    }
    const filter = { ...everything, requesterId: requester.id }
    const page = async (number: number) => {
      const { rows, ...rest } = await store.histories.list(filter, { kind: 'page', page: number }, 2)
      return { ids: rows.map((row) => row.request.id), ...rest }
    }
    expect(await page(1)).toEqual({ ids: ids.slice(0, 2), newer: 0, hasOlder: true, total: 5 })
    expect(await page(3)).toEqual({ ids: ids.slice(4), newer: 4, hasOlder: false, total: 5 })
    expect(await page(99)).toEqual({ ids: [], newer: 5, hasOlder: false, total: 5 })
  })
})

describe('filters', () => {
  const found = async (changes: Partial<HistoryFilter>) => {
    const page = await store.histories.list({ ...everything, ...changes }, { kind: 'page', page: 1 }, 100)
    return page.rows.map((row) => row.request.id)
  }

  it('live: only requests with a live grant', async () => {
    const resourceId = 'live-db'
    const resourceIds = [resourceId]
    await pendingRequest(store, { asksFor: asksFor(resourceId) })
    const { request, grant } = await activatingGrant(store, { asksFor: asksFor(resourceId) })
    expect(await found({ scope: 'live', resourceIds })).toEqual([request.id])
    for (const state of [active(grant), revoking(active(grant))]) {
      await store.transaction((tx) => tx.grants.save(state))
      expect(await found({ scope: 'live', resourceIds })).toEqual([request.id])
    }
    await store.transaction((tx) => tx.grants.save(ended(revoking(active(grant)))))
    expect(await found({ scope: 'live', resourceIds })).toEqual([])
    expect(await found({ resourceIds })).toHaveLength(2)
  })

  it('only the resources that the asker may see; an empty list finds nothing', async () => {
    const { request } = await pendingRequest(store, { asksFor: asksFor('it\'s a "db"') })
    expect(await found({ resourceIds: ['it\'s a "db"', 'other'] })).toEqual([request.id])
    expect(await found({ resourceIds: [] })).toEqual([])
    expect(await found({ requesterId: 'nobody' })).toEqual([])
  })

  it('a range finds requests that were submitted or held within it', async () => {
    const resourceIds = ['range-db']
    const { request, grant } = await activatingGrant(store, { asksFor: asksFor('range-db') })
    for (const state of [active(grant), revoking(active(grant)), ended(revoking(active(grant)))]) {
      await store.transaction((tx) => tx.grants.save(state))
    }
    const within = (from: number, to: number) =>
      found({ resourceIds, from: minutesAfter(noon, from), to: minutesAfter(noon, to) })
    expect(await within(-10, 0)).toEqual([])
    expect(await within(-10, 1)).toEqual([request.id])
    expect(await within(1, 3)).toEqual([])
    expect(await within(30, 31)).toEqual([request.id])
    expect(await within(64, 65)).toEqual([request.id])
    expect(await within(65, 99)).toEqual([])
    expect(await within(40, 20)).toEqual([])
    expect(await found({ resourceIds, from: minutesAfter(noon, 65) })).toEqual([])
    expect(await found({ resourceIds, to: noon })).toEqual([])
  })

  it('a live grant is found after the end of its lease', async () => {
    const resourceIds = ['held-db']
    const { request, grant } = await activatingGrant(store, { asksFor: asksFor('held-db') })
    await store.transaction((tx) => tx.grants.save(active(grant)))
    expect(await found({ resourceIds, from: minutesAfter(noon, 100), to: minutesAfter(noon, 101) })).toEqual([
      request.id,
    ])
  })
})
