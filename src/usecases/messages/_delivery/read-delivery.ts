import { onSameCard } from '../../../domain/bundle-place.ts'
import type { Catalog } from '../../../domain/catalog.ts'
import {
  type Audience,
  isSameMessage,
  type MessageKey,
  type MessagePurpose,
  purposes,
  readerOf,
  taskDirectionOf,
} from '../../../domain/message.ts'
import type { DeliveredMessage } from '../../../domain/messenger.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import type { Store } from '../../../domain/store.ts'
import type { Subject } from '../../../domain/subject.ts'
import type { Task } from '../../../domain/task.ts'
import type { DeliverPorts, Delivery } from './delivery.ts'

/** Reads the state that a message is to show, and where it was posted before. Null: its subject does not exist. */
export async function readDelivery(
  { store, clock, catalog }: DeliverPorts,
  key: MessageKey,
): Promise<{ message: Delivery; posted: readonly DeliveredMessage[] } | null> {
  const { subject, purpose } = key
  const history = await readHistory(store, subject)
  if (!history) return null
  const cardId = history.bundle?.cardId ?? history.request.id
  const subjects = [...subjectsOf(history), ...cardElsewhere(history, cardId)]
  const [messages, undelivered] = await store.transaction((tx) =>
    Promise.all([tx.messages.list(subjects), tx.messages.listUndelivered(subjects)]),
  )
  const together = await readTogether(store, history, purpose)
  const card = messages.find((message) => message.purpose === 'card' && message.subject.id === cardId) ?? null
  const channelId = channelFor(purposes[purpose].audience, history, catalog, key)
  const reader = readerFor(history, key)
  return {
    message: {
      ...{ key, purpose, history, card, channelId, undelivered, together, now: clock.now() },
      ...(reader === undefined ? {} : { reader }),
    },
    posted: messages.filter((message) => message.subject.id === subject.id && isSameMessage(message, key)),
  }
}

/** The history of the request that a message is about. For a grant: of the request that the grant came of. */
async function readHistory(store: Store, { kind, id }: Subject): Promise<RequestHistory | null> {
  switch (kind) {
    case 'request':
      return store.histories.byRequest(id)
    case 'grant':
      return store.histories.byGrant(id)
    case 'account':
    case 'person':
    case 'engagement':
    case 'resource':
    case 'freeze':
    case 'panic':
    case 'campaign':
    case 'hold':
      throw new Error(`No message is about the ${kind} ${id}`)
  }
}

/** All requests that one message tells, in the order of their references. Empty: it tells one. */
async function readTogether(
  store: Store,
  { request, bundle }: RequestHistory,
  purpose: MessagePurpose,
): Promise<RequestHistory[]> {
  if (purpose === 'card') {
    const ids = bundle ? onSameCard(bundle) : []
    return ids.length > 1 ? store.histories.byRequests(ids) : []
  }
  if (purpose !== 'shared_notice') return []
  const ids = await store.transaction((tx) => tx.sharedNotices.requestsOf(request.id))
  const histories = await store.histories.byRequests(ids)
  const numberOf = ({ request: { reference } }: RequestHistory) => Number(reference.slice('AR-'.length))
  return histories.toSorted((a, b) => numberOf(a) - numberOf(b))
}

function subjectsOf({ request, grant }: RequestHistory): Subject[] {
  return [{ kind: 'request', id: request.id }, ...(grant ? [{ kind: 'grant', id: grant.id } as const] : [])]
}

/** Of a part of a bundle that stands on the card of another part. */
function cardElsewhere({ request }: RequestHistory, cardId: string): Subject[] {
  return cardId === request.id ? [] : [{ kind: 'request', id: cardId }]
}

function channelFor(
  audience: Audience,
  history: RequestHistory,
  catalog: Catalog,
  { variant, purpose }: Pick<MessageKey, 'variant' | 'purpose'>,
): string | null {
  const { request } = history
  switch (audience) {
    case 'security':
      return catalog.security.channel
    case 'requester':
    case 'sponsor':
      return null
    case 'assignees':
      return taskFor(history, purpose)?.channelId ?? null
    case 'told':
      return request.terms.tell[variant] ?? null
    case 'owners':
    case 'owners_thread':
      // A resource that left the catalog has no owners' channel. Security takes the place of the owners.
      return catalog.resources.get(request.asksFor.resourceId)?.owners.channel ?? catalog.security.channel
  }
}

function taskFor({ tasks }: RequestHistory, purpose: MessageKey['purpose']): Task | null {
  const direction = taskDirectionOf(purpose)
  return tasks.find((task) => task.direction === direction) ?? null
}

/** Where a task is told by direct messages: who gets this one. */
function readerFor(history: RequestHistory, { purpose, variant }: MessageKey): string | undefined {
  const task = taskFor(history, purpose)
  return task?.channelId === null ? task.readers[readerOf(variant)] : undefined
}
