import { createHash } from 'node:crypto'
import type { AccessOrder } from '../../domain/connector.ts'
import { grantToken } from '../_shared/lease-name.ts'
import type { WebhookEntitlement } from './schema.ts'

export type Order = AccessOrder<WebhookEntitlement | null>

/** The operations about one lease. */
export type LeaseOperation = 'grant' | 'revoke' | 'read' | 'credentials'

/** One call of the receiver, before it is signed. */
export interface Call {
  /** As the receiver reads it: `access.grant`. */
  readonly type: `access.${LeaseOperation | 'status' | 'list' | 'check'}` | `action.${'run' | 'read'}`
  readonly data: Readonly<Record<string, unknown>>
  /** Equal for repeats of one operation with the same content. */
  readonly idempotencyKey?: string
}

/** A call about one lease. docs/connectors/webhook.md describes it. */
export function leaseCall(operation: LeaseOperation, order: Order): Call {
  const { holder, content, alsoHeld = [] } = order
  const what = {
    parameters: content?.parameters ?? null,
    login: holder.identity ?? null,
    alsoHeld: alsoHeld.map(({ grantId, entitlementId, content: { parameters } }) => ({
      grant: grantId,
      entitlement: entitlementId,
      parameters,
    })),
  }
  const until = order.until.toISOString()
  return {
    type: `access.${operation}`,
    data: {
      resource: order.resourceId,
      grant: order.grantId,
      reference: order.reference,
      entitlement: order.entitlementId,
      parameters: what.parameters,
      holder: { login: what.login, name: holder.displayName, slackUser: holder.userId },
      until,
      alsoHeld: what.alsoHeld,
    },
    idempotencyKey: keyOf(operation, order, operation === 'grant' ? { ...what, until } : what),
  }
}

/** Asks how far an operation has come that the receiver answered with "pending". */
export function statusCall({ type, data, ...rest }: Call): Call {
  return { type: 'access.status', data: { operation: type.replace('access.', ''), ...data }, ...rest }
}

/** The grant, the operation and a hash of what it is to bring about: a repeat has the same key, a changed content another one. */
function keyOf(operation: LeaseOperation, { grantId }: Order, what: object): string {
  const hash = createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 16)
  return `${grantToken(grantId)}.${operation}.${hash}`
}
