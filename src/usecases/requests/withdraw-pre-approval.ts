import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { ofRequest } from '../_shared/audit-events.ts'
import { judgeAboutGrant } from '../_shared/judge-about-grant.ts'
import type { AccountKey } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { withdrawOne } from '../_shared/withdraw-one.ts'

export type WithdrawAnswer =
  | { readonly kind: 'withdrawn' | 'over'; readonly history: RequestHistory }
  | { readonly kind: 'refused'; readonly policy: PolicyResult }
  | { readonly kind: 'unknown' }

/**
 * Ends a pre-approval now. Whoever may revoke the access may do so. Leases that are open stay open. Throws
 * `DirectoryUnavailable`.
 */
export async function withdrawPreApproval(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>,
  { by, requestId }: { by: AccountKey; requestId: string },
): Promise<WithdrawAnswer> {
  const { store, clock } = ports
  const history = await store.histories.byRequest(requestId)
  const made = history?.madePreApproval
  if (!history || !made) return { kind: 'unknown' }
  const { person, policy } = await judgeAboutGrant(ports, by, history, 'revoke')
  if (!policy.allowed) {
    await recordRefusal(ports, person.account, (actor, at) =>
      ofRequest(history.request, 'pre_approval.withdrawal_refused', actor, at, { policy }),
    )
    return { kind: 'refused', policy }
  }
  const kind = await store.transaction(async (tx) => {
    const open = await tx.preApprovals.lock(made.id)
    if (!open || open.withdrawal) return 'over'
    const account = await tx.accounts.upsert(person.account)
    await withdrawOne(tx, open, { by: account, at: clock.now(), policy })
    return 'withdrawn'
  })
  return { kind, history: (await store.histories.byRequest(requestId)) ?? history }
}
