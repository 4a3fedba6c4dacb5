import { beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { type AuditPage, type AuditPlace, auditKeyOf, mostCounted } from '../../src/domain/request-history.ts'
import type { HistoryFilter, Store } from '../../src/domain/store.ts'
import {
  activatingGrant,
  active,
  ended,
  member,
  minutesAfter,
  newRequest,
  noon,
  revoking,
} from './_base-world.ts'
import { openFreshStore } from './_fresh-store.ts'

let store: Store
let database: Database
beforeAll(async () => {
  const opened = await openFreshStore()
  store = opened.store
  database = opened.database
  return opened.close
})

const everything: HistoryFilter = { scope: 'any', requesterId: null, resourceIds: null, from: null, to: null }
const first: AuditPlace = { kind: 'page', page: 1 }
const ids = ({ rows }: AuditPage) => rows.map(({ request }) => request.id)

/** The place beside a page, as its buttons have it. */
function beside(page: AuditPage, kind: 'older' | 'newer'): AuditPlace {
  const row = page.rows.at(kind === 'older' ? -1 : 0)
  if (!row) throw new Error('the page is empty')
  return { kind, than: auditKeyOf(row) }
}

/** Submits at these minutes after noon. Resolves with the ids. */
async function submitted(userId: string, minutes: readonly number[]) {
  const requester = await store.transaction((tx) => tx.accounts.upsert(member(userId)))
  const made: string[] = []
  for (const minute of minutes) {
    const submittedAt = minutesAfter(noon, minute)
    const request = await store.transaction((tx) =>
      tx.requests.insert(newRequest(requester, { submittedAt })),
    )
    made.push(request?.id ?? '')
  }
  return { filter: { ...everything, requesterId: requester.id }, requester, made }
}

describe('pages by key', () => {
  it('lists each request of the same instant once, the highest number first, forward and back', async () => {
    const { filter, made } = await submitted('USAMEINSTANT', [0, 0, 0, 0, 0, 0, 0])
    const newestFirst = made.toReversed()
    const one = await store.histories.list(filter, first, 3)
    const two = await store.histories.list(filter, beside(one, 'older'), 3)
    const three = await store.histories.list(filter, beside(two, 'older'), 3)
    expect([one, two, three].map(ids)).toEqual([
      newestFirst.slice(0, 3),
      newestFirst.slice(3, 6),
      newestFirst.slice(6),
    ])
    expect([one, two, three].map(({ newer, total, hasOlder }) => [newer, total, hasOlder])).toEqual([
      [0, 7, true],
      [3, 7, true],
      [6, 7, false],
    ])
    expect(await store.histories.list(filter, beside(three, 'newer'), 3)).toEqual(two)
    expect(await store.histories.list(filter, beside(two, 'newer'), 3)).toEqual(one)
  })

  it('stay the same while newer requests arrive, and say how many are before them', async () => {
    const { filter, made } = await submitted('UARRIVING', [1, 2, 3, 4, 5, 6])
    const one = await store.histories.list(filter, first, 2)
    const two = await store.histories.list(filter, beside(one, 'older'), 2)
    const later = await submitted('UARRIVING', [7, 8, 9])
    const again = await store.histories.list(filter, beside(one, 'older'), 2)
    expect(ids(again)).toEqual(ids(two))
    expect(again).toMatchObject({ newer: 5, total: 9, hasOlder: true })
    const back = await store.histories.list(filter, beside(again, 'newer'), 2)
    expect(ids(back)).toEqual(ids(one))
    expect(back).toMatchObject({ newer: 3, total: 9, hasOlder: true })
    // One more row than two pages: the last step back shows a whole page, not one row.
    const newer = await store.histories.list(filter, beside(back, 'newer'), 2)
    expect(ids(newer)).toEqual(later.made.slice(0, 2).toReversed())
    const newest = await store.histories.list(filter, beside(newer, 'newer'), 2)
    expect(ids(newest)).toEqual(later.made.slice(1).toReversed())
    expect(newest.newer).toBe(0)
    expect(made).toHaveLength(6)
  })

  it.each([
    ['before all', new Date(0), 1],
    ['after all', new Date('9999-12-31T23:59:59.999Z'), 2 ** 31],
    ['of no request', minutesAfter(noon, 2.5), 77],
  ])('with a key %s show what matches', async (_name, submittedAt, number) => {
    const { filter } = await submitted(`UFORGED${number}`, [1, 2, 3, 4])
    const than = { submittedAt, number }
    for (const kind of ['older', 'newer'] as const) {
      const { rows, newer, total } = await store.histories.list(filter, { kind, than }, 2)
      expect(total).toBe(4)
      expect(rows.length).toBeLessThanOrEqual(2)
      expect(newer).toBeGreaterThanOrEqual(0)
    }
  })
})

it('more than 10,000 requests are not counted', async () => {
  const { filter, requester } = await submitted('UMANY', [0])
  const copy = (from: number, to: number) => database.sql`
    insert into requests (submission_key, requester_id, asks_for_kind, resource_id, entitlement_id, terms, duration_seconds,
      justification, policy, status, submitted_at, expires_at)
    select 'many ' || n, requester_id, asks_for_kind, resource_id, entitlement_id, terms, duration_seconds, justification, policy,
      status, submitted_at + make_interval(secs => n), expires_at + make_interval(secs => n)
    from generate_series(${from}::integer, ${to}::integer) as n, (
      select * from requests where requester_id = ${requester.id} order by number limit 1) as one`
  await copy(1, mostCounted - 1)
  const whole = await store.histories.list(filter, first, 10)
  expect(whole).toMatchObject({ newer: 0, hasOlder: true, total: mostCounted })
  await copy(mostCounted, mostCounted + 19)
  expect(await store.histories.list(filter, first, 10)).toMatchObject({ newer: 0, total: null })
  const oldest = await store.histories.list(
    filter,
    { kind: 'newer', than: { submittedAt: new Date(0), number: 1 } },
    10,
  )
  expect(oldest).toMatchObject({ newer: null, hasOlder: true, total: null })
  const end = await store.histories.list(filter, beside(oldest, 'older'), 10)
  expect(end).toMatchObject({ rows: [], newer: null, hasOlder: false, total: null })
})

describe('the time of submission on a grant', () => {
  const requestedAt = async (grantId: string) => {
    const [row] = await database.sql`select requested_at from grants where id = ${grantId}`
    return row?.requestedAt
  }

  it('is that of its request', async () => {
    const { request, grant } = await activatingGrant(store, { submittedAt: minutesAfter(noon, -3) })
    expect(await requestedAt(grant.id)).toEqual(request.submittedAt)
  })

  it('may be after the end, when a clock was put back: the grant ends, and is found', async () => {
    const resourceId = 'put-back-db'
    const { request, grant } = await activatingGrant(store, {
      submittedAt: minutesAfter(noon, 100),
      asksFor: { kind: 'entitlement', resourceId, entitlementId: 'read-orders' },
    })
    for (const state of [active(grant), revoking(active(grant)), ended(revoking(active(grant)))]) {
      await store.transaction((tx) => tx.grants.save(state))
    }
    const filter = { ...everything, resourceIds: [resourceId], from: minutesAfter(noon, 50) }
    expect(ids(await store.histories.list(filter, first, 10))).toEqual([request.id])
  })
})
