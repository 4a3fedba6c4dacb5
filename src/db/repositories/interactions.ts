import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'

export function interactionsIn({ sql, ask }: Session): Transaction['interactions'] {
  return {
    claim: async (key, now) => {
      const claimed = await ask(sql`
        insert into interactions (key, handled_at) values (${key}, ${now}) on conflict (key) do nothing returning key`)
      return claimed.length > 0
    },
  }
}
