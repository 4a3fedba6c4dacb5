import { addSeconds, differenceInSeconds } from 'date-fns'
import type { Catalog } from '../domain/catalog.ts'
import type { MessagePurpose } from '../domain/effect.ts'
import { isLive } from '../domain/grant.ts'
import { type DeliveredMessage, MessengerError, type OutgoingMessage, type Ports } from '../domain/ports.ts'
import type { RequestStory } from '../domain/story.ts'
import { done, type EffectOutcome, retry } from './effect-outcome.ts'

/** Longer than Slack is given to answer, shorter than an outbox entry is held. */
const holdSeconds = 25
/** What only a person can mend (invite the bot, give the scope) is looked at again this often while it matters. */
const mendableSeconds = 300

type DeliverPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'messenger'>

/**
 * Makes sure that a message exists and shows the present state: posts it once, then edits it. What is no longer worth
 * saying is not begun, but what was said is kept true.
 */
export async function deliverMessage(
  ports: DeliverPorts,
  { requestId, purpose }: { requestId: string; purpose: MessagePurpose },
): Promise<EffectOutcome> {
  const { store, clock } = ports
  const claimed = await store.transaction((tx) =>
    tx.messages.claim(requestId, purpose, clock.now(), holdSeconds),
  )
  if (!claimed) return retry(addSeconds(clock.now(), 1), 'another delivery of this message is under way')
  try {
    return await deliver(ports, requestId, purpose)
  } finally {
    await store.transaction((tx) => tx.messages.release(requestId, purpose))
  }
}

async function deliver(
  ports: DeliverPorts,
  requestId: string,
  purpose: MessagePurpose,
): Promise<EffectOutcome> {
  const { store, clock, catalog } = ports
  // Read after the claim: an older state never overwrites a newer one.
  const story = await store.stories.byRequest(requestId)
  if (!story) return done('there is no such request')
  const messages = await store.transaction((tx) => tx.messages.list(requestId))
  const standing = messages.filter((message) => message.purpose === purpose)
  if (standing.length === 0 && !isWorthSaying(purpose, story)) return done('no longer worth saying')
  const card = messages.find((message) => message.purpose === 'card') ?? null
  if (purpose.startsWith('thread:') && !card) {
    return isOver(story)
      ? done('there is no card to answer')
      : retry(addSeconds(clock.now(), pauseForCard(story, clock.now())), 'the card is not there yet')
  }
  const message = { purpose, story, card, channelId: channelFor(purpose, story, catalog), now: clock.now() }
  try {
    return await put(ports, message, standing)
  } catch (error) {
    if (!(error instanceof MessengerError)) throw error
    return afterTrouble(error, story, clock.now())
  }
}

/** Seconds. A card comes at once, or waits for somebody to invite the bot: the longer, the less often it is looked for. */
function pauseForCard({ request }: RequestStory, now: Date): number {
  return Math.min(mendableSeconds, Math.max(2, differenceInSeconds(now, request.submittedAt) / 10))
}

async function put(
  { store, messenger }: DeliverPorts,
  message: OutgoingMessage,
  standing: readonly DeliveredMessage[],
): Promise<EffectOutcome> {
  const addresses = standing.length > 0 ? standing : [null]
  for (const address of addresses) {
    const at = await messenger.deliver(message, address)
    if (at.ts === address?.ts && at.channelId === address.channelId) continue
    await store.transaction(async (tx) => {
      const { id } = message.story.request
      await tx.messages.record(id, message.purpose, at)
      // Kept, what is gone would be posted anew with each edit to come.
      if (address) await tx.messages.forget(id, message.purpose, address)
    })
  }
  return done(standing.length > 0 ? 'edited' : 'posted')
}

function afterTrouble(error: MessengerError, story: RequestStory, now: Date): EffectOutcome {
  const { message, retryable, retryAfterSeconds } = error
  if (retryAfterSeconds !== null) return retry(addSeconds(now, retryAfterSeconds), message)
  if (retryable) throw error
  return isOver(story)
    ? done(`could not be delivered: ${message}`)
    : retry(addSeconds(now, mendableSeconds), message)
}

/** Whether nothing more will happen to this request. */
function isOver({ request, grant }: RequestStory): boolean {
  return request.status !== 'pending' && !(grant && isLive(grant))
}

/** Whether a message that was never posted still tells somebody something. */
function isWorthSaying(purpose: MessagePurpose, { request, grant }: RequestStory): boolean {
  switch (purpose) {
    case 'card':
      return true
    case 'requester:submitted':
    case 'thread:reminder':
      return request.status === 'pending'
    case 'requester:closed':
    case 'thread:closed':
      return request.status !== 'pending' && request.status !== 'approved'
    case 'requester:active':
    case 'thread:active':
      return grant?.status === 'active'
    case 'requester:activation_failed':
    case 'thread:activation_failed':
      return (
        grant?.status === 'activation_failed' ||
        (grant !== null && 'revocation' in grant && grant.revocation.cause === 'activation_failed')
      )
    case 'requester:ended':
    case 'thread:ended':
      return grant?.status === 'ended' || grant?.status === 'revoked'
    case 'security:revocation_failed':
    case 'thread:revocation_failed':
      return grant?.status === 'revocation_failed' || (grant?.status === 'revoking' && grant.attempts > 1)
    default:
      return grant?.status === 'active'
  }
}

function channelFor(purpose: MessagePurpose, { request }: RequestStory, catalog: Catalog): string | null {
  if (purpose.startsWith('security:')) return catalog.security.channel
  if (purpose.startsWith('requester:')) return null
  // A resource that left the catalog has no owners' channel any more; security stands in for them.
  return catalog.resources.get(request.resourceId)?.owners.channel ?? catalog.security.channel
}
