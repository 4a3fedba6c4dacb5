import { beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { type AuditPlace, auditKeyOf } from '../../src/domain/request-history.ts'
import type { HistoryFilter, Store } from '../../src/domain/store.ts'
import { member, minutesAfter, newRequest, noon } from './_base-world.ts'
import { openFreshStore } from './_fresh-store.ts'

/**
 * Pages of a listing, turned to the end and back, against one plain statement that reads every request. The requests, grants and runs
 * have random times, and many are equal.
 */
const requestCount = 400
const pageSize = 40
const resources = ['a', 'b', 'c', 'd']
const people = ['UONE', 'UTWO', 'UTHREE']

let store: Store
let database: Database
let personIds: string[]
beforeAll(async () => {
  const opened = await openFreshStore()
  store = opened.store
  database = opened.owner
  personIds = await store.transaction(async (tx) => {
    const accounts = await Promise.all(people.map((userId) => tx.accounts.upsert(member(userId))))
    const [one] = accounts
    if (one) await tx.requests.insert(newRequest(one))
    return accounts.map(({ id }) => id)
  })
  await database.sql.begin(async (sql) => {
    await sql`select setseed(0.42)`
    // The triggers refuse rows that begin in a later status.
    await sql`alter table requests disable trigger user`
    await sql`alter table grants disable trigger user`
    await sql`alter table runs disable trigger user`
    await sql`
      insert into requests (submission_key, requester_id, asks_for_kind, resource_id, entitlement_id, terms, duration_seconds,
        justification, policy, status, submitted_at, expires_at, closed_at)
      select 'random ' || n, (${sql.array(personIds)}::uuid[])[1 + floor(random() * 3)::integer], one.asks_for_kind,
        (${sql.array(resources)}::text[])[1 + floor(random() * 4)::integer], one.entitlement_id, one.terms, 60, one.justification,
        one.policy, case when random() < 0.7 then 'approved' else 'denied' end, ${noon}::timestamptz + minute * interval '1 minute',
        ${noon}::timestamptz + (minute + 480) * interval '1 minute', ${noon}::timestamptz + (minute + floor(random() * 30)) * interval '1 minute'
      from (select n, floor(random() * 100) as minute from generate_series(1, ${requestCount}) as n) as drawn,
        (select * from requests limit 1) as one`
    await sql`
      insert into grants (id, request_id, holder_id, resource_id, entitlement_id, approved_content, duration_seconds, generation,
        created_at, requested_at, status, activated_at, lease_ends_at, granted, revocation_cause, revocation_started_at, ended_at, removed)
      select gen_random_uuid(), id, requester_id, resource_id, entitlement_id, '{}', 60, 1, closed_at, submitted_at,
        case when gone then 'ended' else 'active' end, activated_at, ends_at, '{"readAt":"2026-03-02T12:00:00Z","summary":"","facts":{}}',
        case when gone then 'lease_ended' end, case when gone then ends_at end, case when gone then ends_at + late * interval '1 minute' end,
        case when gone then '{"readAt":"2026-03-02T12:00:00Z","summary":"","facts":{}}'::jsonb end
      from (
        select *, activated_at + floor(power(random(), 3) * 100) * interval '1 minute' as ends_at, random() < 0.8 as gone, floor(random() * 5) as late
        from (
          select *, closed_at + floor(random() * 5) * interval '1 minute' as activated_at from requests where status = 'approved' and number % 4 > 0
        ) as approved
      ) as random`
    await sql`
      insert into runs (id, status, approved_at, lapses_at, started_at, beat_at, mark, ended_at, summary, failure_code, failure_message)
      select id, status, closed_at, closed_at + interval '1 day', began, began, case when began is not null then '{}'::jsonb end, ended,
        case when status = 'done' then 'done' end, case when status = 'failed' then 'x' end, case when status = 'failed' then 'x' end
      from (
        select *, case when status <> 'waiting' then closed_at + interval '1 minute' end as began,
          case when status in ('done', 'failed') then closed_at + floor(power(random(), 3) * 100) * interval '1 minute' end as ended
        from (
          select id, closed_at, (array['waiting', 'running', 'done', 'done', 'failed'])[1 + floor(random() * 5)::integer] as status
          from requests where status = 'approved' and number % 4 = 0
        ) as approved
      ) as random`
    await sql`alter table requests enable trigger user`
    await sql`alter table runs enable trigger user`
    await sql`alter table grants enable trigger user`
  })
  return opened.close
})

const minute = (n: number | null) => (n === null ? null : minutesAfter(noon, n))
const ranges: [number | null, number | null][] = [
  [null, null],
  [null, 30],
  [50, null],
  [50, 60],
  [0, 1],
  [99, 400],
  [150, 151],
  [-10, 0],
  [60, 60],
]
const narrowings: [string, (id: (n: number) => string) => Partial<HistoryFilter>][] = [
  ['all', () => ({})],
  ['live', () => ({ scope: 'live' })],
  ['a person', (id) => ({ requesterId: id(0) })],
  ['a resource', () => ({ resourceIds: ['b'] })],
  ['two resources', () => ({ resourceIds: ['b', 'd', 'unknown'] })],
  ['no resource', () => ({ resourceIds: [] })],
  ['a person on two resources', (id) => ({ requesterId: id(1), resourceIds: ['a', 'b'] })],
  ['all but one resource', () => ({ exceptResourceIds: ['a', 'unknown'] })],
  ['live, but one resource', () => ({ scope: 'live', exceptResourceIds: ['c'] })],
]

it.each(ranges.flatMap(([from, to]) => narrowings.map(([name, narrow]) => ({ from, to, name, narrow }))))(
  '$name, from minute $from to minute $to',
  async ({ from, to, narrow }) => {
    const filter: HistoryFilter = {
      scope: 'any',
      requesterId: null,
      resourceIds: null,
      from: minute(from),
      to: minute(to),
      ...narrow((n) => personIds[n] ?? ''),
    }
    const expected = await plainly(filter)
    expect(await turnedToTheEnd(filter, expected.length)).toEqual(expected)
    expect(await turnedBack(filter)).toEqual(expected)
  },
)

/** Every matching id, the newest first, read without an index in mind. */
async function plainly(filter: HistoryFilter): Promise<string[]> {
  const { scope, requesterId, resourceIds, exceptResourceIds = [], from, to } = filter
  const rows = await database.sql<{ id: string }[]>`
    select r.id from requests r left join grants g on g.request_id = r.id left join runs on runs.id = r.id
    where (${scope} = 'any' or g.status in ('activating', 'active', 'revoking', 'revocation_failed') or runs.status in ('waiting', 'running'))
      and (${requesterId}::uuid is null or r.requester_id = ${requesterId})
      and (${resourceIds === null} or r.resource_id = any(${resourceIds ?? []}))
      and not r.resource_id = any(${exceptResourceIds})
      and (${from}::timestamptz is null or ${to}::timestamptz is null or ${from}::timestamptz < ${to}::timestamptz)
      and (
        (${from}::timestamptz is null or r.submitted_at >= ${from}) and (${to}::timestamptz is null or r.submitted_at < ${to})
        or g.id is not null and (${to}::timestamptz is null or coalesce(g.activated_at, g.created_at) < ${to})
          and (${from}::timestamptz is null or coalesce(g.ended_at, greatest(g.lease_ends_at, now())) >= ${from})
        or runs.id is not null and (${to}::timestamptz is null or runs.approved_at < ${to})
          and (${from}::timestamptz is null or coalesce(runs.ended_at, now()) >= ${from}))
    order by r.submitted_at desc, r.number desc`
  return rows.map(({ id }) => id)
}

async function turnedToTheEnd(filter: HistoryFilter, total: number): Promise<string[]> {
  const forward: string[] = []
  let place: AuditPlace | null = { kind: 'page', page: 1 }
  while (place) {
    const page = await store.histories.list(filter, place, pageSize)
    expect(page).toMatchObject({ total, newer: forward.length })
    forward.push(...page.rows.map(({ request }) => request.id))
    const oldest = page.rows.at(-1)
    place = page.hasOlder && oldest ? { kind: 'older', than: auditKeyOf(oldest) } : null
  }
  return forward
}

/** From the last rows back to the first page, which repeats rows when the others are no whole pages. */
async function turnedBack(filter: HistoryFilter): Promise<string[]> {
  let all: string[] = []
  let place: AuditPlace | null = { kind: 'newer', than: { submittedAt: new Date(0), number: 1 } }
  while (place) {
    const page = await store.histories.list(filter, place, pageSize)
    const found = page.rows.map(({ request }) => request.id)
    all = [...found, ...all.filter((id) => !found.includes(id))]
    const newest = page.rows[0]
    place = page.newer !== 0 && newest ? { kind: 'newer', than: auditKeyOf(newest) } : null
  }
  return all
}
