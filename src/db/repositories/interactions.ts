import type { Store } from '../../domain/store.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { inBatches } from '../../in-batches.ts'
import type { Database } from '../database.ts'
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

/**
 * Interactions that arrive together are claimed by one statement. It inserts in the order of the keys, because two processes that
 * insert the same keys in other orders would wait for each other. It does not wait for the disk: whatever a click records is
 * committed later, and the disk then has the claim too.
 */
export function interactionsOn({ sql }: Database): Store['interactions'] {
  const claim = inBatches(async (claims: readonly Claim[]): Promise<Outcome[]> => {
    const timeOf = new Map(claims.map(({ key, now }) => [key, now.toISOString()]))
    const keys = [...timeOf.keys()].toSorted()
    try {
      const inserted = await sql<{ key: string }[]>`
        insert into interactions (key, handled_at)
        select * from unnest(${keys}::text[], ${keys.map((key) => timeOf.get(key) ?? '')}::text[]::timestamptz[])
        where (select set_config('synchronous_commit', 'off', true)) = 'off'
        on conflict do nothing
        returning key`
      const claimed = new Set(inserted.map(({ key }) => key))
      return claims.map(({ key }) => ({ claimed: claimed.delete(key) }))
    } catch (error) {
      // The claims may be committed although the answer is lost, so they are not tried again one by one.
      return claims.map(() => ({ error }))
    }
  })
  return {
    claim: async (key, now) => {
      const outcome = await claim({ key, now })
      if ('error' in outcome) throw outcome.error
      return outcome.claimed
    },
  }
}

interface Claim {
  readonly key: string
  readonly now: Date
}

type Outcome = { readonly claimed: boolean } | { readonly error: unknown }
