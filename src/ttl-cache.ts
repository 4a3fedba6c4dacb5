import { LRUCache } from 'lru-cache'

export interface TtlCache<T> {
  /** The answer, if it is no older than `maxAgeSeconds`; otherwise it is asked for. Many callers at once ask once. */
  get(id: string, maxAgeSeconds: number): Promise<T>
  /** The remembered answer, without asking. */
  peek(id: string, maxAgeSeconds: number): { value: T; ageSeconds: number } | null
  forget(id: string): void
}

export interface TtlCacheOptions {
  /** Milliseconds of a monotonic clock. Default: `performance.now`. */
  readonly monotonicMs?: (() => number) | undefined
  /** How many answers are remembered at the most. */
  readonly most?: number
}

/** Answers remembered in memory by id. Each caller says how old an answer may be. */
export function createTtlCache<T>(
  fetch: (id: string) => Promise<T>,
  { monotonicMs = () => performance.now(), most = 10_000 }: TtlCacheOptions = {},
): TtlCache<T> {
  const answers = new LRUCache<string, { value: T; at: number }>({ max: most })
  const pending = new Map<string, Promise<T>>()

  function peek(id: string, maxAgeSeconds: number): { value: T; ageSeconds: number } | null {
    const found = answers.get(id)
    if (!found) return null
    const ageSeconds = (monotonicMs() - found.at) / 1000
    return ageSeconds <= maxAgeSeconds ? { value: found.value, ageSeconds } : null
  }

  async function ask(id: string): Promise<T> {
    const at = monotonicMs()
    const asking = fetch(id)
    pending.set(id, asking)
    try {
      const value = await asking
      // `forget` was called meanwhile: the answer may be old already. It serves those who wait, and is not remembered.
      if (pending.get(id) === asking) answers.set(id, { value, at })
      return value
    } finally {
      if (pending.get(id) === asking) pending.delete(id)
    }
  }

  return {
    peek,
    get(id, maxAgeSeconds) {
      const found = peek(id, maxAgeSeconds)
      return found ? Promise.resolve(found.value) : (pending.get(id) ?? ask(id))
    },
    forget(id) {
      answers.delete(id)
      pending.delete(id)
    },
  }
}
