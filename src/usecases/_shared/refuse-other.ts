import type { AuditAction } from '../../domain/audit-event.ts'
import { type Ports, UnknownAccount } from '../../domain/ports.ts'
import type { AccessRequest } from '../../domain/request.ts'
import { ofRequest } from './audit-events.ts'
import { type AccountKey, freshAtClick } from './person.ts'
import { recordRefusal } from './record-refusal.ts'

/** Records a click on a button of another person's request. Throws `DirectoryUnavailable`. */
export async function refuseOther(
  ports: Pick<Ports, 'store' | 'clock' | 'directory'>,
  by: AccountKey,
  request: AccessRequest,
  action: Extract<AuditAction, `${string}_refused`>,
): Promise<{ readonly kind: 'not_yours' }> {
  const account = await ports.directory.account(by.userId, freshAtClick)
  if (!account) throw new UnknownAccount(by.userId)
  await recordRefusal(ports, account, (actor, at) => ofRequest(request, action, actor, at))
  return { kind: 'not_yours' }
}
