import type { SlackAccount } from '../../domain/account.ts'
import type { AuditEvent } from '../../domain/audit-event.ts'
import { idPattern } from '../../domain/catalog.ts'
import type { Ports } from '../../domain/ports.ts'
import { ofNoRequest } from './audit-events.ts'
import { recordRefusal } from './record-refusal.ts'

/** Records a request for unknown names, so that guessing of names is visible. Free text is not recorded: it could not be erased. */
export async function recordUnknownName(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog'>,
  asker: SlackAccount,
  { resourceId, entitlementId }: { readonly resourceId: string; readonly entitlementId: string },
): Promise<void> {
  const isKnown = ports.catalog.resources.has(resourceId)
  if ((isKnown ? entitlementId : resourceId).trim() === '') return
  const details = {
    why: 'unknown_name',
    resource: nameOrNull(resourceId),
    entitlement: nameOrNull(entitlementId),
  }
  await recordRefusedAsk(ports, asker, { details })
}

function nameOrNull(typed: string): string | null {
  return idPattern.test(typed) ? typed : null
}

/** Records that a request was refused, by policy or for another reason. */
export function recordRefusedAsk(
  ports: Pick<Ports, 'store' | 'clock'>,
  asker: SlackAccount,
  what: Partial<Pick<AuditEvent, 'resourceId' | 'entitlementId' | 'policy' | 'details'>>,
): Promise<void> {
  return recordRefusal(ports, asker, (actor, at, accountId) => ({
    ...ofNoRequest({ kind: 'account', id: accountId }),
    at,
    actor,
    action: 'request.refused',
    accountId,
    details: {},
    ...what,
  }))
}
