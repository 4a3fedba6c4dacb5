import { LRUCache } from 'lru-cache'
import { interactionKey } from '../kit/interaction-key.ts'
import type { Acknowledge } from '../kit/reply.ts'

/** A signature is valid for five minutes, and clocks may differ: https://docs.slack.dev/authentication/verifying-requests-from-slack */
const rememberedForMs = 10 * 60_000
const maxRemembered = 2_000

/** Claims an interaction. False when a process claimed it before. */
export type Claim = (interactionKey: string) => Promise<boolean>

/** Handles one delivery. `isFirst` claims it, and must be true before any effect or record. */
type Handle = (acknowledge: Acknowledge, isFirst: () => Promise<boolean>) => Promise<void>

/**
 * A delivery has its effects once. The process that answered it gives the same answer to a redelivery. In another process,
 * `isFirst` is false.
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
        // The claim failed and nothing was done, so a redelivery may try again.
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
