const DAY = 86_400

/** Fills in `{date}`, `{time}` and the like of a date token, for a reader in zone `tz`. `now` is in Unix seconds. */
export function formatDate(format: string, timestamp: number, tz: string, now: number): string {
  return format.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const write = WRITERS[name]
    return write ? write(timestamp, tz, now) : whole
  })
}

const WRITERS: Record<string, (timestamp: number, tz: string, now: number) => string> = {
  date_num: (t, tz) => part(t, 'en-CA', { timeZone: tz, year: 'numeric', month: '2-digit', day: '2-digit' }),
  date: (t, tz) => longDate(t, tz, false),
  date_long: (t, tz) => longDate(t, tz, true),
  date_short: (t, tz) => part(t, 'en-US', { timeZone: tz, year: 'numeric', month: 'short', day: 'numeric' }),
  date_pretty: (t, tz, now) => nearDay(t, tz, now) ?? longDate(t, tz, false),
  date_long_pretty: (t, tz, now) => nearDay(t, tz, now) ?? longDate(t, tz, true),
  date_short_pretty: (t, tz, now) => nearDay(t, tz, now) ?? WRITERS.date_short?.(t, tz, now) ?? '',
  day_divider_pretty: (t, tz, now) =>
    nearDay(t, tz, now) ?? part(t, 'en-US', { timeZone: tz, weekday: 'long', month: 'long', day: 'numeric' }),
  time: (t, tz) => clock(t, tz),
  time_secs: (t, tz) =>
    part(t, 'en-US', { timeZone: tz, hour: 'numeric', minute: '2-digit', second: '2-digit' }),
  ago: (t, _tz, now) => ago(t, now),
}

/** `9:05 AM` in a zone. */
export function clock(timestamp: number, tz: string): string {
  return part(timestamp, 'en-US', { timeZone: tz, hour: 'numeric', minute: '2-digit' })
}

/** `today`, `yesterday` or `tomorrow` by the reader's calendar. */
function nearDay(timestamp: number, tz: string, now: number): string | undefined {
  const day = dayOf(timestamp, tz)
  if (day === dayOf(now, tz)) return 'today'
  if (day === dayOf(now - DAY, tz)) return 'yesterday'
  return day === dayOf(now + DAY, tz) ? 'tomorrow' : undefined
}

export function dayOf(timestamp: number, tz: string): string {
  return part(timestamp, 'en-CA', { timeZone: tz, year: 'numeric', month: '2-digit', day: '2-digit' })
}

function longDate(timestamp: number, tz: string, weekday: boolean): string {
  const day = Number(part(timestamp, 'en-US', { timeZone: tz, day: 'numeric' }))
  const month = part(timestamp, 'en-US', { timeZone: tz, month: 'long' })
  const year = part(timestamp, 'en-US', { timeZone: tz, year: 'numeric' })
  const name = weekday ? `${part(timestamp, 'en-US', { timeZone: tz, weekday: 'long' })}, ` : ''
  return `${name}${month} ${day}${ordinal(day)}, ${year}`
}

function ordinal(day: number): string {
  if (day >= 11 && day <= 13) return 'th'
  return ({ 1: 'st', 2: 'nd', 3: 'rd' } as Record<number, string>)[day % 10] ?? 'th'
}

function ago(timestamp: number, now: number): string {
  const seconds = timestamp - now
  const [unit, size] = UNITS.find(([, s]) => Math.abs(seconds) >= s) ?? (['second', 1] as const)
  return new Intl.RelativeTimeFormat('en').format(Math.round(seconds / size), unit)
}

const UNITS = [
  ['day', DAY],
  ['hour', 3600],
  ['minute', 60],
] as const

const formats = new Map<string, Intl.DateTimeFormat>()

/** Cache of formats: creating one is slow, and there are few. */
function part(timestamp: number, locale: string, options: Intl.DateTimeFormatOptions): string {
  if (!Number.isFinite(timestamp)) return ''
  const key = `${locale} ${JSON.stringify(options)}`
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, options)
  formats.set(key, format)
  // Newer engines put a narrow no-break space before AM and PM.
  return format.format(timestamp * 1000).replace(/\u202f/g, ' ')
}
