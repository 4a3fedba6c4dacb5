import { and, eq, type SQL } from 'drizzle-orm'
import type { MessageKey } from '../../domain/message.ts'
import type { Subject } from '../../domain/subject.ts'
import type { messageHolds, slackMessages, undeliveredMessages } from '../schema/slack.ts'

type MessageTable = typeof slackMessages | typeof messageHolds | typeof undeliveredMessages

export function isMessage(table: MessageTable, key: MessageKey): SQL | undefined {
  const { purpose, variant } = key
  return and(isAbout(table, key.subject), eq(table.purpose, purpose), eq(table.variant, variant))
}

export function isAbout(table: MessageTable, { kind, id }: Subject): SQL | undefined {
  return and(eq(table.subjectKind, kind), eq(table.subjectId, id))
}
