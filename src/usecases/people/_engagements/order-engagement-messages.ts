import type { Engagement } from '../../../domain/engagement.ts'
import type { EngagementMessageKey } from '../../../domain/engagement-message.ts'
import type { Transaction } from '../../../domain/transaction.ts'

/** Orders the delivery of a message about an engagement. */
export function orderEngagementMessage(tx: Transaction, key: EngagementMessageKey, at: Date): Promise<void> {
  return tx.outbox.add({ kind: 'deliver_engagement_message', ...key }, at)
}

/** Orders an edit of all posted messages about the engagement, so that they show its new state. */
export async function redrawEngagement(tx: Transaction, { id }: Engagement, now: Date): Promise<void> {
  for (const { address: _, ...key } of await tx.engagementMessages.list(id))
    await orderEngagementMessage(tx, key, now)
}
