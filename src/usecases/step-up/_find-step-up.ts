import type { Account } from '../../domain/account.ts'
import type { Json } from '../../domain/json.ts'
import type { Ports } from '../../domain/ports.ts'
import type { StatedTerms } from '../../domain/stated-terms.ts'
import type { Intent, StepUp } from '../../domain/step-up.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { boundTerms, hashOfTerms, hashOfToken } from './_hashes.ts'
import { type StatePorts, stateTerms } from './_state-terms.ts'

export type FindPorts = StatePorts & Pick<Ports, 'clock'>

/** A link that can be used now. */
export interface OpenStepUp {
  readonly kind: 'open'
  readonly stepUp: StepUp
  readonly intent: Intent
  readonly account: Account
  readonly terms: StatedTerms
  /** What the audit log keeps of the terms. */
  readonly bound: Record<string, Json>
}

/** `changed`: the terms are not those of the link any more, or the account has another person. */
export interface ClosedStepUp {
  readonly kind: 'closed'
  readonly why: 'unknown' | 'used' | 'expired' | 'changed'
  /** Null: there is no such link. */
  readonly stepUp: StepUp | null
}

/** Looks a link up. Nothing is used or recorded by this. */
export async function findStepUp(ports: FindPorts, token: string): Promise<OpenStepUp | ClosedStepUp> {
  const stepUp = await ports.store.stepUpByToken(hashOfToken(token))
  const closed = (why: ClosedStepUp['why']): ClosedStepUp => ({ kind: 'closed', why, stepUp })
  if (!stepUp) return closed('unknown')
  if (stepUp.usedAt !== null || !stepUp.intent) return closed('used')
  if (ports.clock.now() >= stepUp.expiresAt) return closed('expired')
  const { intent, kind, nonce } = stepUp
  const account = await ports.store.transaction((tx) => tx.accounts.find(stepUp.accountId))
  const terms = account && (await stateTerms(ports, account, intent))
  if (!account || !terms || account.personId !== stepUp.personId) return closed('changed')
  const bound = boundTerms(kind, account, terms, nonce)
  if (hashOfTerms(bound) !== stepUp.termsHash) return closed('changed')
  return { kind: 'open', stepUp, intent, account, terms, bound }
}

/** Looks a link up for a proof. Records it where the link cannot be used any more. */
export async function findForProof(ports: FindPorts, token: string): Promise<OpenStepUp | ClosedStepUp> {
  const found = await findStepUp(ports, token)
  if (found.kind === 'open' || !found.stepUp) return found
  const { stepUp, why } = found
  const account = await ports.store.transaction((tx) => tx.accounts.find(stepUp.accountId))
  if (account) await refuseProof(ports, { stepUp, account }, why)
  return found
}

/** Records that a proof was refused. `detail`: for operators. */
export async function refuseProof(
  ports: Pick<Ports, 'store' | 'clock' | 'directory'>,
  { stepUp, account }: Pick<OpenStepUp, 'stepUp' | 'account'>,
  why: string,
  detail: string | null = null,
): Promise<void> {
  const slack = await ports.directory.account(account.userId, { maxAgeSeconds: 3600 })
  if (!slack) return
  await recordRefusal(ports, slack, (actor, at, accountId) => ({
    ...ofNoRequest({ kind: 'account', id: accountId }),
    requestId: stepUp.requestId,
    at,
    actor,
    accountId,
    action: 'step_up.refused',
    details: { why, kind: stepUp.kind, step_up_id: stepUp.id, ...(detail === null ? {} : { detail }) },
  }))
}
