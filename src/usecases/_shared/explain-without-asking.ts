import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { PreApproval } from '../../domain/pre-approval.ts'
import type { AccessRequest, Reference } from '../../domain/request.ts'
import type { Assessment, Permitted } from './assess-request.ts'
import { assessBreakGlass, openReviewOf } from './judge-break-glass.ts'
import { type ApprovedBy, approvedBy, findPreApproval } from './without-asking.ts'

/** How a request would be approved. */
export interface ExplainedApproval extends Pick<ApprovedBy, 'byRule'> {
  readonly how: Exclude<AccessRequest['how'], 'break_glass'>
  /** The pre-approval that would approve it. */
  readonly preApproval: ExplainedPreApproval | null
}

interface ExplainedPreApproval extends Pick<PreApproval, 'reference' | 'goodThrough' | 'maxDurationSeconds'> {
  readonly madeBy: { readonly userId: string; readonly displayName: string }
}

/** Whether this person could take it at once in an emergency. */
export interface ExplainedBreakGlass {
  readonly maxDurationSeconds: number
  readonly policy: PolicyResult
  /** An earlier break-glass of this person, which has to be reviewed first. */
  readonly openReview: Reference | null
}

/** Decides as a submission does. The transaction writes nothing: the account was stored when it was identified. */
export async function explainApproval(
  { store, catalog, clock }: Pick<Ports, 'store' | 'catalog' | 'clock'>,
  assessed: Permitted,
): Promise<ExplainedApproval> {
  return store.transaction(async (tx) => {
    const now = clock.now()
    const { id: requesterId } = await tx.accounts.upsert(assessed.asker.account)
    const found = await findPreApproval(tx, assessed, now)
    const { preApproval, byRule } = await approvedBy(tx, catalog, assessed, found, { requesterId, now })
    if (!preApproval)
      return { how: byRule && byRule.left > 0 ? 'self_serve' : 'approval', preApproval, byRule }
    const maker = await tx.accounts.find(preApproval.madeById)
    if (!maker) throw new Error(`the maker of ${preApproval.reference} is not stored`)
    const { reference, goodThrough, maxDurationSeconds } = preApproval
    const madeBy = { userId: maker.userId, displayName: maker.displayName }
    return {
      how: 'pre_approval',
      byRule,
      preApproval: { reference, goodThrough, maxDurationSeconds, madeBy },
    }
  })
}

/** Judged for the longest time, as before the form opens. A refused request does not hinder it. */
export async function explainBreakGlass(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy'>,
  assessed: Assessment,
): Promise<ExplainedBreakGlass | null> {
  if (assessed.kind === 'unknown' || !assessed.entitlement.breakGlass) return null
  const { maxDurationSeconds } = assessed.entitlement.breakGlass
  const { kind, policy } = await assessBreakGlass(ports, assessed.asker, assessed, null)
  const openReview = kind === 'admitted' ? await openReviewOf(ports, assessed.asker) : null
  return { maxDurationSeconds, policy, openReview }
}
