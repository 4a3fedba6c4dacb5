import type { Ports } from '../../domain/ports.ts'
import type { AccountKey } from '../_shared/person.ts'
import {
  answerOf,
  type DecisionAnswer,
  type DecisionOutcome,
  decideInTransaction,
  type PreparedDecision,
  prepareDecision,
} from '../requests/decide-request.ts'

/** One verdict on several requests of one card. */
export interface BundleVerdict {
  readonly by: AccountKey
  readonly verdict: 'approve' | 'deny'
  /** Required for `deny`. */
  readonly reason: string | null
  /** As the pressed button showed them: each request with its open stage. */
  readonly parts: readonly { readonly requestId: string; readonly stage: number | null }[]
}

export interface DecidedPart {
  readonly requestId: string
  readonly answer: DecisionAnswer
}

type DecidePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/**
 * Records one approver's verdict on each part as on a request of its own: each is judged by itself, and those that may be recorded
 * are, in one transaction. A part that needs a proof is not decided: a proof is for one click on one request. Throws
 * `DirectoryUnavailable`.
 */
export async function decideBundle(
  ports: DecidePorts,
  { by, verdict, reason, parts }: BundleVerdict,
): Promise<DecidedPart[]> {
  const prepared = await Promise.all(
    parts.map(({ requestId, stage }) => prepareDecision(ports, { by, requestId, verdict, reason, stage })),
  )
  const ready = prepared.filter((one): one is PreparedDecision => !('answer' in one))
  // In one order, so that two people who decide at once wait for each other, and never in a circle.
  const inOrder = ready.toSorted((a, b) => a.input.requestId.localeCompare(b.input.requestId))
  const now = ports.clock.now()
  const outcomes = await ports.store.transaction(async (tx) => {
    const outcomes = new Map<PreparedDecision, DecisionOutcome>()
    for (const one of inOrder) outcomes.set(one, await decideInTransaction(ports, tx, one, now))
    return outcomes
  })
  const answers: DecidedPart[] = []
  for (const [index, one] of prepared.entries()) {
    const requestId = parts[index]?.requestId ?? ''
    const outcome = 'answer' in one ? null : outcomes.get(one)
    if ('answer' in one) answers.push({ requestId, answer: one.answer })
    else if (outcome) answers.push({ requestId, answer: await answerOf(ports, one, outcome) })
  }
  return answers
}
