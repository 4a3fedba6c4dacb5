import { and, eq, type Placeholder, type SQL, sql } from 'drizzle-orm'
import type { Subject } from '../../domain/subject.ts'
import type { messageHolds, slackMessages, undeliveredMessages } from '../schema/slack.ts'

type MessageTable = typeof slackMessages | typeof messageHolds | typeof undeliveredMessages

/** The names of the values that identify a message in a prepared statement. */
export const keyNames = ['subjectKind', 'subjectId', 'purpose', 'variant'] as const

export function isMessage(
  table: MessageTable,
  key: Readonly<Record<(typeof keyNames)[number], Placeholder>>,
): SQL | undefined {
  return and(
    eq(table.subjectKind, key.subjectKind),
    eq(table.subjectId, key.subjectId),
    eq(table.purpose, key.purpose),
    eq(table.variant, key.variant),
  )
}

/** All subjects in two parameters, so that one prepared statement works for any number of them. */
export function isAboutAny(
  table: MessageTable,
  { kinds, ids }: Readonly<Record<'kinds' | 'ids', Placeholder>>,
): SQL {
  return sql`(${table.subjectKind}, ${table.subjectId}) in (select * from unnest(${kinds}::text[], ${ids}::text[]))`
}

export function columnsOf(subjects: readonly Subject[]): { kinds: string[]; ids: string[] } {
  return { kinds: subjects.map(({ kind }) => kind), ids: subjects.map(({ id }) => id) }
}
