import type { Ports } from '../../domain/ports.ts'
import { lastDueAt } from '../../domain/scheduled-report.ts'

/**
 * Orders the scheduled reports whose time has come: each time once, whatever process looks. After an outage, a report is ordered once,
 * and not for each time that was missed.
 */
export async function orderDueReports({
  store,
  clock,
  catalog,
}: Pick<Ports, 'store' | 'clock' | 'catalog'>): Promise<void> {
  for (const schedule of catalog.reports?.values() ?? []) {
    const now = clock.now()
    const dueAt = lastDueAt(schedule, now)
    await store.transaction(async (tx) => {
      if (!(await tx.scheduledReports.claim(schedule.id, dueAt))) return
      await tx.outbox.add({ kind: 'post_report', scheduleId: schedule.id, dueAt: dueAt.toISOString() }, now)
    })
  }
}
