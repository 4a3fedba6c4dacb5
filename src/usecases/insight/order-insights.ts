import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import type { InsightRules } from '../../domain/insight/insight.ts'
import { dayIn, instantOf } from '../../domain/local-time.ts'
import type { Ports } from '../../domain/ports.ts'

/** Workers that were away for longer leave a week out: nobody waits for an old one. */
const longestLateSeconds = 86_400

/** Orders the weekly message for each channel of owners, once, whichever worker comes first. Does nothing unless the catalog says so. */
export async function orderInsights({
  store,
  clock,
  catalog,
}: Pick<Ports, 'store' | 'clock' | 'catalog'>): Promise<void> {
  if (!catalog.insight) return
  const now = clock.now()
  const dueAt = lastDue(catalog.insight, now)
  if (!dueAt || differenceInSeconds(now, dueAt) > longestLateSeconds) return
  const week = dueAt.toISOString()
  const channels = new Set([...catalog.resources.values()].map(({ owners }) => owners.channel))
  await store.transaction(async (tx) => {
    for (const channelId of channels) {
      if (await tx.interactions.claim(`insight ${week} ${channelId}`, now))
        await tx.outbox.add({ kind: 'post_insight', channelId, week }, now)
    }
  })
}

/** The last time at which it was due. Null: never, as the hour was left out by a change of the clocks. */
function lastDue({ weekday, hour, zone }: InsightRules, now: Date): Date | null {
  for (let back = 0; back <= 7; back += 1) {
    const day = dayIn(now, zone, -back)
    if (weekdayOf(day) !== weekday) continue
    const local = instantOf(day, `${hour}:00`, zone)
    const at = local.kind === 'once' ? local.at : local.kind === 'repeated' ? local.times[0] : null
    if (at && at <= now) return at
  }
  return null
}

function weekdayOf(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay() || 7
}
