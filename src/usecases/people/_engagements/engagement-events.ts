import type { Actor, AuditAction, AuditEvent, Json } from '../../../domain/audit-event.ts'
import type { Engagement, Identity } from '../../../domain/engagement.ts'
import { ofNoRequest } from '../../_shared/audit-events.ts'

/** An event about an engagement. It names its person; the company is in the engagement. */
export function ofEngagement(
  { id, personId }: Pick<Engagement, 'id' | 'personId'>,
  action: AuditAction & `engagement.${string}`,
  actor: Actor,
  at: Date,
  details: Record<string, Json> = {},
): AuditEvent {
  return {
    ...ofNoRequest({ kind: 'engagement', id }),
    at,
    actor,
    action,
    details: { person: personId, ...details },
  }
}

/** An event about a login of a person. */
export function identityEvent(
  { personId, system, login }: Pick<Identity, 'personId' | 'system' | 'login'>,
  action: 'identity.confirmed' | 'identity.withdrawn',
  actor: Actor,
  at: Date,
  details: Record<string, Json> = {},
): AuditEvent {
  return {
    ...ofNoRequest({ kind: 'person', id: personId }),
    at,
    actor,
    action,
    details: { system, login, ...details },
  }
}
