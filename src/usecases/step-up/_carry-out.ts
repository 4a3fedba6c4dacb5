import { addSeconds } from 'date-fns/addSeconds'
import type { Account } from '../../domain/account.ts'
import { actorOf } from '../../domain/audit-event.ts'
import { UnknownAccount } from '../../domain/directory.ts'
import { codeSeconds } from '../../domain/passkey.ts'
import type { Ports } from '../../domain/ports.ts'
import { type Intent, type Proof, signInSystem } from '../../domain/step-up.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { accountKeyOf, freshAtClick } from '../_shared/person.ts'
import { proofDetails, stepUpRules, useProof } from '../_shared/proofs.ts'
import { identifyLead } from '../_shared/security-lead.ts'
import { type LiftAnswer, liftFreeze } from '../freezes/lift-freeze.ts'
import { type CredentialsAnswer, issueCredentials } from '../grants/issue-credentials.ts'
import { type PanicAnswer, panic } from '../panic/panic.ts'
import { identityEvent } from '../people/_engagements/engagement-events.ts'
import { type BreakGlassAnswer, breakGlass } from '../requests/break-glass.ts'
import { type DecisionAnswer, decideRequest } from '../requests/decide-request.ts'
import { type ExtendAnswer, extendLease } from '../requests/extend-lease.ts'
import { type PreApproveAnswer, preApprove } from '../requests/pre-approve.ts'
import { type RequestAnswer, requestAccess } from '../requests/request-access.ts'
import { hashOfCode, newCode } from './_hashes.ts'
import { orderPasskeyNotices } from './_passkey-notices.ts'
import { signInLogin } from './_sign-in-login.ts'

export type CarryOutPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory' | 'connectors'>

/** The answer of the use-case that the proof was for. `code`: it is shown once, on the page. */
export type Outcome =
  | { readonly kind: 'decide'; readonly verdict: 'approve' | 'deny'; readonly answer: DecisionAnswer }
  | { readonly kind: 'pre_approve'; readonly answer: PreApproveAnswer }
  | { readonly kind: 'request'; readonly answer: RequestAnswer }
  | { readonly kind: 'break_glass'; readonly answer: BreakGlassAnswer }
  | { readonly kind: 'extend'; readonly answer: ExtendAnswer }
  | { readonly kind: 'credentials'; readonly answer: CredentialsAnswer }
  | { readonly kind: 'panic'; readonly answer: PanicAnswer }
  | { readonly kind: 'lift_freeze'; readonly answer: LiftAnswer }
  | { readonly kind: 'remove_passkey'; readonly name: string | null }
  | { readonly kind: 'issue_code'; readonly code: string; readonly who: string; readonly expiresAt: Date }
  | { readonly kind: 'link_sign_in'; readonly who: string; readonly isTaken: boolean }
  /** The person may not do this, or not any more. */
  | { readonly kind: 'not_permitted' }

/**
 * Carries out what the proof is for, by the use-case that would have done it without a proof. It judges everything anew. Throws
 * `ProofNotUsable`, and `DirectoryUnavailable`.
 */
export async function carryOut(
  ports: CarryOutPorts,
  { intent, account, proof }: { intent: Intent; account: Account; proof: Proof },
): Promise<Outcome> {
  const by = accountKeyOf(account)
  switch (intent.kind) {
    case 'decide': {
      const answer = await decideRequest(ports, { ...intent, by, proof })
      return { kind: 'decide', verdict: intent.verdict, answer }
    }
    case 'pre_approve':
      return { kind: intent.kind, answer: await preApprove(ports, { ...intent, by, proof }) }
    case 'request': {
      const start = intent.startsAt === null ? null : { at: new Date(intent.startsAt) }
      return { kind: intent.kind, answer: await requestAccess(ports, { ...intent, start, asker: by, proof }) }
    }
    case 'break_glass':
      return { kind: intent.kind, answer: await breakGlass(ports, { ...intent, asker: by, proof }) }
    case 'extend':
      return { kind: intent.kind, answer: await extendLease(ports, { ...intent, by, proof }) }
    case 'credentials': {
      const { requestId, interactionKey, publicKey } = intent
      const brought = publicKey === null ? {} : { brought: { publicKey } }
      const answer = await issueCredentials(ports, { by, requestId, interactionKey, ...brought, proof })
      return { kind: intent.kind, answer }
    }
    case 'panic':
      return { kind: intent.kind, answer: await panic(ports, { ...intent, by, proof }) }
    case 'lift_freeze':
      return { kind: intent.kind, answer: await liftFreeze(ports, { ...intent, by, proof }) }
    case 'remove_passkey':
      return removePasskey(ports, { account, proof, passkeyId: intent.passkeyId })
    case 'issue_code':
      return issueCode(ports, { account, proof, userId: intent.userId })
    case 'link_sign_in':
      return linkSignIn(ports, { account, proof, ...intent })
    case 'add_passkey':
      // `addPasskey` does it: it needs a registration besides the proof.
      return { kind: 'not_permitted' }
  }
}

interface Proven {
  readonly account: Account
  readonly proof: Proof
}

async function removePasskey(
  { store, clock }: CarryOutPorts,
  { account, proof, passkeyId }: Proven & { passkeyId: string },
): Promise<Outcome> {
  const now = clock.now()
  const name = await store.transaction(async (tx) => {
    await useProof(tx, proof, now)
    const passkey = await tx.passkeys.lock(passkeyId)
    if (!passkey || passkey.removedAt !== null || passkey.personId !== account.personId) return null
    await tx.passkeys.remove(passkey.id, now)
    const { name, credentialId } = passkey
    await tx.audit.append({
      ...ofNoRequest({ kind: 'person', id: account.personId }),
      ...{ at: now, actor: actorOf(account), accountId: account.id, action: 'passkey.removed' },
      details: { credential_id: credentialId, ...proofDetails(proof) },
    })
    await orderPasskeyNotices(tx, { kind: 'passkey_removed', userId: account.userId, name }, now)
    return name
  })
  return { kind: 'remove_passkey', name }
}

/** A security lead lets another person add a passkey. The lead hands the code over by another way than Slack. */
async function issueCode(
  ports: CarryOutPorts,
  { account, proof, userId }: Proven & { userId: string },
): Promise<Outcome> {
  const target = await ports.directory.account(userId, freshAtClick)
  if (!target) throw new UnknownAccount(userId)
  if (!(await identifyLead(ports, accountKeyOf(account))).isLead) return { kind: 'not_permitted' }
  const now = ports.clock.now()
  const code = newCode()
  const expiresAt = addSeconds(now, codeSeconds)
  const isIssued = await ports.store.transaction(async (tx) => {
    await useProof(tx, proof, now)
    const { id, personId } = await tx.accounts.upsert(target)
    if (personId === account.personId || target.isDeactivated) return false
    const issued = { personId, ground: 'code', issuedById: account.id, issuedAt: now, expiresAt } as const
    await tx.passkeyCodes.insert({ ...issued, codeHash: hashOfCode(code) })
    await tx.audit.append({
      ...ofNoRequest({ kind: 'person', id: personId }),
      ...{ at: now, actor: actorOf(account), accountId: id, action: 'passkey.code_issued' },
      details: { expires_at: expiresAt.toISOString(), ...proofDetails(proof) },
    })
    await orderPasskeyNotices(tx, { kind: 'passkey_code_issued', userId, byUserId: account.userId }, now)
    return true
  })
  return isIssued
    ? { kind: 'issue_code', code, who: target.displayName, expiresAt }
    : { kind: 'not_permitted' }
}

async function linkSignIn(
  ports: CarryOutPorts,
  { account, proof, userId, subject }: Proven & { userId: string; subject: string },
): Promise<Outcome> {
  const { signIn } = stepUpRules(ports.catalog)
  const target = await ports.directory.account(userId, freshAtClick)
  if (!target) throw new UnknownAccount(userId)
  if (!signIn || !(await identifyLead(ports, accountKeyOf(account))).isLead) return { kind: 'not_permitted' }
  const now = ports.clock.now()
  return ports.store.transaction(async (tx): Promise<Outcome> => {
    await useProof(tx, proof, now)
    const { personId } = await tx.accounts.upsert(target)
    if (personId === account.personId) return { kind: 'not_permitted' }
    const login = signInLogin({ subject, issuer: signIn.issuer })
    const identity = { personId, system: signInSystem, login, confirmedById: account.id, confirmedAt: now }
    const isLinked = await tx.identities.confirm(identity)
    if (isLinked)
      await tx.audit.append(
        identityEvent(identity, 'identity.confirmed', actorOf(account), now, proofDetails(proof)),
      )
    return { kind: 'link_sign_in', who: target.displayName, isTaken: !isLinked }
  })
}
