import { asc, eq, or, type SQL } from 'drizzle-orm'
import { isStatusToBeTakenBack } from '../domain/grant.ts'
import type { AlertView } from '../domain/noticing/alert.ts'
import type { Store } from '../domain/store.ts'
import type { Database } from './database.ts'
import { selectAlerts, toAlert } from './mapping/alert.ts'
import { noticingFactsOn } from './noticing-facts.ts'
import { alerts } from './schema/alerts.ts'
import type { grants } from './schema/grants.ts'
import { isUuid } from './text.ts'

/** For the rules that notice: how far they are, their alerts, and the facts that they ask for. */
export function noticingOn(database: Database): Store['noticing'] {
  const { sql, db } = database
  return {
    ...noticingFactsOn(database),
    place: async () => {
      const [row] = await sql<{ position: string; beganAfterId: string }[]>`
        select position, began_after_id from noticing_state`
      if (!row) throw new Error('The noticing has no state')
      return { position: Number(row.position), beganAfterId: Number(row.beganAfterId) }
    },
    alertsIn: async (messageId) =>
      isUuid(messageId) ? views(or(eq(alerts.id, messageId), eq(alerts.digestId, messageId))) : [],
  }

  async function views(which: SQL | undefined): Promise<AlertView[]> {
    const rows = await selectAlerts(db).where(which).orderBy(asc(alerts.number))
    const found = rows.map(toAlert)
    const ids = [...new Set(found.flatMap(({ requestId }) => requestId ?? []))]
    const about = await sql<
      { id: string; number: number; status: Status | null; leaseEndsAt: Date | null; endedAt: Date | null }[]
    >`
      select r.id, r.number, g.status, g.lease_ends_at, g.ended_at from requests r left join grants g on g.request_id = r.id
      where r.id = any(${ids}::uuid[])`
    const known = new Map(about.map((row) => [row.id, row]))
    return found.map((alert) => {
      const row = alert.requestId === null ? undefined : known.get(alert.requestId)
      const { status = null, leaseEndsAt = null, endedAt = null } = row ?? {}
      return {
        alert,
        requestReference: row ? `AR-${row.number}` : null,
        grant: status && { status, isToBeTakenBack: isStatusToBeTakenBack(status), leaseEndsAt, endedAt },
      }
    })
  }
}

type Status = typeof grants.$inferSelect.status
