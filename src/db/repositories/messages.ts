import { and, asc, eq, lte, sql } from 'drizzle-orm'
import type { MessageAddress } from '../../domain/messenger.ts'
import type { Store } from '../../domain/store.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { inBatches } from '../../in-batches.ts'
import type { Database } from '../database.ts'
import type { Session } from '../in-transaction.ts'
import { lockName } from '../lock-name.ts'
import { keyColumns, toMessageKey } from '../mapping/message-key.ts'
import { prepare } from '../queries.ts'
import { messageHolds, slackMessages } from '../schema/slack.ts'
import { columnsOf, isAboutAny, isMessage, keyNames } from './message-conditions.ts'
import { undeliveredIn } from './undelivered.ts'

const ofSubjects = prepare(['kinds', 'ids'], (db, subjects) =>
  db
    .select()
    .from(slackMessages)
    .where(isAboutAny(slackMessages, subjects))
    .orderBy(asc(slackMessages.purpose), asc(slackMessages.variant), asc(slackMessages.copyNumber)),
)
const atAddresses = prepare(
  ['kinds', 'ids', 'purposes', 'variants', 'channelIds', 'timestamps'],
  (db, { kinds, ids, purposes, variants, channelIds, timestamps }) => {
    const { subjectKind, subjectId, purpose, variant, channelId, ts } = slackMessages
    return db
      .select({ subjectKind, subjectId, purpose, variant, channelId, ts })
      .from(slackMessages)
      .where(
        sql`(${subjectKind}, ${subjectId}, ${purpose}, ${variant}, ${channelId}, ${ts}) in (
          select * from unnest(${kinds}::text[], ${ids}::text[], ${purposes}::text[], ${variants}::integer[],
            ${channelIds}::text[], ${timestamps}::text[]))`,
      )
  },
)
const hold = prepare([...keyNames, 'now', 'heldUntil'], (db, { now, heldUntil, ...key }) =>
  db
    .insert(messageHolds)
    .values({ ...key, heldUntil })
    .onConflictDoUpdate({
      target: [messageHolds.subjectKind, messageHolds.subjectId, messageHolds.purpose, messageHolds.variant],
      set: { heldUntil: sql`excluded.held_until` },
      setWhere: lte(messageHolds.heldUntil, now),
    })
    .returning({ purpose: messageHolds.purpose }),
)
const endHold = prepare(keyNames, (db, key) => db.delete(messageHolds).where(isMessage(messageHolds, key)))
const insert = prepare([...keyNames, 'channelId', 'ts'], (db, { channelId, ts, ...key }) => {
  const copyNumber = sql<number>`(
    select coalesce(max(${slackMessages.copyNumber}) + 1, 0) from ${slackMessages} where ${isMessage(slackMessages, key)})`
  return db
    .insert(slackMessages)
    .values({ ...key, copyNumber, channelId, ts })
    .onConflictDoNothing()
})
const remove = prepare([...keyNames, 'channelId', 'ts'], (db, { channelId, ts, ...key }) =>
  db
    .delete(slackMessages)
    .where(
      and(isMessage(slackMessages, key), eq(slackMessages.channelId, channelId), eq(slackMessages.ts, ts)),
    ),
)

export function messagesIn(session: Session): Transaction['messages'] {
  const { run, pipeline } = session
  return {
    ...undeliveredIn(session),
    list: async (subjects) => {
      const rows = await run(ofSubjects, columnsOf(subjects))
      return rows.map(({ channelId, ts, ...row }) => ({ ...toMessageKey(row), channelId, ts }))
    },
    claim: async (key, now, holdSeconds) => {
      const heldUntil = new Date(now.getTime() + holdSeconds * 1000)
      const claimed = await run(hold, { ...keyColumns(key), now, heldUntil })
      return claimed.length > 0
    },
    release: async (key) => pipeline(run(endHold, keyColumns(key))),
    record: async (key, at) => {
      const message = { ...keyColumns(key), ...at }
      pipeline(run(endHold, message))
      // A separate statement: the snapshot of the next one is then taken after the lock, and counts every copy.
      pipeline(run(lockName, { name: `slack_messages ${key.subject.kind} ${key.subject.id}` }))
      pipeline(run(insert, message))
    },
    forget: async (key, at) => pipeline(run(remove, { ...keyColumns(key), ...at })),
  }
}

export function isPostedOn({ run }: Database): Store['isPosted'] {
  // Clicks that arrive together are read together.
  const isPosted = inBatches(async (wanted: readonly MessageRow[]) => {
    const found = await run(atAddresses, {
      kinds: wanted.map(({ subjectKind }) => subjectKind),
      ids: wanted.map(({ subjectId }) => subjectId),
      purposes: wanted.map(({ purpose }) => purpose),
      variants: wanted.map(({ variant }) => variant),
      channelIds: wanted.map(({ channelId }) => channelId),
      timestamps: wanted.map(({ ts }) => ts),
    })
    const posted = new Set(found.map(nameOf))
    return wanted.map((message) => posted.has(nameOf(message)))
  })
  return (key, at) => isPosted({ ...keyColumns(key), ...at })
}

type MessageRow = ReturnType<typeof keyColumns> & MessageAddress

function nameOf({
  subjectKind,
  subjectId,
  purpose,
  variant,
  channelId,
  ts,
}: Omit<MessageRow, 'purpose'> & { purpose: string }): string {
  return JSON.stringify([subjectKind, subjectId, purpose, variant, channelId, ts])
}
