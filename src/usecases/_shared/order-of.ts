import { addSeconds } from 'date-fns/addSeconds'
import type { Account } from '../../domain/account.ts'
import type { AccessOrder } from '../../domain/connector.ts'
import { ConnectorError } from '../../domain/connector.ts'
import type { Failure, Grant } from '../../domain/grant.ts'
import type { AccessRequest } from '../../domain/request.ts'

/** The order for a connector, from a grant. */
export function orderOf(
  grant: Grant,
  request: Pick<AccessRequest, 'reference'>,
  holder: Pick<Account, 'displayName' | 'userId'>,
  until: Date,
): AccessOrder {
  return {
    grantId: grant.id,
    reference: request.reference,
    resourceId: grant.resourceId,
    entitlementId: grant.entitlementId,
    content: grant.approvedContent,
    holder: {
      displayName: holder.displayName,
      userId: holder.userId,
      ...(grant.login === undefined ? {} : { identity: grant.login }),
    },
    until,
    ...('lease' in grant && grant.lease ? { since: grant.lease.activatedAt } : {}),
    ...(grant.before && { before: grant.before }),
    ...('granted' in grant && grant.granted ? { given: grant.granted.facts } : {}),
  }
}

/** A target that asks for a longer pause is asked again after this one. */
const longestPauseSeconds = 300

/** Describes a failed operation. An error that the connector did not expect is retryable, because it may pass. */
export function failureOf(error: unknown, at: Date): { failure: Failure; retryable: boolean } {
  if (error instanceof ConnectorError) {
    const { code, message, retryable, retryAfterSeconds: pause } = error
    const notBefore =
      pause === null ? {} : { notBefore: addSeconds(at, Math.min(pause, longestPauseSeconds)) }
    return { failure: { code, message, at, ...notBefore }, retryable }
  }
  const message = `Daypass failed unexpectedly (${error instanceof Error ? error.name : typeof error}).`
  return { failure: { code: 'unexpected', message, at }, retryable: true }
}
