import { addSeconds } from 'date-fns/addSeconds'
import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import { z } from 'zod'
import { type MessageKey, messagePurposes, purposes } from '../../domain/message.ts'
import { MessengerError } from '../../domain/messenger.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { subjectKinds } from '../../domain/subject.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { orderRequestMessages } from '../_shared/order-messages.ts'
import { redrawSharedNotice } from '../_shared/shared-notice.ts'
import { afterFailure } from './_delivery/after-failure.ts'
import { type DeliverPorts, type Delivery, isOver, mendableSeconds } from './_delivery/delivery.ts'
import { orderCopies } from './_delivery/order-copies.ts'
import { putMessage } from './_delivery/put-message.ts'
import { readDelivery } from './_delivery/read-delivery.ts'
import { clearUndelivered } from './_delivery/undelivered.ts'

const data = z.object({
  subject: z.object({ kind: z.enum(subjectKinds), id: z.string() }),
  purpose: z.enum(messagePurposes),
  variant: z.number(),
})
declare module '../../domain/effect.ts' {
  interface Effects {
    deliver_message: z.infer<typeof data>
  }
}

/** Longer than the time limit of a call to Slack, shorter than the hold on an outbox entry. */
const holdSeconds = 25

/**
 * Brings a message to the present state: posts it once, then edits it. A message that is no longer worth saying is not
 * posted. A message that was posted is always edited.
 */
export async function deliverMessage(
  ports: DeliverPorts,
  { subject, purpose, variant }: MessageKey,
): Promise<EffectOutcome> {
  const { store, clock } = ports
  const key = { subject, purpose, variant }
  const claimed = await store.transaction((tx) => tx.messages.claim(key, clock.now(), holdSeconds))
  if (!claimed) return retry(addSeconds(clock.now(), 1), 'another delivery of this message is under way')
  try {
    return await deliver(ports, key)
  } finally {
    await store.transaction((tx) => tx.messages.release(key))
  }
}

async function deliver(ports: DeliverPorts, key: MessageKey): Promise<EffectOutcome> {
  const { store, clock } = ports
  const { subject } = key
  // The state is read after the claim, so that an older state never overwrites a newer one.
  const read = await readDelivery(ports, key)
  if (!read) return done(`there is no such ${key.subject.kind}`)
  const { message, posted } = read
  if (key.purpose === 'card') {
    await orderCopies(ports, message.history)
    await redrawBreakGlass(ports, message.history)
    const cardId = message.history.bundle?.cardId ?? subject.id
    if (cardId !== subject.id) {
      await store.transaction((tx) => orderRequestMessages(tx, cardId, ['card'], clock.now()))
      return done('it stands on the card of another request')
    }
  }
  const { audience, isWorthSaying } = purposes[key.purpose]
  if (posted.length === 0 && !isWorthSaying(message)) {
    await clearUndelivered(ports, message)
    if (key.purpose === 'card') await redrawNotice(ports, message)
    return done('no longer worth saying')
  }
  if (audience === 'owners_thread' && !message.card) {
    return isOver(message.history)
      ? done('there is no card to answer')
      : retry(
          addSeconds(clock.now(), pauseForCard(message.history, clock.now())),
          'the card is not there yet',
        )
  }
  try {
    await putMessage(ports, message, posted)
    await clearUndelivered(ports, message)
    return done(posted.length > 0 ? 'edited' : 'posted')
  } catch (error) {
    if (!(error instanceof MessengerError)) throw error
    return afterFailure(ports, error, message)
  }
}

/** The owners see this lease in a message about many, and not on a card. */
async function redrawNotice({ store, clock }: DeliverPorts, { history }: Delivery): Promise<void> {
  await store.transaction((tx) => redrawSharedNotice(tx, history.request.id, clock.now()))
}

/** Security's copy of the message about a break-glass shows the same state as the owners' card. */
async function redrawBreakGlass(
  { store, clock }: DeliverPorts,
  { request, review }: RequestHistory,
): Promise<void> {
  if (!review) return
  await store.transaction((tx) => orderRequestMessages(tx, request.id, ['security:break_glass'], clock.now()))
}

/** Seconds until the thread looks for its card again. The pause grows, because a late card waits for a person. */
function pauseForCard({ request }: RequestHistory, now: Date): number {
  return Math.min(mendableSeconds, Math.max(2, differenceInSeconds(now, request.submittedAt) / 10))
}

export const deliverMessageEffect = defineEffect({
  kind: 'deliver_message',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(deliverMessage),
})
