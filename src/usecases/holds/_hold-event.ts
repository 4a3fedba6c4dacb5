import type { Actor, AuditAction, AuditEvent } from '../../domain/audit-event.ts'
import type { LegalHold } from '../../domain/record/legal-hold.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { scopeIds } from '../_shared/freeze-event.ts'

/** An event about a legal hold. Its reason is on the hold itself. */
export function ofHold(
  { id, reference, scope, from, to }: LegalHold,
  action: Extract<AuditAction, `hold.${string}`>,
  actor: Actor,
  at: Date,
  details: AuditEvent['details'] = {},
): AuditEvent {
  const ids = scope.kind === 'request' ? { requestId: scope.requestId } : scopeIds(scope)
  return {
    ...ofNoRequest({ kind: 'hold', id }),
    ...ids,
    ...{ at, actor, action },
    details: {
      hold: reference,
      scope: scope.kind,
      from: from?.toISOString() ?? null,
      to: to?.toISOString() ?? null,
      ...details,
    },
  }
}
