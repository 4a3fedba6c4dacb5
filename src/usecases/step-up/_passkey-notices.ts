import type { PasskeyNotice } from '../../domain/security-notice.ts'
import type { Transaction } from '../../domain/transaction.ts'

/** Tells the person in a direct message, and security: a change that nobody made on purpose must not stay unseen. */
export async function orderPasskeyNotices(
  tx: Pick<Transaction, 'outbox'>,
  notice: PasskeyNotice,
  now: Date,
): Promise<void> {
  const at = now.toISOString()
  await tx.outbox.add({ kind: 'tell_person', at, userId: notice.userId, notice }, now)
  await tx.outbox.add({ kind: 'tell_security', at, notice }, now)
}
