import { readdirSync, readFileSync } from 'node:fs'

/** Processor time that a process has taken so far, in milliseconds; NaN where the system does not tell (no /proc). */
export function cpuOf(pid: number): number {
  const own = readStat(pid)
  return own ? own.ticks * msPerTick : Number.NaN
}

/** The same with all its children, those that have ended too. */
export function cpuOfFamily(pid: number): number {
  const own = readStat(pid)
  if (!own) return Number.NaN
  const children = processes().flatMap((child) => {
    const stat = readStat(child)
    return stat?.parent === pid ? [stat.ticks] : []
  })
  return (own.ticks + own.endedChildrenTicks + children.reduce((sum, ticks) => sum + ticks, 0)) * msPerTick
}

/** Linux counts in hundredths of a second (USER_HZ), whatever its timer. */
const msPerTick = 10

function readStat(pid: number) {
  try {
    // The name in parentheses may hold anything; what is counted stands behind it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number)
    const [, parent = 0] = fields
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11)
    return { parent, ticks: user + system, endedChildrenTicks: endedUser + endedSystem }
  } catch {
    return null
  }
}

function processes(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}
