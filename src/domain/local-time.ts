import { tzOffset } from '@date-fns/tz'

/** `skipped`: the clocks go forward over it. `repeated`: the clocks go back, so it comes twice. */
export type LocalInstant =
  | { readonly kind: 'once'; readonly at: Date }
  | { readonly kind: 'skipped' }
  | { readonly kind: 'repeated'; readonly times: readonly [Date, Date] }
  | { readonly kind: 'no_such_day' }

const dayMs = 86_400_000

/** The instant of `2026-12-01` and `09:00` in an IANA zone. */
export function instantOf(day: string, time: string, timeZone: string): LocalInstant {
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day)
  const clock = /^(\d{1,2}):(\d{2})$/.exec(time)
  if (!date || !clock) return { kind: 'no_such_day' }
  const [year, month, ofMonth] = [Number(date[1]), Number(date[2]), Number(date[3])]
  const midnight = new Date(Date.UTC(year, month - 1, ofMonth))
  const exists = year >= 1970 && midnight.getUTCMonth() === month - 1 && midnight.getUTCDate() === ofMonth
  const [hour, minute] = [Number(clock[1]), Number(clock[2])]
  if (!exists || hour > 23 || minute > 59) return { kind: 'no_such_day' }
  const asUtc = midnight.getTime() + (hour * 60 + minute) * 60_000
  // The offsets on both sides of any change of the clocks near it.
  const offsets = new Set([asUtc - dayMs, asUtc + dayMs].map((ms) => tzOffset(timeZone, new Date(ms))))
  const times = [...offsets]
    .map((offset) => ({ offset, at: new Date(asUtc - offset * 60_000) }))
    .filter(({ offset, at }) => tzOffset(timeZone, at) === offset)
    .map(({ at }) => at)
    .sort((a, b) => a.getTime() - b.getTime())
  const [first, second] = times
  if (!first) return { kind: 'skipped' }
  return second ? { kind: 'repeated', times: [first, second] } : { kind: 'once', at: first }
}

/** The day (`2026-12-01`) in an IANA zone, `addDays` later where given. */
export function dayIn(at: Date, timeZone: string, addDays = 0): string {
  const local = new Date(at.getTime() + tzOffset(timeZone, at) * 60_000)
  local.setUTCDate(local.getUTCDate() + addDays)
  return local.toISOString().slice(0, 10)
}

/** `2026-12-01 09:00` in an IANA zone. */
export function localText(at: Date, timeZone: string): string {
  const local = new Date(at.getTime() + tzOffset(timeZone, at) * 60_000)
  return local.toISOString().slice(0, 16).replace('T', ' ')
}
