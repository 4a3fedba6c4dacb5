import { isOpen } from '../../../domain/grant.ts'
import { isUnderWay } from '../../../domain/lease-extension.ts'
import type { MessageKey } from '../../../domain/message.ts'
import type { OutgoingMessage } from '../../../domain/messenger.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'

export type DeliverPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'messenger'>

/** One delivery of a message: its key, and the state that it is to show. */
export type Delivery = OutgoingMessage & { readonly key: MessageKey }

/** Some failures need a person: to invite the bot, or to give it a scope. A delivery with one is repeated at this interval. */
export const mendableSeconds = 60

/** Whether the requests and grants of this message have reached their end. */
export function isSettled({ history, together = [] }: Delivery): boolean {
  return [history, ...together].every(isOver)
}

/** Whether this request and its grant have reached their end. */
export function isOver({ request, grant, extends: extended }: RequestHistory): boolean {
  if (extended) return request.status !== 'pending' && !isUnderWay({ request, outcome: extended.outcome })
  return request.status !== 'pending' && !(grant && isOpen(grant))
}
