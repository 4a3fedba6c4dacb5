import { beforeAll, describe, expect, it } from 'vitest'
import type { HistoryFilter, Store } from '../../src/domain/ports.ts'
import {
  activatingGrant,
  active,
  asksFor,
  ended,
  member,
  minutesAfter,
  newRequest,
  noon,
  pendingRequest,
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
  })
  expect(await store.histories.byReference(request.reference)).toEqual({ ...history, events: [] })
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
