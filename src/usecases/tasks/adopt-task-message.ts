import { grantMessage, taskVariant } from '../../domain/message.ts'
import type { MessageAddress } from '../../domain/messenger.ts'
import type { Ports } from '../../domain/ports.ts'
import type { AccountKey } from '../_shared/person.ts'
import type { TaskKey } from './answer-task.ts'

/**
 * Slack may post a message although its answer is lost. When somebody presses a button on such a copy, it is stored, and edited
 * like the others from then on. Of a message anywhere else nothing is stored; what its button may do depends on the task alone.
 */
export async function adoptTaskMessage(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { by, task: { requestId, direction }, at }: { by: AccountKey; task: TaskKey; at: MessageAddress },
): Promise<void> {
  await store.transaction(async (tx) => {
    const grant = await tx.grants.findByRequest(requestId)
    const task = grant && (await tx.tasks.lock(grant.id, direction))
    if (!task) return
    const posted = await tx.messages.list([{ kind: 'grant', id: grant.id }])
    if (posted.some(({ channelId, ts }) => channelId === at.channelId && ts === at.ts)) return
    // Only Daypass and this person write to the channel of a direct message.
    const reader = task.channelId === null ? task.readers.indexOf(by.userId) : 0
    const isThere = task.channelId === null ? reader >= 0 : task.channelId === at.channelId
    if (!isThere) return
    const message = grantMessage(grant, `task:${direction}`, taskVariant(0, reader))
    await tx.messages.record(message, at)
    await tx.outbox.add({ kind: 'deliver_message', ...message }, clock.now())
  })
}
