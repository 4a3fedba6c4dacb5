import { addSeconds, differenceInSeconds } from 'date-fns'
import { z } from 'zod'
import type { Catalog } from '../../domain/catalog.ts'
import { isLive } from '../../domain/grant.ts'
import {
  type Audience,
  isSameMessage,
  type MessageKey,
  messagePurposes,
  purposes,
  type RequestPurpose,
  requestMessage,
} from '../../domain/message.ts'
import {
  type DeliveredMessage,
  MessengerError,
  type OutgoingMessage,
  type Ports,
  type Transaction,
} from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { type Subject, subjectKinds } from '../../domain/subject.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'

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

/** Longer than Slack is given to answer, shorter than an outbox entry is held. */
const holdSeconds = 25
/** What only a person can mend (invite the bot, give the scope) is tried again this often while it matters. */
const mendableSeconds = 60
/** A card that Slack refuses for a passing reason counts as undelivered after this time: the requester must hear of it. */
const patienceSeconds = 60

/** A message on its way. */
type Delivery = OutgoingMessage & { readonly key: MessageKey }

type DeliverPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'messenger'>

/**
 * Makes sure that a message exists and shows the present state: posts it once, then edits it. What is no longer worth
 * saying is not begun, but what was said is kept true.
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
  const { store, clock, catalog } = ports
  const { subject, purpose } = key
  const { audience, isWorthSaying } = purposes[purpose]
  // Read after the claim: an older state never overwrites a newer one.
  const history = await readHistory(ports, subject)
  if (!history) return done(`there is no such ${subject.kind}`)
  const subjects = subjectsOf(history)
  const [messages, undelivered] = await store.transaction((tx) =>
    Promise.all([tx.messages.list(subjects), tx.messages.listUndelivered(subjects)]),
  )
  const standing = messages.filter((message) => isSameMessage(message, key))
  const card = messages.find((message) => message.purpose === 'card') ?? null
  const channelId = channelFor(audience, history, catalog)
  const message = { key, purpose, history, card, channelId, undelivered, now: clock.now() }
  if (standing.length === 0 && !isWorthSaying(message)) {
    await settle(ports, message)
    return done('no longer worth saying')
  }
  if (audience === 'owners_thread' && !card) {
    return isOver(history)
      ? done('there is no card to answer')
      : retry(addSeconds(clock.now(), pauseForCard(history, clock.now())), 'the card is not there yet')
  }
  try {
    await put(ports, message, standing)
    await settle(ports, message)
    return done(standing.length > 0 ? 'edited' : 'posted')
  } catch (error) {
    if (!(error instanceof MessengerError)) throw error
    return afterTrouble(ports, error, message)
  }
}

/** The request that a message is about, or that its grant came of. */
async function readHistory({ store }: DeliverPorts, { kind, id }: Subject): Promise<RequestHistory | null> {
  switch (kind) {
    case 'request':
      return store.histories.byRequest(id)
    case 'grant':
      return store.histories.byGrant(id)
    case 'account':
    case 'resource':
      throw new Error(`No message is about the ${kind} ${id}`)
  }
}

function subjectsOf({ request, grant }: RequestHistory): Subject[] {
  return [{ kind: 'request', id: request.id }, ...(grant ? [{ kind: 'grant', id: grant.id } as const] : [])]
}

/** Seconds. A card comes at once, or waits for somebody to invite the bot: the longer, the less often it is looked for. */
function pauseForCard({ request }: RequestHistory, now: Date): number {
  return Math.min(mendableSeconds, Math.max(2, differenceInSeconds(now, request.submittedAt) / 10))
}

async function put(
  { store, clock, messenger }: DeliverPorts,
  message: Delivery,
  standing: readonly DeliveredMessage[],
): Promise<void> {
  const { id: requestId } = message.history.request
  const addresses = standing.length > 0 ? standing : [null]
  for (const address of addresses) {
    const at = await messenger.deliver(message, address)
    if (at.ts === address?.ts && at.channelId === address.channelId) continue
    await store.transaction(async (tx) => {
      await tx.messages.record(message.key, at)
      // Kept, what is gone would be posted anew with each edit to come.
      if (address) await tx.messages.forget(message.key, address)
      // Only now do the owners have it, and the requester is told so.
      if (!address && message.purpose === 'card')
        await redeliver(tx, requestId, 'requester:submitted', clock.now())
    })
  }
}

/** The message is delivered, or nobody needs it: it no longer counts as undelivered, and security is told so. */
async function settle(
  { store, clock }: DeliverPorts,
  { key, history, undelivered }: Delivery,
): Promise<void> {
  const known = undelivered.find((message) => isSameMessage(message, key))
  if (!known) return
  await store.transaction(async (tx) => {
    await tx.messages.clearUndelivered(key)
    if (known.told) await redeliver(tx, history.request.id, 'security:undelivered', clock.now())
  })
}

async function afterTrouble(
  ports: DeliverPorts,
  error: MessengerError,
  message: Delivery,
): Promise<EffectOutcome> {
  const now = ports.clock.now()
  const { purpose, channelId, history } = message
  const { id: requestId, status, submittedAt } = history.request
  const isLate =
    purpose === 'card' && status === 'pending' && differenceInSeconds(now, submittedAt) >= patienceSeconds
  const fault = {
    message: 'a message could not be delivered',
    code: error.code,
    problem: error.message,
    about: { requestId, purpose, channelId },
  }
  if (!error.retryable && isOver(history)) {
    await settle(ports, message)
    return done(`could not be delivered: ${error.message}`, fault)
  }
  if (!error.retryable || isLate) await noteUndelivered(ports, error, message)
  if (error.retryAfterSeconds !== null) return retry(addSeconds(now, error.retryAfterSeconds), error.message)
  if (error.retryable) throw error
  return retry(addSeconds(now, mendableSeconds), error.message, fault)
}

/** Counts it, tells security once, and the requester where the owners do not have the request. */
async function noteUndelivered(
  { store, clock }: DeliverPorts,
  { code, message: problem }: MessengerError,
  { key, channelId, history, undelivered }: Delivery,
): Promise<void> {
  const requestId = history.request.id
  const known = undelivered.find((message) => isSameMessage(message, key))
  const mayTell = purposes[key.purpose].audience !== 'security'
  const since = known?.since ?? clock.now()
  await store.transaction(async (tx) => {
    const told = await tx.messages.noteUndelivered({ ...key, channelId, code, problem, since }, mayTell)
    if (told && !known?.told) await redeliver(tx, requestId, 'security:undelivered', clock.now())
    if (key.purpose === 'card' && !known) await redeliver(tx, requestId, 'requester:submitted', clock.now())
  })
}

async function redeliver(
  tx: Transaction,
  requestId: string,
  purpose: RequestPurpose,
  now: Date,
): Promise<void> {
  await tx.outbox.add({ kind: 'deliver_message', ...requestMessage(requestId, purpose) }, now)
}

/** Whether nothing more will happen to this request. */
function isOver({ request, grant }: RequestHistory): boolean {
  return request.status !== 'pending' && !(grant && isLive(grant))
}

function channelFor(audience: Audience, { request }: RequestHistory, catalog: Catalog): string | null {
  switch (audience) {
    case 'security':
      return catalog.security.channel
    case 'requester':
      return null
    case 'owners':
    case 'owners_thread':
      // A resource that left the catalog has no owners' channel any more; security stands in for them.
      return catalog.resources.get(request.asksFor.resourceId)?.owners.channel ?? catalog.security.channel
  }
}

export const deliverMessageEffect = defineEffect({
  kind: 'deliver_message',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(deliverMessage),
})
