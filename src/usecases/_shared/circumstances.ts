import { subDays } from 'date-fns/subDays'
import type { CircumstanceName, Circumstances } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Identified } from './person.ts'

/**
 * Looks up those circumstances of a requester that a policy names. The others stay unknown. `submittedAt`: of the request that
 * they are for, which does not count itself. `extending`: it is for a lease that the requester holds, which does not count either.
 * `startsAt`: the planned start, whose local time counts.
 */
export async function circumstancesOf(
  { policy, store, clock }: Pick<Ports, 'policy' | 'store' | 'clock'>,
  { account, facts }: Identified,
  resourceId: string,
  {
    submittedAt = clock.now(),
    extending = false,
    startsAt = null,
  }: { submittedAt?: Date; extending?: boolean; startsAt?: Date | null } = {},
): Promise<Circumstances> {
  const now = clock.now()
  const isRead = (...names: CircumstanceName[]) => names.some((name) => policy.reads.has(name))
  const usage = isRead('activeLeases', 'activeLeasesHere', 'requestsInLastDay')
    ? await store.people.usage(facts.person, resourceId, {
        since: subDays(submittedAt, 1),
        until: submittedAt,
      })
    : null
  const others = (leases: number) => (extending ? Math.max(0, leases - 1) : leases)
  const local = isRead('localHour', 'localWeekday')
    ? localTime(startsAt && startsAt > now ? startsAt : now, account.timeZone)
    : null
  return {
    localHour: local?.hour ?? null,
    localWeekday: local?.weekday ?? null,
    activeLeases: usage && others(usage.activeLeases),
    activeLeasesHere: usage && others(usage.activeLeasesHere),
    requestsInLastDay: usage?.requests ?? null,
  }
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** Null: the time zone is not known. */
function localTime(now: Date, timeZone: string | null): { hour: number; weekday: number } | null {
  if (timeZone === null) return null
  try {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hour: 'numeric',
      hourCycle: 'h23',
      weekday: 'short',
    })
    const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]))
    return { hour: Number(parts.get('hour')), weekday: weekdays.indexOf(parts.get('weekday') ?? '') + 1 }
  } catch {
    // Slack named a time zone that this machine does not know.
    return null
  }
}
