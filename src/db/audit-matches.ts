import { and, eq, gte, isNotNull, isNull, lt, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { liveStatuses } from '../domain/grant.ts'
import type { AuditKey } from '../domain/request-history.ts'
import type { HistoryFilter } from '../domain/store.ts'
import { breakGlassReviews } from './schema/break-glass.ts'
import { isAnyOf, isOneOf } from './schema/columns.ts'
import { grants } from './schema/grants.ts'
import { requests } from './schema/requests.ts'
import { runs } from './schema/runs.ts'

/** A filter that names its resources, or has null for all. */
export type Question = Omit<HistoryFilter, 'exceptResourceIds'>

/** The rows on one side of a key. Null: all rows. */
export type Side = { readonly is: '<' | '>' | '>='; readonly key: AuditKey } | null

/** SQL for the rows that match a question. `head` comes first in a statement, the others are scalar subqueries of it. */
export interface Matches {
  readonly head: SQL
  /** The ids of `most` rows after `skip`, the newest first; after a key, those next to it come first. */
  first(side: Side, most: number, skip: number): SQL
  /** The number of rows, counted up to `most`. */
  count(side: Side, most: number): SQL
}

/**
 * Matches requests that were submitted, or whose access was open, at or after `from` and before `to`. Access is open from the
 * activation until the read-back that shows it gone: a live grant is open now, even after the end of its lease. A run counts like
 * access, from its approval to its end. A request is older than its access. So in a range, first come those submitted within it, and then older ones that were open at `from`.
 */
export function matchesOf(question: Question): Matches {
  const { scope, from, to } = question
  const isEmpty = from !== null && to !== null && from >= to
  const opened = isEmpty ? [] : narrowed[scope](question)
  const parts = (side: Side, each?: (part: SQL) => SQL): SQL[] => [
    ...(isEmpty ? [sql`${keys} from ${requests} where false`] : []),
    ...(isEmpty || scope !== 'any' ? [] : [submitted(question, side, each)]),
    ...(opened.length > 0
      ? [sql`select * from opened where ${beside(side, sql`submitted_at`, sql`number`)}`]
      : []),
  ]
  return {
    // Materialised, so that it is read once, and from the grants: there are few of them in any order.
    head: opened.length > 0 ? sql`with opened as materialized (${union(opened)})` : sql``,
    first(side, most, skip) {
      const order =
        side === null || side.is === '<' ? sql`submitted_at desc, number desc` : sql`submitted_at, number`
      // Each part stops early at an index, so that the last sort has few rows.
      const each = (part: SQL) => sql`(${part} order by ${order} limit ${most + skip})`
      const rows = union(parts(side, each).map(each))
      return sql`array(select id from (${rows}) as matches order by ${order} limit ${most} offset ${skip})`
    },
    count: (side, most) =>
      sql`(select count(*)::integer from (select from (${union(parts(side))}) as matches limit ${most}) as counted)`,
  }
}

const keys = sql`select ${requests.id}, ${requests.submittedAt}, ${requests.number}`

function submitted(question: Question, side: Side, each?: (part: SQL) => SQL): SQL {
  const { requesterId, resourceIds } = question
  const within = and(submittedWithin(question), beside(side, requests.submittedAt, requests.number))
  if (!each || requesterId !== null || resourceIds === null || resourceIds.length < 2)
    return sql`${keys} from ${requests} where ${and(of(question), within)}`
  // One look into the index for each resource. With all of them in one condition, Postgres reads every match, and sorts.
  const ofOne = each(
    sql`${keys} from ${requests} where ${and(sql`${requests.resourceId} = named.id`, within)}`,
  )
  return sql`select of_one.* from unnest(${sql.param([...resourceIds])}::text[]) as named (id), lateral ${ofOne} as of_one`
}

/** Requests from before `from` whose access was open then or later. Without `from` there are none. */
function openedBefore(question: Question): SQL[] {
  const { from, to } = question
  if (!from) return []
  const older = and(lt(grants.requestedAt, from), openBefore(to))
  const { requestedAt, endedAt } = grants
  // As in the index `grants_held`.
  const span = sql`tstzrange(least(${requestedAt}, ${endedAt}), ${endedAt}, '[]')`
  const held = sql`${span} @> ${sql.param(from, endedAt)}::timestamptz`
  return [
    ofGrants(question, and(isNotNull(endedAt), held, older)),
    ofGrants(question, and(isLive, older, openAt(from))),
    ...runsBefore(question, from),
  ]
}

function runsBefore(question: Question, from: Date): SQL[] {
  const older = and(lt(requests.submittedAt, from), approvedBefore(question.to))
  // As in the indexes `runs_ended` and `runs_open`.
  return [
    ofRuns(question, and(gte(runs.endedAt, from), older)),
    ofRuns(question, and(isUnderWay, nowIsAfter(from), older)),
  ]
}

function live(question: Question): SQL {
  const { from, to } = question
  const isOpen = from || to ? or(submittedWithin(question), and(openBefore(to), openAt(from))) : undefined
  const isRun =
    from || to ? or(submittedWithin(question), and(approvedBefore(to), nowIsAfter(from))) : undefined
  return sql`${ofGrants(question, and(isLive, isOpen))} union all ${ofRuns(question, and(isUnderWay, isRun))}`
}

/** Few rows, whatever the range: they are read before the others. */
const narrowed: Readonly<Record<Question['scope'], (question: Question) => SQL[]>> = {
  any: openedBefore,
  live: (question) => [live(question)],
  scheduled: (question) => [ofGrants(question, eq(grants.status, 'scheduled'))],
  failed: (question) => [ofGrants(question, eq(grants.status, 'revocation_failed'))],
  review: (question) => [
    sql`${keys} from ${breakGlassReviews} join ${requests} on ${eq(requests.id, breakGlassReviews.requestId)}
      where ${and(isNull(breakGlassReviews.reviewedAt), of(question))}`,
  ],
  pending: (question) => [
    sql`${keys} from ${requests} where ${and(sql`${requests.status} = 'pending'`, of(question))}`,
  ],
}

const isLive = isOneOf(grants.status, liveStatuses)

function ofGrants(question: Question, condition: SQL | undefined): SQL {
  const joined = sql`${grants} join ${requests} on ${eq(requests.id, grants.requestId)}`
  return sql`${keys} from ${joined} where ${and(condition, of(question))}`
}

const isUnderWay = isOneOf(runs.status, ['waiting', 'running'])

function ofRuns(question: Question, condition: SQL | undefined): SQL {
  const joined = sql`${runs} join ${requests} on ${eq(requests.id, runs.id)}`
  return sql`${keys} from ${joined} where ${and(condition, of(question))}`
}

function approvedBefore(to: Date | null): SQL | undefined {
  return to ? lt(runs.approvedAt, to) : undefined
}

function nowIsAfter(from: Date | null): SQL | undefined {
  return from ? sql`now() >= ${sql.param(from, runs.approvedAt)}::timestamptz` : undefined
}

function submittedWithin({ from, to }: Question): SQL | undefined {
  return and(
    from ? gte(requests.submittedAt, from) : undefined,
    to ? lt(requests.submittedAt, to) : undefined,
  )
}

function openBefore(to: Date | null): SQL | undefined {
  const since = sql`coalesce(${grants.activatedAt}, ${grants.createdAt})`
  return to ? lt(since, sql.param(to, grants.createdAt)) : undefined
}

/** Of a live grant: its access is open at this time or later. */
function openAt(from: Date | null): SQL | undefined {
  return from
    ? gte(sql`greatest(${grants.leaseEndsAt}, now())`, sql.param(from, grants.createdAt))
    : undefined
}

function of({ requesterId, resourceIds }: Question): SQL | undefined {
  return and(
    sql`true`,
    requesterId === null ? undefined : eq(requests.requesterId, requesterId),
    resourceIds === null ? undefined : isAnyOf(requests.resourceId, resourceIds),
  )
}

function beside(side: Side, submittedAt: SQLWrapper, number: SQLWrapper): SQL {
  if (!side) return sql`true`
  const { key, is } = side
  const bound = sql`(${sql.param(key.submittedAt, requests.submittedAt)}::timestamptz, ${key.number}::bigint)`
  return sql`(${submittedAt}, ${number}) ${sql.raw(is)} ${bound}`
}

function union(parts: readonly SQL[]): SQL {
  return sql.join([...parts], sql` union all `)
}
