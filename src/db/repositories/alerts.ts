import { subSeconds } from 'date-fns/subSeconds'
import { and, asc, eq, gt, isNotNull, isNull, min, sql } from 'drizzle-orm'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { selectAlerts, toAlert } from '../mapping/alert.ts'
import { alertPosts, alerts, noticingState } from '../schema/alerts.ts'
import { isAnyOf } from '../schema/columns.ts'
import { isUuid } from '../text.ts'

export function alertsIn({ db, pipeline }: Session): Transaction['alerts'] {
  return {
    lockRaising: async () => {
      await db.select().from(noticingState).for('update')
    },
    mayRaise: async (rule, subject, { times, perSeconds }, now) => {
      const since = subSeconds(now, perSeconds)
      const [row] = await db
        .select({
          lately: sql<number>`(count(*) filter (where ${gt(alerts.raisedAt, since)}))::integer`,
          isMuted: sql<boolean>`coalesce(bool_or(${gt(alerts.mutedUntil, now)}), false)`,
        })
        .from(alerts)
        .where(and(eq(alerts.rule, rule), eq(alerts.subject, subject)))
      return row !== undefined && !row.isMuted && row.lately < times
    },
    countAlone: async (since) => {
      const [row] = await db
        .select({ count: sql<number>`count(*)::integer` })
        .from(alerts)
        .where(and(gt(alerts.raisedAt, since), isNull(alerts.digestId)))
      return row?.count ?? 0
    },
    openDigest: async (since, most) => {
      const begun = min(alerts.raisedAt)
      const [row] = await db
        .select({ id: alerts.digestId, begun })
        .from(alerts)
        .where(and(gt(alerts.raisedAt, since), isNotNull(alerts.digestId)))
        .groupBy(alerts.digestId)
        .having(sql`count(*) < ${most}`)
        .orderBy(asc(begun))
        .limit(1)
      return row?.id ?? null
    },
    insert: async ({ about: [aboutId = null, alsoAboutId = null], ...alert }) => {
      const [row] = await db
        .insert(alerts)
        .values({ ...alert, aboutId, alsoAboutId })
        .onConflictDoNothing({ target: [alerts.rule, alerts.occurrence] })
        .returning({ id: alerts.id })
      return row ? find(row.id) : null
    },
    lock: async (id) => {
      if (!isUuid(id)) return null
      const [row] = await selectAlerts(db).where(eq(alerts.id, id)).for('no key update', { of: alerts })
      return row ? toAlert(row) : null
    },
    lockOf: async (grantIds) => {
      const rows = await selectAlerts(db)
        .where(isAnyOf(alerts.grantId, grantIds))
        .orderBy(asc(alerts.number))
        .for('no key update', { of: alerts })
      return rows.map(toAlert)
    },
    messagesAbout: async (requestIds) => {
      const rows = await db
        .selectDistinct({ id: sql<string>`coalesce(${alerts.digestId}, ${alerts.id})` })
        .from(alerts)
        .where(isAnyOf(alerts.requestId, requestIds))
      return rows.map(({ id }) => id)
    },
    answer: async (id, state, { at, by, reason, mutedUntil }) =>
      pipeline(
        db
          .update(alerts)
          .set({ state, answeredAt: at, answeredById: by.id, reason, mutedUntil })
          .where(eq(alerts.id, id)),
      ),
    post: async (messageId, channelId) => {
      const [row] = await db
        .select({ ts: alertPosts.ts, contentHash: alertPosts.contentHash })
        .from(alertPosts)
        .where(and(eq(alertPosts.messageId, messageId), eq(alertPosts.channelId, channelId)))
      return row ?? null
    },
    savePost: async (messageId, channelId, post) =>
      pipeline(
        db
          .insert(alertPosts)
          .values({ messageId, channelId, ...post })
          .onConflictDoUpdate({ target: [alertPosts.messageId, alertPosts.channelId], set: post }),
      ),
    moveOn: async (from, to) => {
      const rows = await db
        .update(noticingState)
        .set({ position: to })
        .where(eq(noticingState.position, from))
        .returning({ position: noticingState.position })
      return rows.length > 0
    },
  }

  async function find(id: string) {
    const [row] = await selectAlerts(db).where(eq(alerts.id, id))
    if (!row) throw new Error(`alert ${id} is gone`)
    return toAlert(row)
  }
}
