import { addSeconds } from 'date-fns/addSeconds'
import { actorOf } from '../../domain/audit-event.ts'
import { linkSeconds, type Proof, ProofNotUsable } from '../../domain/step-up.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { proofDetails, useProof } from '../_shared/proofs.ts'
import { type OpenStepUp, refuseProof } from './_find-step-up.ts'
import { boundTerms, hashOfCode, hashOfTerms, hashOfToken, newCode, newNonce, newToken } from './_hashes.ts'
import { finishSignIn, type Proven, type ProvePorts, useProven } from './prove.ts'

/** `go_on`: the page goes on with another link and a code, and adds a passkey. */
export type SignedInAnswer =
  | { readonly kind: 'go_on'; readonly token: string; readonly code: string }
  | Proven

/** The browser came back from the company's sign-in: checks it, and carries out what it proves. */
export async function signedIn(
  ports: ProvePorts,
  input: { token: string; answer: string },
): Promise<SignedInAnswer> {
  const proven = await finishSignIn(ports, input)
  if (proven.kind !== 'proven') return proven
  const { found, proof } = proven
  if (found.intent.kind !== 'add_passkey') return useProven(ports, found, proof)
  try {
    return await letAddPasskey(ports, found, proof)
  } catch (error) {
    if (!(error instanceof ProofNotUsable)) throw error
    await refuseProof(ports, found, error.why)
    return { kind: 'refused', why: error.why }
  }
}

/** Uses the link up, and makes another one with a code that only this browser gets. */
async function letAddPasskey(
  { store, clock }: Pick<ProvePorts, 'store' | 'clock'>,
  { account, terms, stepUp }: OpenStepUp,
  proof: Proof,
): Promise<SignedInAnswer> {
  const [token, code, nonce] = [newToken(), newCode(), newNonce()]
  const now = clock.now()
  const expiresAt = addSeconds(now, linkSeconds)
  const { id: accountId, personId } = account
  await store.transaction(async (tx) => {
    await useProof(tx, proof, now)
    const issued = { personId, ground: 'sign-in', issuedById: null, issuedAt: now, expiresAt } as const
    await tx.passkeyCodes.insert({ ...issued, codeHash: hashOfCode(code) })
    await tx.stepUps.insert({
      ...{ tokenHash: hashOfToken(token), accountId, personId, nonce, createdAt: now, expiresAt },
      ...{ kind: 'add_passkey', intent: { kind: 'add_passkey' }, requestId: null, viewId: stepUp.viewId },
      termsHash: hashOfTerms(boundTerms('add_passkey', account, terms, nonce)),
    })
    await tx.audit.append({
      ...ofNoRequest({ kind: 'person', id: personId }),
      ...{ at: now, actor: actorOf(account), accountId, action: 'passkey.code_issued' },
      details: { expires_at: expiresAt.toISOString(), ...proofDetails(proof) },
    })
  })
  return { kind: 'go_on', token, code }
}
