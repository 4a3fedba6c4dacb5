import { readdirSync, readFileSync } from 'node:fs'

/** Processor time that a process has taken so far, in milliseconds; NaN where the system does not tell (no /proc). */
export function cpuOf(pid: number): number {
  const own = readStat(pid)
  return own ? own.ticks * msPerTick : Number.NaN
}

/** Like `cpuOf`, with all children of the process, also those that have ended. */
export function cpuOfFamily(pid: number): number {
  const own = readStat(pid)
  if (!own) return Number.NaN
  const children = processes().flatMap((child) => {
    const stat = readStat(child)
    return stat?.parent === pid ? [stat.ticks] : []
  })
  return (own.ticks + own.endedChildrenTicks + children.reduce((sum, ticks) => sum + ticks, 0)) * msPerTick
}

/** Linux counts processor time in hundredths of a second (USER_HZ, see proc_pid_stat(5)). */
const msPerTick = 10

function readStat(pid: number) {
  try {
    // The process name in parentheses may contain any character. The numbers come after it.
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
