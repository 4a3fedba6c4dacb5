import { actorOf } from '../../domain/audit-event.ts'
import type { ReviewVerdict } from '../../domain/break-glass.ts'
import type { Freeze } from '../../domain/freeze.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import { said } from '../../domain/record/said-text.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { ofRequest } from '../_shared/audit-events.ts'
import { type FieldProblem, readReason } from '../_shared/field-problem.ts'
import { frozenDetails, personFrozen } from '../_shared/frozen.ts'
import { judgeAboutGrant } from '../_shared/judge-about-grant.ts'
import { orderRequestMessages } from '../_shared/order-messages.ts'
import type { AccountKey, Identified } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'

export interface Review {
  readonly by: AccountKey
  readonly requestId: string
  readonly verdict: ReviewVerdict
  readonly finding: string
}

/** `reviewed_before`: another person was first. `still_open`: the access is still there, so it cannot be judged as a whole. */
export type NotReviewable =
  | { readonly kind: 'reviewed_before' | 'still_open'; readonly history: RequestHistory }
  | { readonly kind: 'refused'; readonly policy: PolicyResult; readonly history: RequestHistory }
  /** The reviewer is frozen. */
  | { readonly kind: 'frozen'; readonly freeze: Freeze }
  | { readonly kind: 'unknown' }

export type MayReviewAnswer = { readonly kind: 'may'; readonly history: RequestHistory } | NotReviewable

export type ReviewAnswer =
  | { readonly kind: 'reviewed'; readonly history: RequestHistory }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem<'reason'>[] }
  | NotReviewable

type ReviewPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Dry run of `reviewBreakGlass`. It also records a refusal. */
export async function mayReview(
  ports: ReviewPorts,
  { by, requestId }: Pick<Review, 'by' | 'requestId'>,
): Promise<MayReviewAnswer> {
  const answer = await askPolicy(ports, by, requestId)
  return answer.kind === 'may' ? { kind: 'may', history: answer.history } : answer
}

/** Records the finding of a person whom policy lets review. The holder may then break glass again. Throws `DirectoryUnavailable`. */
export async function reviewBreakGlass(ports: ReviewPorts, review: Review): Promise<ReviewAnswer> {
  const allowed = await askPolicy(ports, review.by, review.requestId)
  if (allowed.kind !== 'may') return allowed
  const read = readReason(review.finding)
  if ('problem' in read) return { kind: 'invalid', problems: [read.problem] }
  const { store, clock } = ports
  const { policy, history, person } = allowed
  const kind = await store.transaction(async (tx): Promise<'reviewed' | 'reviewed_before'> => {
    const open = await tx.reviews.lock(review.requestId)
    if (open?.outcome !== null) return 'reviewed_before'
    const account = await tx.accounts.upsert(person.account)
    const at = clock.now()
    const { verdict } = review
    await tx.reviews.close(review.requestId, { byId: account.id, at, verdict, finding: read.reason, policy })
    const rest = {
      policy,
      details: { verdict },
      said: said(review.requestId, { review_finding: read.reason }),
    }
    await tx.audit.append(ofRequest(history.request, 'break_glass.reviewed', actorOf(account), at, rest))
    const messages = [
      'card',
      'thread:reviewed',
      'requester:reviewed',
      'security:break_glass',
      'security:review_overdue',
      'thread:review_overdue',
    ] as const
    await orderRequestMessages(tx, review.requestId, messages, at)
    return 'reviewed'
  })
  return { kind, history: (await store.histories.byRequest(review.requestId)) ?? history }
}

interface Permitted {
  readonly kind: 'may'
  readonly history: RequestHistory
  readonly person: Identified
  readonly policy: PolicyResult
}

async function askPolicy(
  ports: ReviewPorts,
  by: AccountKey,
  requestId: string,
): Promise<Permitted | NotReviewable> {
  const history = await ports.store.histories.byRequest(requestId)
  if (!history?.review) return { kind: 'unknown' }
  const { person, policy } = await judgeAboutGrant(ports, by, history, 'review')
  if (!policy.allowed) {
    await recordRefusal(ports, person.account, (actor, at) =>
      ofRequest(history.request, 'break_glass.review_refused', actor, at, { policy }),
    )
    return { kind: 'refused', policy, history }
  }
  const freeze = await ports.store.transaction(async (tx) =>
    personFrozen(tx, await tx.accounts.upsert(person.account), ports.clock.now()),
  )
  if (freeze) {
    await recordRefusal(ports, person.account, (actor, at) =>
      ofRequest(history.request, 'break_glass.review_refused', actor, at, {
        policy,
        details: frozenDetails(freeze),
      }),
    )
    return { kind: 'frozen', freeze }
  }
  if (history.review.outcome) return { kind: 'reviewed_before', history }
  if (isOpen(history)) return { kind: 'still_open', history }
  return { kind: 'may', history, person, policy }
}

/** The holder may still use the access. A failed revocation does not hinder the review. */
function isOpen({ grant }: RequestHistory): boolean {
  return grant?.status === 'activating' || grant?.status === 'active'
}
