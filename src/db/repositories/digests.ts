import { count, eq, sql } from 'drizzle-orm'
import type { JoinedDigest, Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { insertAll } from '../insert-all.ts'
import { prepare } from '../queries.ts'
import { isAnyOf } from '../schema/columns.ts'
import { digestedEndings, endingDigests } from '../schema/digests.ts'
import { grants } from '../schema/grants.ts'
import { outbox } from '../schema/outbox.ts'

const insertEndings = insertAll(digestedEndings)

const openOf = prepare(['channelId'], (db, { channelId }) =>
  db
    .select({ id: endingDigests.id, openedAt: endingDigests.openedAt })
    .from(endingDigests)
    .where(sql`${endingDigests.channelId} = ${channelId} and ${endingDigests.closedAt} is null`)
    .for('update'),
)
const open = prepare(['channelId', 'openedAt'], (db, { channelId, openedAt }) =>
  db
    .insert(endingDigests)
    .values({ channelId, openedAt })
    .onConflictDoNothing()
    .returning({ id: endingDigests.id, openedAt: endingDigests.openedAt }),
)
const sizeOf = prepare(['digestId'], (db, { digestId }) =>
  db.select({ size: count() }).from(digestedEndings).where(eq(digestedEndings.digestId, digestId)),
)
// Each half uses an index of the outbox, and reads no more rows than the answer needs.
const dueOrDone = prepare(
  ['resourceIds', 'since', 'now', 'most'],
  (db, { resourceIds, since, now, most }) => {
    const isEnding = sql`${outbox.kind} = 'revoke_grant' and ${isAnyOf(outbox.target, resourceIds)}`
    const due = sql`select from ${outbox} where ${isEnding} and ${outbox.doneAt} is null and ${outbox.dueAt} <= ${now} limit ${most}`
    const ended = sql`select from ${outbox} where ${isEnding} and ${outbox.doneAt} > ${since} limit ${most}`
    return db
      .select({
        found: sql<number>`(select count(*)::integer from (${due}) due) + (select count(*)::integer from (${ended}) ended)`,
      })
      .from(sql`(select) one`)
  },
)

export function digestsIn({ db, run, pipeline }: Session): Transaction['digests'] {
  const openDigest = async (channelId: string, openedAt: Date): Promise<JoinedDigest> => {
    const [opened] = await run(open, { channelId, openedAt })
    if (opened) return { ...opened, isNew: true, size: 0 }
    // Waits for another transaction that adds to it or closes it.
    const [digest] = await run(openOf, { channelId })
    if (!digest) return openDigest(channelId, openedAt)
    const [counted] = await run(sizeOf, { digestId: digest.id })
    return { ...digest, isNew: false, size: counted?.size ?? 0 }
  }
  return {
    countEndings: async (resourceIds, since, now, most) => {
      const [row] = await run(dueOrDone, { resourceIds, since, now, most })
      return row?.found ?? 0
    },
    add: async (channelId, grantIds, now) => {
      const joined = await openDigest(channelId, now)
      pipeline(run(insertEndings, { rows: grantIds.map((grantId) => ({ grantId, digestId: joined.id })) }))
      return joined
    },
    hold: async (id, now, holdSeconds) => {
      const heldUntil = new Date(now.getTime() + holdSeconds * 1000)
      const [before] = await db.select().from(endingDigests).where(eq(endingDigests.id, id)).for('update')
      if (!before || before.ts !== null || (before.heldUntil && before.heldUntil > now)) return null
      const { channelId, openedAt, closedAt } = before
      const held = { heldUntil, closedAt: closedAt ?? now }
      pipeline(db.update(endingDigests).set(held).where(eq(endingDigests.id, id)))
      const members = await db
        .select({ requestId: grants.requestId })
        .from(digestedEndings)
        .innerJoin(grants, eq(grants.id, digestedEndings.grantId))
        .where(eq(digestedEndings.digestId, id))
      return {
        channelId,
        openedAt,
        mayBePosted: closedAt !== null,
        requestIds: members.map(({ requestId }) => requestId),
      }
    },
    isPosted: async (id) => {
      const [row] = await db
        .select({ ts: endingDigests.ts })
        .from(endingDigests)
        .where(eq(endingDigests.id, id))
      return row === undefined || row.ts !== null
    },
    release: async (id) =>
      pipeline(db.update(endingDigests).set({ heldUntil: null }).where(eq(endingDigests.id, id))),
    record: async (id, { ts }) =>
      pipeline(db.update(endingDigests).set({ ts, heldUntil: null }).where(eq(endingDigests.id, id))),
  }
}
