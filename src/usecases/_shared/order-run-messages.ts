import type { Transaction } from '../../domain/transaction.ts'
import { orderRequestMessages } from './order-messages.ts'

/** Tells what became of a run, and edits the messages that show it. */
export function orderRunMessages(tx: Transaction, runId: string, at: Date): Promise<void> {
  return orderRequestMessages(tx, runId, ['requester:run', 'card', 'thread:run', 'requester:submitted'], at)
}
