import type postgres from 'postgres'
import type { Chart } from '../../domain/chart.ts'
import type { CellKind, ReportColumn, ReportFilter, ReportKind, ReportRow } from '../../domain/report.ts'

type Fragment = postgres.PendingQuery<postgres.Row[]>

/** What the query of a report is made with. */
export interface ReportQuery {
  readonly sql: postgres.ISql
  readonly filter: ReportFilter
  /** SQL: whether the asker may see this resource, and asked for it. */
  visible(resourceId: Fragment): Fragment
  /** SQL: whether the instant is within the range. */
  within(instant: Fragment): Fragment
  /** SQL: whether the account is one of the person who was named, by any of their accounts. */
  ofPerson(accountId: Fragment): Fragment
}

/** One report: all that Daypass knows of it. Add it to `all.ts`. */
export interface ReportDefinition extends ReportKind {
  /** Its columns have the names of `columns`, in snake case. */
  query(parts: ReportQuery): Fragment
  /** Its picture, made from all its rows, which are few. Null: there is nothing to show. */
  chart?(rows: readonly ReportRow[]): Chart | null
  /** The names of other reports whose charts stand beside its rows. */
  readonly chartsOf?: readonly string[]
}

/** A definition without what can be left out. */
type Given = Omit<ReportDefinition, 'layout'> & Partial<Pick<ReportDefinition, 'layout'>>

/** Columns by their keys: `{ at: 'instant', person: ['Who', 'text'] }`. Without a title, the key is the title. */
export function columns(
  given: Readonly<Record<string, CellKind | readonly [string, CellKind]>>,
): ReportColumn[] {
  return Object.entries(given).map(([key, column]) => {
    const [title, kind] = typeof column === 'string' ? [titleOf(key), column] : column
    return { key, title, kind }
  })
}

export function defineReport(definition: Given): ReportDefinition {
  return { layout: 'table', ...definition }
}

export const day = 86_400

export function reportQuery(sql: postgres.ISql, filter: ReportFilter): ReportQuery {
  const { from, to, userId, resourceId, resourceIds, exceptResourceIds } = filter
  const seen = (id: Fragment) =>
    resourceIds === null
      ? sql`(${id} is null or ${id} <> all(${[...exceptResourceIds]}::text[]))`
      : sql`${id} = any(${[...resourceIds]}::text[])`
  return {
    sql,
    filter,
    visible: (id) => (resourceId === null ? seen(id) : sql`(${id} = ${resourceId} and ${seen(id)})`),
    within: (instant) =>
      sql`(${from}::timestamptz is null or ${instant} >= ${from}) and (${to}::timestamptz is null or ${instant} < ${to})`,
    ofPerson: (accountId) =>
      userId === null
        ? sql`true`
        : sql`${accountId} in (select a.id from accounts a join accounts named on named.person_id = a.person_id where named.user_id = ${userId})`,
  }
}

function titleOf(key: string): string {
  const words = key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}
