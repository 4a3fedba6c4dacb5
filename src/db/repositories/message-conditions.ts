import { and, eq, type Placeholder, type SQL, sql } from 'drizzle-orm'
import type { MessageKey } from '../../domain/message.ts'
import type { Subject } from '../../domain/subject.ts'
import type { messageHolds, slackMessages, undeliveredMessages } from '../schema/slack.ts'

type MessageTable = typeof slackMessages | typeof messageHolds | typeof undeliveredMessages

export function isMessage(table: MessageTable, key: MessageKey): SQL | undefined {
  const { purpose, variant } = key
  return and(isAbout(table, key.subject), eq(table.purpose, purpose), eq(table.variant, variant))
}

/** The subjects as two parameters, so that one prepared statement works for any number of them. */
export function columnsOf(subjects: readonly Subject[]): { kinds: string[]; ids: string[] } {
  return { kinds: subjects.map(({ kind }) => kind), ids: subjects.map(({ id }) => id) }
}

/** Whether the row is about one of these subjects. */
export function isAboutAny(
  { subjectKind, subjectId }: MessageTable,
  { kinds, ids }: { readonly kinds: Placeholder; readonly ids: Placeholder },
): SQL {
  return sql`(${subjectKind}, ${subjectId}) in (select * from unnest(${kinds}::text[], ${ids}::text[]))`
}

function isAbout(table: MessageTable, { kind, id }: Subject): SQL | undefined {
  return and(eq(table.subjectKind, kind), eq(table.subjectId, id))
}
