import { tzOffset } from '@date-fns/tz'
import type { LeaseActivity } from '../../activity.ts'
import { localText } from '../../local-time.ts'
import { defineRule } from '../rule.ts'
import { day, type Hours, hoursText } from '../setting.ts'
import { leaseOf, whenUseIsSeen } from './_lease.ts'

const mostShown = 5

export const outsideHours = defineRule({
  kind: 'outside-hours',
  title: 'Used outside working hours',
  about: 'A lease was used outside these hours, by the time zone of the person in Slack',
  isOn: false,
  atMost: { times: 1, perSeconds: day },
  settings: {
    hours: {
      kind: 'hours',
      usual: { from: 7 * 60, to: 20 * 60 },
      about: 'Working hours, such as 07:00-20:00',
    },
    days: { kind: 'weekdays', usual: [1, 2, 3, 4, 5], about: 'Working days' },
  },
  ...whenUseIsSeen,
  async notice(occasion, { hours, days }, facts) {
    const lease = await leaseOf(occasion, facts)
    // Without the zone nobody knows what time it was for them.
    if (!lease || lease.timeZone === null) return null
    const { timeZone } = lease
    const outside = timesOf(lease.activity).filter((at) => !isWithin(at, timeZone, hours, days))
    const [first] = outside
    if (!first) return null
    return {
      occurrence: lease.grantId,
      subject: lease.holderId,
      about: [lease.holderId],
      headline: `Used at ${localText(first, timeZone)} (${timeZone}), outside ${hoursText(hours)}`,
      evidence: [
        ...outside
          .slice(0, mostShown)
          .map((at) => ({ label: 'Used', kind: 'instant' as const, value: at.toISOString() })),
        { label: 'Time zone', kind: 'text', value: timeZone },
        { label: 'Working hours', kind: 'text', value: hoursText(hours) },
      ],
    }
  },
})

/** The starts of sessions, and the last use. */
function timesOf({ sessions, lastUsedAt }: LeaseActivity): Date[] {
  const times = [...sessions.flatMap(({ openedAt }) => openedAt ?? []), ...(lastUsedAt ? [lastUsedAt] : [])]
  return times.sort((a, b) => a.getTime() - b.getTime())
}

function isWithin(at: Date, timeZone: string, { from, to }: Hours, days: readonly number[]): boolean {
  const local = new Date(at.getTime() + tzOffset(timeZone, at) * 60_000)
  const minute = local.getUTCHours() * 60 + local.getUTCMinutes()
  const weekday = local.getUTCDay() === 0 ? 7 : local.getUTCDay()
  const before = weekday === 1 ? 7 : weekday - 1
  if (from < to) return days.includes(weekday) && minute >= from && minute < to
  // Over midnight, the hours after it belong to the day before.
  return (days.includes(weekday) && minute >= from) || (days.includes(before) && minute < to)
}
