import { addSeconds } from 'date-fns/addSeconds'
import type { AccountChangeSeen } from '../../domain/account-change.ts'
import type { Json } from '../../domain/audit-event.ts'
import type { Catalog, Entitlement } from '../../domain/catalog.ts'
import type { PolicyQuestion, PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import {
  type Intent,
  type Proof,
  ProofNotUsable,
  type StepUpMoment,
  type StepUpRules,
  usualStepUp,
  type VerifiedFacts,
} from '../../domain/step-up.ts'
import type { Transaction } from '../../domain/transaction.ts'

/** The click waits for a proof of who is clicking. `intent` carries it out once the proof is there. */
export interface NeedsProof {
  readonly kind: 'needs_proof'
  readonly intent: Intent
}

export function needsProof(intent: Intent): NeedsProof {
  return { kind: 'needs_proof', intent }
}

export function stepUpRules({ security }: Pick<Catalog, 'security'>): StepUpRules {
  return security.stepUp ?? usualStepUp
}

/** The change of the account for which it still needs a proof. Null: none, or it was long ago. */
export function changedLately(
  catalog: Pick<Catalog, 'security'>,
  change: AccountChangeSeen | null,
  now: Date,
): AccountChangeSeen | null {
  const { afterChangeSeconds } = stepUpRules(catalog)
  if (!change || afterChangeSeconds === null) return null
  return now < addSeconds(change.at, afterChangeSeconds) ? change : null
}

/** Whether the catalog asks this person for a proof at this moment: by the entitlement, or because the account changed lately. */
export function asksForProof(
  { catalog, clock }: Pick<Ports, 'catalog' | 'clock'>,
  { stepUp = [] }: Pick<Entitlement, 'stepUp'>,
  moment: StepUpMoment,
  { change }: { readonly change: AccountChangeSeen | null },
): boolean {
  return stepUp.includes(moment) || changedLately(catalog, change, clock.now()) !== null
}

/** What policies see of a proof. */
export function verifiedBy(proof: Proof | undefined, now: Date): VerifiedFacts | undefined {
  if (!proof) return undefined
  return {
    method: proof.method,
    ageSeconds: Math.max(0, Math.round((now.getTime() - proof.at.getTime()) / 1000)),
  }
}

/**
 * Asks the policies. Where they refuse a click without a proof, asks again as if it had a fresh one: if they then permit it, the
 * person is asked for one instead of being refused.
 */
export function judgeWithProof(
  { policy, catalog }: Pick<Ports, 'policy' | 'catalog'>,
  verified: VerifiedFacts | undefined,
  question: PolicyQuestion,
): { readonly policy: PolicyResult; readonly needsProof: boolean } {
  const judged = policy.judge(verified ? { ...question, verified } : question)
  if (judged.allowed || verified || !policy.reads.has('verified'))
    return { policy: judged, needsProof: false }
  for (const method of stepUpRules(catalog).methods) {
    const proven = policy.judge({ ...question, verified: { method, ageSeconds: 0 } })
    if (proven.allowed) return { policy: proven, needsProof: true }
  }
  return { policy: judged, needsProof: false }
}

/**
 * Uses the proof up, in the transaction of what it proves. Throws `ProofNotUsable`, which rolls everything back: another delivery
 * used it, or it came too late.
 */
export async function useProof(tx: Transaction, proof: Proof | undefined, now: Date): Promise<void> {
  if (!proof) return
  const stepUp = await tx.stepUps.lock(proof.stepUpId)
  if (!stepUp || stepUp.usedAt !== null) throw new ProofNotUsable('used')
  if (now >= stepUp.expiresAt) throw new ProofNotUsable('expired')
  if (proof.passkey) {
    const { id, counter } = proof.passkey
    const passkey = await tx.passkeys.lock(id)
    if (!passkey || passkey.removedAt !== null) throw new ProofNotUsable('passkey_removed')
    // An authenticator that does not count says 0 each time: https://www.w3.org/TR/webauthn-3/#sctn-sign-counter
    const counts = counter > 0 || passkey.counter > 0
    if (counts && counter <= passkey.counter) throw new ProofNotUsable('counter_went_back')
    await tx.passkeys.used(id, { counter, at: now })
  }
  await tx.stepUps.use(proof.stepUpId, now, proof.method)
}

/** What an audit event keeps of a proof. */
export function proofDetails(proof: Proof | undefined): Record<string, Json> {
  return proof ? { step_up: proof.evidence } : {}
}
