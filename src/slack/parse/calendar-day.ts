/** The instant at which a day begins in somebody's own zone. Null when there is no such day. */
export function startOfDay(day: string, timeZone: string, addDays = 0): Date | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day)
  if (!match) return null
  const [year, month, date] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const named = new Date(Date.UTC(year, month - 1, date))
  if (year < 1970 || named.getUTCMonth() !== month - 1 || named.getUTCDate() !== date) return null
  const midnight = Date.UTC(year, month - 1, date + addDays)
  // Twice, because the offset at the first guess may be that of the other side of a clock change.
  const guess = midnight - offsetAt(midnight, timeZone)
  return new Date(midnight - offsetAt(guess, timeZone))
}

/** Milliseconds by which the zone's clocks are ahead of UTC. */
function offsetAt(instant: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant)
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value)
  const shown = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
  return shown - Math.floor(instant / 1000) * 1000
}

/** The zone as Slack names it, or UTC where it names none that is known here. */
export function knownZone(timeZone: string | null): string {
  if (timeZone === null) return 'UTC'
  try {
    new Intl.DateTimeFormat('en-US', { timeZone })
    return timeZone
  } catch {
    return 'UTC'
  }
}
