import { type SQL, sql } from 'drizzle-orm'
import { type AuditPage, type AuditPlace, mostCounted } from '../domain/request-history.ts'
import type { HistoryFilter } from '../domain/store.ts'
import { matchesOf, type Question, type Side } from './audit-matches.ts'
import type { Session } from './in-transaction.ts'
import { readHistories } from './read-histories.ts'
import { requests } from './schema/requests.ts'
import { isUuid } from './text.ts'

/** Reads one page of a listing. Indexes find its rows, and nothing is counted beyond `mostCounted`. */
export async function readAuditPage(
  session: Session,
  filter: HistoryFilter,
  place: AuditPlace,
  pageSize: number,
): Promise<AuditPage> {
  if (filter.requesterId !== null && !isUuid(filter.requesterId)) return emptyPage
  // A plan for any values would not know whether a range is long, or a resource is rare. Parallel workers and JIT start slowly.
  session.pipeline(
    session.db.execute(sql`select set_config('plan_cache_mode', 'force_custom_plan', true),
      set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true)`),
  )
  const question = await namingResources(session, filter)
  const { ids, ...page } = await find(session, question, place, pageSize)
  // There are not enough newer rows for a page: this is the first page.
  if (place.kind === 'newer' && ids.length < pageSize)
    return readAuditPage(session, filter, { kind: 'page', page: 1 }, pageSize)
  return { ...page, rows: ids.length === 0 ? [] : await readHistories(session, ids) }
}

const emptyPage: AuditPage = { rows: [], newer: 0, hasOlder: false, total: 0 }

type Found = Omit<AuditPage, 'rows'> & { readonly ids: readonly string[] }

async function find(
  session: Session,
  question: Question,
  place: AuditPlace,
  pageSize: number,
): Promise<Found> {
  switch (place.kind) {
    case 'page': {
      const skip = (place.page - 1) * pageSize
      const { ids, total } = await select(session, question, { side: null, most: pageSize + 1, skip })
      return { ...onePage(ids, pageSize), newer: Math.min(skip, total ?? skip), total }
    }
    case 'older': {
      const side: Side = { is: '<', key: place.than }
      const before: Side = { is: '>=', key: place.than }
      const { ids, total, counted } = await select(session, question, { side, before, most: pageSize + 1 })
      return { ...onePage(ids, pageSize), newer: counted, total }
    }
    case 'newer': {
      const side: Side = { is: '>', key: place.than }
      const { ids, total, counted } = await select(session, question, { side, before: side, most: pageSize })
      return {
        ids: ids.reverse(),
        newer: counted === null ? null : counted - ids.length,
        hasOlder: total === null || counted === null || counted < total,
        total,
      }
    }
  }
}

/** One row more than the page was read, which shows whether there are older ones. */
function onePage(ids: readonly string[], pageSize: number): Pick<Found, 'ids' | 'hasOlder'> {
  return { ids: ids.slice(0, pageSize), hasOlder: ids.length > pageSize }
}

interface Selection {
  readonly side: Side
  /** The rows to count besides all. */
  readonly before?: Side
  readonly most: number
  readonly skip?: number
}

interface Selected {
  readonly ids: string[]
  /** Null: more than `mostCounted`. */
  readonly total: number | null
  readonly counted: number | null
}

/** One statement, so that all parts share what it reads first. */
async function select(
  { db }: Session,
  question: Question,
  { side, before = null, most, skip = 0 }: Selection,
): Promise<Selected> {
  const matches = matchesOf(question)
  const counted = before ? matches.count(before, mostCounted + 1) : sql`0`
  const [row] = await db.execute<{ ids: string[]; total: number; counted: number }>(sql`${matches.head}
    select ${matches.first(side, most, skip)} as ids, ${matches.count(null, mostCounted + 1)} as total, ${counted} as counted`)
  if (!row) throw new Error('A select without a table gave no row')
  return { ids: row.ids, total: orMore(row.total), counted: orMore(row.counted) }
}

function orMore(count: number): number | null {
  return count > mostCounted ? null : count
}

/** Names the resources where the filter has only those that are left out, because indexes find only what is named. */
async function namingResources({ db }: Session, filter: HistoryFilter): Promise<Question> {
  const { exceptResourceIds = [], ...question } = filter
  if (question.resourceIds !== null || exceptResourceIds.length === 0) return question
  // Each step takes the next name from the index, so that this reads as many rows as there are resources.
  const next = (after: SQL) => sql`
    (select ${requests.resourceId} as id from ${requests} ${after} order by ${requests.resourceId} limit 1)`
  const onRecord = await db.execute<{ id: string }>(sql`
    with recursive on_record as (
      ${next(sql``)}
      union all
      select next.id from on_record, lateral ${next(sql`where ${requests.resourceId} > on_record.id`)} as next
    )
    select id from on_record`)
  const resourceIds = onRecord.map(({ id }) => id).filter((id) => !exceptResourceIds.includes(id))
  return { ...question, resourceIds }
}
