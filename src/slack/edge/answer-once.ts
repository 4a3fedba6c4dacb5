import { LRUCache } from 'lru-cache'
import { interactionKey } from '../kit/interaction-key.ts'
import type { Acknowledge } from '../kit/reply.ts'

/** Slack's signature holds for five minutes; clocks may differ. */
const rememberedForMs = 10 * 60_000
const maxRemembered = 2_000

/** Claims an interaction; false when it was claimed before, by any process. */
export type Claim = (interactionKey: string) => Promise<boolean>

/** Handles one delivery; `isFirst` claims it, and must be true before anything is done or recorded. */
type Handle = (acknowledge: Acknowledge, isFirst: () => Promise<boolean>) => Promise<void>

/**
 * Takes care that a delivery has its effects once. The same one again is acknowledged with the same answer by the process
 * that gave it; in any other process, `isFirst` is false.
 */
export function createAnswerOnce(claim: Claim) {
  const answers = new LRUCache<string, Promise<unknown>>({ max: maxRemembered, ttl: rememberedForMs })

  return async (body: unknown, acknowledge: Acknowledge, handle: Handle): Promise<void> => {
    const key = interactionKey('delivery', JSON.stringify(body))
    const earlier = answers.get(key)
    if (earlier) return acknowledge(await earlier)
    let answered: (answer?: unknown) => void = () => {}
    answers.set(key, new Promise((resolve) => (answered = resolve)))
    const isFirst = async () => {
      try {
        return await claim(key)
      } catch (error) {
        // Nothing was claimed and nothing is done: the same delivery may be tried again.
        answers.delete(key)
        throw error
      }
    }
    const remember: Acknowledge = (answer) => {
      answered(answer)
      return acknowledge(answer)
    }
    try {
      await handle(remember, isFirst)
    } finally {
      answered()
    }
  }
}
