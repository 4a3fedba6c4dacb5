/** The text is not a duration. The message names the fault for the person who typed it. */
export type DurationProblem = 'empty' | 'not_a_duration' | 'zero' | 'too_long'

export type ParsedDuration = { ok: true; seconds: number } | { ok: false; problem: DurationProblem }

const unitSeconds = { d: 86_400, h: 3_600, m: 60, s: 1 } as const
const pattern = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/

/** Ten years: longer than any lease, and far below the limit of JavaScript dates. */
export const longestDurationSeconds = 3_650 * unitSeconds.d

/**
 * Reads `90s`, `30m`, `8h`, `2d`, or several joined from large to small (`2h30m`), into whole seconds.
 * Every number has its unit. There are no fractions and no hidden minimum.
 */
export function parseDuration(text: string): ParsedDuration {
  const compact = text.trim().toLowerCase()
  if (compact === '') return { ok: false, problem: 'empty' }
  if (/^0+[smhd]?$/.test(compact)) return { ok: false, problem: 'zero' }
  if (/^\d{7,}[smhd]$/.test(compact)) return { ok: false, problem: 'too_long' }
  const match = pattern.exec(compact)
  if (!match) return { ok: false, problem: 'not_a_duration' }
  const [, days, hours, minutes, secs] = match
  const seconds =
    Number(days ?? 0) * unitSeconds.d +
    Number(hours ?? 0) * unitSeconds.h +
    Number(minutes ?? 0) * unitSeconds.m +
    Number(secs ?? 0)
  if (seconds === 0) return { ok: false, problem: 'zero' }
  if (seconds > longestDurationSeconds) return { ok: false, problem: 'too_long' }
  return { ok: true, seconds }
}

/** Writes whole seconds in the form that `parseDuration` reads: `5400` is `1h30m`. */
export function formatDuration(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds))
  let text = ''
  for (const [unit, size] of Object.entries(unitSeconds)) {
    const count = Math.floor(rest / size)
    if (count > 0) text += `${count}${unit}`
    rest -= count * size
  }
  return text === '' ? '0s' : text
}

/** One sentence for a person: the problem and a correct example. Plain text, because forms show no markup. */
export function describeDurationProblem(problem: DurationProblem, typed: string): string {
  const example = 'Write a number with its unit, such as 45m, 2h or 1h30m.'
  switch (problem) {
    case 'empty':
      return `Say for how long. ${example}`
    case 'zero':
      return `A duration of zero gives no access. ${example}`
    case 'too_long':
      return `That is longer than any lease. ${example}`
    case 'not_a_duration':
      return `“${typed.trim().slice(0, 40)}” is not a duration. ${example}`
  }
}
