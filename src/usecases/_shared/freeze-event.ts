import type { Actor, AuditAction, AuditEvent } from '../../domain/audit-event.ts'
import type { Freeze, Scope } from '../../domain/freeze.ts'
import { ofNoRequest } from './audit-events.ts'

/** An event about a freeze. Its reason is on the freeze itself. */
export function ofFreeze(
  { id, scope, endsAt }: Freeze,
  action: Extract<AuditAction, `freeze.${string}`>,
  actor: Actor,
  at: Date,
  details: AuditEvent['details'] = {},
): AuditEvent {
  return {
    ...ofNoRequest({ kind: 'freeze', id }),
    ...scopeIds(scope),
    ...{ at, actor, action },
    details: { scope: scope.kind, ends_at: endsAt?.toISOString() ?? null, ...details },
  }
}

/** The ids by which searches find an event about this scope. */
export function scopeIds(scope: Scope): Pick<AuditEvent, 'accountId' | 'resourceId'> {
  return {
    accountId: scope.kind === 'person' ? scope.account.id : null,
    resourceId: scope.kind === 'resource' ? scope.resourceId : null,
  }
}
