import type { RefusalCount, Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'

export function refusalsIn({ sql, ask, post }: Session): Transaction['refusals'] {
  return {
    lock: async (accountId, now) => {
      post(sql`
        insert into refusal_counts (account_id, since, refused) values (${accountId}, ${now}, 0)
        on conflict (account_id) do nothing`)
      const [row] = await ask(sql<RefusalCount[]>`
        select since, refused from refusal_counts where account_id = ${accountId} for no key update`)
      if (!row) throw new Error(`The refusals of account ${accountId} are not counted`)
      return row
    },
    save: async (accountId, { since, refused }) => {
      post(
        sql`update refusal_counts set since = ${since}, refused = ${refused} where account_id = ${accountId}`,
      )
    },
  }
}
