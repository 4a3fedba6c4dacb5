import type { Transaction } from '../domain/ports.ts'

/** What the holder has read of access that is open, with its buttons, is to show that it no longer is. */
export async function redrawHolder(tx: Transaction, requestId: string, now: Date): Promise<void> {
  const delivered = (await tx.messages.list(requestId)).map(({ purpose }) => purpose)
  const notices = delivered.filter((purpose) => purpose.startsWith('requester:expiry_notice:'))
  for (const purpose of new Set([...notices, 'requester:active' as const])) {
    await tx.outbox.add({ kind: 'deliver_message', requestId, purpose }, now)
  }
}
