import type { AuditEvent } from '../../../domain/audit-event.ts'
import type { Alert } from '../../../domain/noticing/alert.ts'
import type { Subject } from '../../../domain/subject.ts'

/** The ids of an event about an alert: those of its request or grant, so that it stands in their history. */
export function aboutAlert({
  about,
  requestId,
  grantId,
  resourceId,
  entitlementId,
}: Pick<Alert, 'about' | 'requestId' | 'grantId' | 'resourceId' | 'entitlementId'>) {
  return {
    subject: subjectOf({ about, requestId, grantId, resourceId }),
    requestId,
    grantId,
    accountId: about?.id ?? null,
    resourceId,
    entitlementId,
    policy: null,
  } satisfies Partial<AuditEvent>
}

function subjectOf({
  about,
  requestId,
  grantId,
  resourceId,
}: Pick<Alert, 'about' | 'requestId' | 'grantId' | 'resourceId'>): Subject | null {
  if (grantId !== null) return { kind: 'grant', id: grantId }
  if (requestId !== null) return { kind: 'request', id: requestId }
  if (about) return { kind: 'account', id: about.id }
  return resourceId === null ? null : { kind: 'resource', id: resourceId }
}
