import type { AuditAction, AuditEvent } from '../../domain/audit-event.ts'
import { UnknownAccount } from '../../domain/directory.ts'
import type { Ports } from '../../domain/ports.ts'
import type { AccessRequest } from '../../domain/request.ts'
import { ofRequest } from './audit-events.ts'
import { type AccountKey, freshAtClick } from './person.ts'
import { recordRefusal } from './record-refusal.ts'

/** Records a click on a button of another person's request. Throws `DirectoryUnavailable`. */
export async function refuseOther(
  ports: Pick<Ports, 'store' | 'clock' | 'directory'>,
  by: AccountKey,
  request: AccessRequest,
  action: RefusedAction,
): Promise<{ readonly kind: 'not_yours' }> {
  await recordClick(ports, by, request, action, {})
  return { kind: 'not_yours' }
}

/** Records a click on a button of one's own request that a rule of Daypass refuses. Throws `DirectoryUnavailable`. */
export function recordOwnRefusal(
  ports: Pick<Ports, 'store' | 'clock' | 'directory'>,
  by: AccountKey,
  request: AccessRequest,
  action: RefusedAction,
  details: AuditEvent['details'],
): Promise<void> {
  return recordClick(ports, by, request, action, details)
}

async function recordClick(
  ports: Pick<Ports, 'store' | 'clock' | 'directory'>,
  by: AccountKey,
  request: AccessRequest,
  action: RefusedAction,
  details: AuditEvent['details'],
): Promise<void> {
  const account = await ports.directory.account(by.userId, freshAtClick)
  if (!account) throw new UnknownAccount(by.userId)
  await recordRefusal(ports, account, (actor, at) => ofRequest(request, action, actor, at, { details }))
}

export type RefusedAction = Extract<AuditAction, `${string}_refused`>
