import { addSeconds } from 'date-fns/addSeconds'
import { subHours } from 'date-fns/subHours'
import type { Catalog } from '../../domain/catalog.ts'
import { requestMessage } from '../../domain/message.ts'
import type { PendingRequest } from '../../domain/request.ts'
import type { Transaction } from '../../domain/transaction.ts'

/** A message has at most 50 blocks: https://docs.slack.dev/reference/block-kit/blocks. Each lease is one block. */
const mostLeases = 20
/** Changes within this time are shown by one edit, because Slack limits edits: https://docs.slack.dev/apis/web-api/rate-limits */
const editAfterSeconds = 5
/** An edit that is ordered for later than this shows a change that is committed now. */
const surelyLaterSeconds = 2

/** Tells the owners of a lease that nobody was asked about, in one message about all such leases of a day in their channel. */
export async function joinSharedNotice(
  tx: Transaction,
  { resources, security }: Pick<Catalog, 'resources' | 'security'>,
  { id, asksFor, submittedAt: now }: PendingRequest,
): Promise<void> {
  const channelId = resources.get(asksFor.resourceId)?.owners.channel ?? security.channel
  await tx.sharedNotices.join(id, { channelId, openedAfter: subHours(now, 24), most: mostLeases, now })
  const noticeId = await tx.sharedNotices.planEdit(id, { at: now, soonest: now })
  if (noticeId)
    await tx.outbox.add({ kind: 'deliver_message', ...requestMessage(noticeId, 'shared_notice') }, now)
}

/** Orders an edit of the message that tells this lease, so that it shows the present state. */
export async function redrawSharedNotice(tx: Transaction, requestId: string, now: Date): Promise<void> {
  const times = { at: addSeconds(now, editAfterSeconds), soonest: addSeconds(now, surelyLaterSeconds) }
  const noticeId = await tx.sharedNotices.planEdit(requestId, times)
  if (noticeId)
    await tx.outbox.add({ kind: 'deliver_message', ...requestMessage(noticeId, 'shared_notice') }, times.at)
}
