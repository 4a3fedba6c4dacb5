import type { Store, Transaction } from '../domain/ports.ts'
import type { Database } from './database.ts'
import { countFaults } from './faults.ts'
import { inTransaction } from './in-transaction.ts'
import { accountsIn } from './repositories/accounts.ts'
import { appendsIn } from './repositories/appends.ts'
import { decisionsIn } from './repositories/decisions.ts'
import { grantsIn } from './repositories/grants.ts'
import { interactionsIn } from './repositories/interactions.ts'
import { messagesIn } from './repositories/messages.ts'
import { refusalsIn } from './repositories/refusals.ts'
import { requestsIn } from './repositories/requests.ts'
import { storiesIn } from './stories.ts'

/**
 * The store on Postgres. Transactions are read committed, kept apart by `lock`. Writes without an answer (`save`, `insert` of
 * a grant, `record`, `append`, `add`) are sent without waiting: one that Postgres refuses rejects the whole transaction.
 */
export function createStore(database: Database): Store {
  return {
    transaction: (work) =>
      inTransaction(database, 'read write', async (session) => {
        const { audit, outbox, flush } = appendsIn(session)
        const transaction: Transaction = {
          accounts: accountsIn(session),
          requests: requestsIn(session),
          decisions: decisionsIn(session),
          grants: grantsIn(session),
          messages: messagesIn(session),
          interactions: interactionsIn(session),
          refusals: refusalsIn(session),
          outbox,
          audit,
        }
        const result = await work(transaction)
        flush()
        return result
      }),
    stories: storiesIn(database),
    faults: () => countFaults(database),
  }
}
