import { eq, sql } from 'drizzle-orm'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { auditRow } from '../mapping/audit-event.ts'
import { auditEvents, refusalCounts } from '../schema/audit.ts'

export function refusalsIn({ db, pipeline }: Session): Transaction['refusals'] {
  return {
    lock: async (accountId, now) => {
      pipeline(db.insert(refusalCounts).values({ accountId, since: now, refused: 0 }).onConflictDoNothing())
      const [row] = await db
        .select({ since: refusalCounts.since, refused: refusalCounts.refused })
        .from(refusalCounts)
        .where(eq(refusalCounts.accountId, accountId))
        .for('no key update')
      if (!row) throw new Error(`The refusals of account ${accountId} are not counted`)
      return row
    },
    save: async (accountId, { since, refused }) =>
      pipeline(
        db.update(refusalCounts).set({ since, refused }).where(eq(refusalCounts.accountId, accountId)),
      ),
    isListed: async (event, since) => {
      const { action, actorId, subjectKind, subjectId, resourceId, entitlementId } = auditRow(event)
      const rows = await db
        .select({ id: auditEvents.id })
        .from(auditEvents)
        .where(sql`${auditEvents.at} >= ${since.toISOString()} and ${auditEvents.action} = ${action}
          and ${auditEvents.actorId} is not distinct from ${actorId}
          and ${auditEvents.subjectKind} is not distinct from ${subjectKind}
          and ${auditEvents.subjectId} is not distinct from ${subjectId}
          and ${auditEvents.resourceId} is not distinct from ${resourceId}
          and ${auditEvents.entitlementId} is not distinct from ${entitlementId}`)
        .limit(1)
      return rows.length > 0
    },
  }
}
