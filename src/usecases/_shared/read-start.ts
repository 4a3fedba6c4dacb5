import { addSeconds } from 'date-fns/addSeconds'
import { knownZone } from '../../domain/calendar-day.ts'
import { usualStartAheadSeconds } from '../../domain/catalog.ts'
import { formatDuration } from '../../domain/duration.ts'
import { accessEndsAt, type Engagement } from '../../domain/engagement.ts'
import { dayIn, instantOf, localText } from '../../domain/local-time.ts'
import type { Ports } from '../../domain/ports.ts'
import type { FieldProblem } from './field-problem.ts'
import { type AccountKey, freshEnoughToShow } from './person.ts'

/** The start as a picker gives it, or as a person wrote it: `tomorrow 09:00`, `2026-12-01 09:00`, `09:00`. */
export type TypedStart = { readonly at: Date } | { readonly text: string }

export type ReadStart = { readonly startsAt: Date | null } | { readonly problem: FieldProblem<'start'> }

/** The requester: the zone of the written times, and the end of all access. */
interface Starter {
  readonly account: { readonly timeZone: string | null; readonly guestExpiresAt: Date | null }
  readonly engagement: Pick<Engagement, 'endsAt'> | null
}

/** Reads the planned start and checks it against the limits. Null: as soon as it is approved. */
export function readStart(
  { clock, catalog }: Pick<Ports, 'clock' | 'catalog'>,
  typed: TypedStart | null,
  starter: Starter,
): ReadStart {
  if (!typed) return { startsAt: null }
  const now = clock.now()
  const zone = knownZone(starter.account.timeZone)
  const read = 'at' in typed ? typed : startFromText(typed.text, now, zone)
  if ('message' in read) return problem(read.message)
  const { at: startsAt } = read
  if (startsAt <= now)
    return problem(
      `${localText(startsAt, zone)} is in the past: it is ${localText(now, zone)} (${zone}). For a start at once, leave the start empty.`,
    )
  const ahead = catalog.defaults.longestStartAheadSeconds ?? usualStartAheadSeconds
  if (startsAt > addSeconds(now, ahead))
    return problem(`A start can be planned ${formatDuration(ahead)} ahead at the most.`)
  const limit = accessEndsAt(starter.account.guestExpiresAt, starter.engagement)
  if (limit && startsAt >= limit) {
    const isEngagement = starter.engagement !== null && starter.engagement.endsAt <= limit
    const what = isEngagement ? 'engagement' : 'guest account'
    return problem(`Your ${what} ends before that: ${localText(limit, zone)} (${zone}).`)
  }
  return { startsAt }
}

/**
 * A written start as an instant, so that a form can show it; or the problem with it. The zone is that of the account. Throws
 * `DirectoryUnavailable`.
 */
export async function showTypedStart(
  { clock, directory }: Pick<Ports, 'clock' | 'directory'>,
  { userId }: AccountKey,
  { text }: { readonly text: string },
): Promise<{ readonly at: Date } | { readonly problem: FieldProblem<'start'> }> {
  const account = await directory.account(userId, freshEnoughToShow)
  const read = startFromText(text, clock.now(), knownZone(account?.timeZone ?? null))
  return 'at' in read ? read : { problem: { field: 'start', message: read.message } }
}

/** A written start in this zone. `message`: why it names no instant. */
function startFromText(
  text: string,
  now: Date,
  zone: string,
): { readonly at: Date } | { readonly message: string } {
  const words = text
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== 'at')
  const exact = /^\d{4}-\d{2}-\d{2}t\d{2}:\d{2}(:\d{2})?(z|[+-]\d{2}:\d{2})$/
  if (words.length === 1 && exact.test(words[0] ?? '')) {
    const at = new Date((words[0] ?? '').toUpperCase())
    return Number.isNaN(at.getTime()) ? unreadable(text) : { at }
  }
  const [day = '', time = ''] = words.length === 1 ? ['today', ...words] : words
  if (words.length > 2 || !/^\d{1,2}:\d{2}$/.test(time)) return unreadable(text)
  const named = { today: dayIn(now, zone), tomorrow: dayIn(now, zone, 1) }
  const date = day === 'today' || day === 'tomorrow' ? named[day] : day
  const found = instantOf(date, time, zone)
  switch (found.kind) {
    case 'once':
      return { at: found.at }
    case 'no_such_day':
      return unreadable(text)
    case 'skipped':
      return {
        message: `${time} does not exist on ${date} in ${zone}, because the clocks go forward then. Choose another time.`,
      }
    case 'repeated': {
      const [first, second] = found.times.map((at) => `${at.toISOString().slice(0, 16)}Z`)
      return {
        message: `${time} comes twice on ${date} in ${zone}, because the clocks go back then. Write it in UTC: ${first} or ${second}.`,
      }
    }
  }
}

function unreadable(text: string): { readonly message: string } {
  const typed = text.trim().slice(0, 40)
  return { message: `“${typed}” is not a start. Write tomorrow 09:00, 2026-12-01 09:00, or 09:00 for today.` }
}

function problem(message: string): ReadStart {
  return { problem: { field: 'start', message } }
}
