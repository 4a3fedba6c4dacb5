import { subDays } from 'date-fns/subDays'
import type { Engagement } from '../../../domain/engagement.ts'
import { noticeDays } from '../../../domain/engagement-message.ts'
import type { Transaction } from '../../../domain/transaction.ts'

/** Orders the end of the engagement, and the notices before it whose time has not come at `now`. */
export async function planEngagement(tx: Transaction, engagement: Engagement, now: Date): Promise<void> {
  const { id: engagementId, generation, endsAt } = engagement
  await tx.outbox.add({ kind: 'end_engagement', engagementId }, endsAt)
  for (const days of noticeDays) {
    const at = subDays(endsAt, days)
    if (at > now) await tx.outbox.add({ kind: 'notify_sponsor', engagementId, generation, days }, at)
  }
}
