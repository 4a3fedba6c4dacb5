import type { Clock } from '../domain/ports.ts'

/** How many people or groups are kept in memory at the most. */
const mostKept = 10_000

export interface Kept<T> {
  /** What is no older than `maxAgeSeconds`, asked for when need be; many callers at once ask once. */
  get(id: string, maxAgeSeconds: number): Promise<T>
  /** What is kept, without asking. */
  peek(id: string, maxAgeSeconds: number): { value: T; ageSeconds: number } | null
  forget(id: string): void
}

/** Answers kept in memory by id, each caller saying how old one may be. */
export function createKept<T>(fetch: (id: string) => Promise<T>, clock: Clock): Kept<T> {
  const kept = new Map<string, { value: T; at: number }>()
  const under = new Map<string, Promise<T>>()
  const now = () => clock.now().getTime()

  function peek(id: string, maxAgeSeconds: number): { value: T; ageSeconds: number } | null {
    const found = kept.get(id)
    if (!found) return null
    const ageSeconds = Math.max(0, (now() - found.at) / 1000)
    return ageSeconds <= maxAgeSeconds ? { value: found.value, ageSeconds } : null
  }

  async function ask(id: string): Promise<T> {
    const at = now()
    const asking = fetch(id)
    under.set(id, asking)
    try {
      const value = await asking
      // An event that came meanwhile says that this answer may be old already: it serves those who wait, and is not kept.
      if (under.get(id) === asking) keep(id, value, at)
      return value
    } finally {
      if (under.get(id) === asking) under.delete(id)
    }
  }

  function keep(id: string, value: T, at: number): void {
    kept.delete(id)
    kept.set(id, { value, at })
    if (kept.size > mostKept) kept.delete(kept.keys().next().value ?? id)
  }

  return {
    peek,
    get(id, maxAgeSeconds) {
      const found = peek(id, maxAgeSeconds)
      return found ? Promise.resolve(found.value) : (under.get(id) ?? ask(id))
    },
    forget(id) {
      kept.delete(id)
      under.delete(id)
    },
  }
}
