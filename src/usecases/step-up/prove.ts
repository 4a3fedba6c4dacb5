import { addSeconds } from 'date-fns/addSeconds'
import { AuthenticatorRefused, countsForCriticalFrom, type Passkey } from '../../domain/passkey.ts'
import type { Ports } from '../../domain/ports.ts'
import { type Proof, ProofNotUsable, signInSeconds, signInSystem } from '../../domain/step-up.ts'
import { type SignIn, SignInFailed, type StepUpParts } from '../../domain/step-up-parts.ts'
import { stepUpRules } from '../_shared/proofs.ts'
import { tellSecurityOnce } from '../rules/tell-security.ts'
import { type CarryOutPorts, carryOut, type Outcome } from './_carry-out.ts'
import {
  type ClosedStepUp,
  type FindPorts,
  findForProof,
  type OpenStepUp,
  refuseProof,
} from './_find-step-up.ts'
import { challengeOf, signInSecrets } from './_hashes.ts'
import { signInLogin } from './_sign-in-login.ts'
import { fitFor, takesSignIn } from './open-page.ts'

/** Why a proof was not accepted. `too_new`: the passkey does not count for critical yet. */
export type RefusalOfProof =
  | 'not_your_passkey'
  | 'not_proven'
  | 'too_new'
  | 'not_accepted'
  | 'sign_in_refused'
  | 'sign_in_unavailable'
  | 'sign_in_not_linked'
  | 'sign_in_of_somebody_else'
  | ProofNotUsable['why']

export type Proven =
  /** `viewId`: the window in Slack that waits for it. */
  | { readonly kind: 'carried_out'; readonly outcome: Outcome; readonly viewId: string | null }
  | { readonly kind: 'refused'; readonly why: RefusalOfProof }
  | ClosedStepUp

export type ProvePorts = CarryOutPorts & FindPorts & { readonly stepUp: StepUpParts }

/** Checks the answer of an authenticator, and carries out what it proves. */
export async function proveByPasskey(
  ports: ProvePorts,
  { token, answer }: { token: string; answer: unknown },
): Promise<Proven> {
  const found = await findForProof(ports, token)
  if (found.kind === 'closed') return found
  if (found.intent.kind === 'add_passkey' || !stepUpRules(ports.catalog).methods.includes('passkey'))
    return refuse(ports, found, 'not_accepted')
  const proof = await proofByPasskey(ports, found, answer)
  return 'why' in proof ? proof : useProven(ports, found, proof)
}

/** The proof that the answer of an authenticator gives. Nothing is used up by this. */
export async function proofByPasskey(
  ports: FindPorts & { readonly stepUp: StepUpParts },
  found: OpenStepUp,
  answer: unknown,
): Promise<Proof | Extract<Proven, { kind: 'refused' }>> {
  const { stepUp, account, terms, bound } = found
  const passkeys = await ports.store.passkeysOf(account.personId)
  const passkey = passkeys.find(({ credentialId }) => credentialId === idOf(answer))
  if (!passkey) return refuse(ports, found, 'not_your_passkey')
  const rules = stepUpRules(ports.catalog)
  if (!fitFor(terms, [passkey], rules, ports.clock.now()).includes(passkey))
    return refuse(ports, found, 'too_new', countsForCriticalFrom(passkey, rules.coolingSeconds).toISOString())
  const challenge = challengeOf(stepUp)
  try {
    const { counter, evidence } = await ports.stepUp.authenticator.checkAssertion(answer, challenge, passkey)
    return {
      stepUpId: stepUp.id,
      method: 'passkey',
      at: ports.clock.now(),
      evidence: {
        ...evidenceOf(found, bound),
        method: 'passkey',
        passkey: evidence,
      },
      passkey: { id: passkey.id, counter },
    }
  } catch (error) {
    if (!(error instanceof AuthenticatorRefused)) throw error
    return refuse(ports, found, 'not_proven', error.message)
  }
}

/** Begins a sign-in at the company's provider: the address to which the browser goes. */
export async function beginSignIn(
  ports: FindPorts & { readonly stepUp: StepUpParts },
  token: string,
): Promise<{ readonly kind: 'go'; readonly url: string } | Exclude<Proven, { kind: 'carried_out' }>> {
  const found = await findForProof(ports, token)
  if (found.kind === 'closed') return found
  const signIn = await signInFor(ports, found)
  if (!signIn) return refuse(ports, found, 'not_accepted')
  const { stepUp } = found
  try {
    const url = await signIn.begin(signInSecrets(token, stepUp))
    // Once: the limit counts from the making of the link.
    const until = addSeconds(stepUp.createdAt, signInSeconds)
    await ports.store.transaction((tx) => tx.stepUps.extend(stepUp.id, until))
    return { kind: 'go', url }
  } catch (error) {
    return refuseSignIn(ports, found, error)
  }
}

/** The browser came back from the provider. `found`: the sign-in is checked, and nothing is used up by it yet. */
export async function finishSignIn(
  ports: FindPorts & { readonly stepUp: StepUpParts },
  { token, answer }: { token: string; answer: string },
): Promise<
  | { readonly kind: 'proven'; readonly found: OpenStepUp; readonly proof: Proof }
  | Exclude<Proven, { kind: 'carried_out' }>
> {
  const found = await findForProof(ports, token)
  if (found.kind === 'closed') return found
  const signIn = await signInFor(ports, found)
  if (!signIn) return refuse(ports, found, 'not_accepted')
  const { stepUp, account, bound } = found
  try {
    const { subject, issuer, evidence } = await signIn.finish(answer, signInSecrets(token, stepUp))
    const linked = await ports.store.people.loginOf(account.personId, [signInSystem])
    if (linked === null) {
      await tellUnknown(ports, found, { subject, issuer })
      return refuse(ports, found, 'sign_in_not_linked', subject)
    }
    if (linked !== signInLogin({ subject, issuer }))
      return refuse(ports, found, 'sign_in_of_somebody_else', subject)
    const at = ports.clock.now()
    const whole = { ...evidenceOf(found, bound), method: 'sign-in', sign_in: evidence }
    return { kind: 'proven', found, proof: { stepUpId: stepUp.id, method: 'sign-in', at, evidence: whole } }
  } catch (error) {
    return refuseSignIn(ports, found, error)
  }
}

/** Carries out what the proof is for. */
export async function useProven(
  ports: CarryOutPorts & FindPorts,
  found: OpenStepUp,
  proof: Proof,
): Promise<Proven> {
  const { stepUp, intent, account } = found
  try {
    const outcome = await carryOut(ports, { intent, account, proof })
    return { kind: 'carried_out', outcome, viewId: stepUp.viewId }
  } catch (error) {
    if (!(error instanceof ProofNotUsable)) throw error
    return refuse(ports, found, error.why)
  }
}

async function signInFor(
  { catalog, store, stepUp }: Pick<Ports, 'catalog' | 'store'> & { readonly stepUp: StepUpParts },
  { intent, account }: OpenStepUp,
): Promise<SignIn | null> {
  const rules = stepUpRules(catalog)
  if (!rules.signIn || !takesSignIn(rules, intent.kind, await store.passkeysOf(account.personId))) return null
  return stepUp.signIn(rules.signIn)
}

async function refuseSignIn(ports: FindPorts, found: OpenStepUp, error: unknown) {
  if (!(error instanceof SignInFailed)) throw error
  return refuse(
    ports,
    found,
    error.code === 'refused' ? 'sign_in_refused' : 'sign_in_unavailable',
    error.message,
  )
}

async function tellUnknown(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { account }: OpenStepUp,
  { subject, issuer }: { subject: string; issuer: string },
): Promise<void> {
  const { userId } = account
  const now = clock.now()
  await store.transaction((tx) =>
    tellSecurityOnce(tx, `${userId} ${subject} ${issuer}`, now, {
      kind: 'sign_in_not_linked',
      ...{ userId, subject, issuer },
    }),
  )
}

async function refuse(
  ports: FindPorts,
  found: OpenStepUp,
  why: RefusalOfProof,
  detail: string | null = null,
): Promise<{ kind: 'refused'; why: RefusalOfProof }> {
  await refuseProof(ports, found, why, detail)
  return { kind: 'refused', why }
}

/** With it, others compute the hashes and the challenge again. */
function evidenceOf({ stepUp }: OpenStepUp, terms: OpenStepUp['bound']) {
  const { id, kind, termsHash, nonce } = stepUp
  return {
    id,
    kind,
    terms,
    terms_sha256: termsHash,
    nonce,
    challenge: challengeOf(stepUp).toString('base64url'),
  }
}

function idOf(answer: unknown): Passkey['credentialId'] | null {
  if (typeof answer !== 'object' || answer === null || !('id' in answer)) return null
  return typeof answer.id === 'string' ? answer.id : null
}
