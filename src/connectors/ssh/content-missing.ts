import { type AccessOrder, ConnectorError } from '../../domain/connector.ts'
import type { Target } from './target.ts'

/** A certificate says what was approved, and this version cannot read it. */
export function contentMissing({ resourceId }: Target, order: AccessOrder<unknown>): ConnectorError {
  const message = `${resourceId}: what ${order.entitlementId} gives is not understood by this version of Daypass: ask for it again`
  return new ConnectorError('misconfigured', message, { retryable: false })
}
