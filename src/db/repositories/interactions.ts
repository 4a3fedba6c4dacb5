import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { interactions } from '../schema/slack.ts'

export function interactionsIn({ db }: Session): Transaction['interactions'] {
  return {
    claim: async (key, now) => {
      const claimed = await db
        .insert(interactions)
        .values({ key, handledAt: now })
        .onConflictDoNothing()
        .returning({ key: interactions.key })
      return claimed.length > 0
    },
  }
}
