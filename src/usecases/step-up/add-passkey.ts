import { actorOf } from '../../domain/audit-event.ts'
import { cleanFreeText } from '../../domain/free-text.ts'
import {
  AuthenticatorRefused,
  type CheckedRegistration,
  countsForCriticalFrom,
  type NewPasskey,
  type Passkey,
  type PasskeyGround,
} from '../../domain/passkey.ts'
import { type Proof, ProofNotUsable } from '../../domain/step-up.ts'
import type { StepUpParts } from '../../domain/step-up-parts.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { freshAtClick } from '../_shared/person.ts'
import { proofDetails, stepUpRules, useProof } from '../_shared/proofs.ts'
import { type FindPorts, findForProof, type OpenStepUp, refuseProof } from './_find-step-up.ts'
import { challengeOf, hashOfCode } from './_hashes.ts'
import { orderPasskeyNotices } from './_passkey-notices.ts'
import { type Proven, proofByPasskey } from './prove.ts'

export interface PasskeyToAdd {
  readonly token: string
  readonly name: string
  /** What `navigator.credentials.create` gave. */
  readonly registration: unknown
  /** What lets it be added: a code, or the answer of a passkey that this person has. */
  readonly code: string | null
  readonly assertion: unknown
}

export type AddedPasskey =
  | {
      readonly kind: 'added'
      readonly name: string
      readonly countsFrom: Date
      readonly viewId: string | null
    }
  | { readonly kind: 'invalid'; readonly field: 'name' | 'code'; readonly message: string }
  | Exclude<Proven, { kind: 'carried_out' }>

type AddPorts = FindPorts & { readonly stepUp: StepUpParts }

const longestName = 60

/**
 * Adds a passkey. A Slack account alone is not enough: a first one needs a code that was handed over by another way, or the
 * company's sign-in, and a further one needs one that is there.
 */
export async function addPasskey(ports: AddPorts, input: PasskeyToAdd): Promise<AddedPasskey> {
  const found = await findForProof(ports, input.token)
  if (found.kind === 'closed') return found
  const { stepUp, account, intent } = found
  if (intent.kind !== 'add_passkey') return refuse(ports, found, 'not_accepted')
  const slack = await ports.directory.account(account.userId, freshAtClick)
  if (!slack || slack.isDeactivated || slack.isStranger || slack.isBot)
    return refuse(ports, found, 'not_accepted')
  const name = cleanFreeText(input.name).replaceAll('\n', ' ')
  if (name === '' || name.length > longestName) {
    const message = `Give it a name of at most ${longestName} characters, such as “Laptop”.`
    return { kind: 'invalid', field: 'name', message }
  }
  const checked = await check(ports, found, input.registration)
  if ('why' in checked) return checked
  const proof = input.code === null ? await proofByPasskey(ports, found, input.assertion) : undefined
  if (proof && 'why' in proof) return proof
  const now = ports.clock.now()
  try {
    const added = await ports.store.transaction(async (tx) => {
      const ground = await groundOf(tx, found, { proof, code: input.code, now })
      if (!ground) return null
      return insert(tx, found, { checked, name, ground, addedAt: now, proof })
    })
    if (!added) return refuseCode(ports, found)
    const countsFrom = countsForCriticalFrom(added, stepUpRules(ports.catalog).coolingSeconds)
    return { kind: 'added', name, countsFrom, viewId: stepUp.viewId }
  } catch (error) {
    if (!(error instanceof ProofNotUsable)) throw error
    return refuse(ports, found, error.why)
  }
}

async function check(
  ports: AddPorts,
  found: OpenStepUp,
  registration: unknown,
): Promise<CheckedRegistration | Extract<Proven, { kind: 'refused' }>> {
  try {
    return await ports.stepUp.authenticator.checkRegistration(registration, challengeOf(found.stepUp))
  } catch (error) {
    if (!(error instanceof AuthenticatorRefused)) throw error
    return refuse(ports, found, 'not_proven', error.message)
  }
}

/** Uses the link up, and the code or the proof. Null: there is no such code, and nothing was used. */
async function groundOf(
  tx: Transaction,
  { stepUp, account }: OpenStepUp,
  { proof, code, now }: { proof: Proof | undefined; code: string | null; now: Date },
): Promise<PasskeyGround | null> {
  if (proof) {
    await useProof(tx, proof, now)
    return 'passkey'
  }
  const known = await tx.passkeyCodes.lock(account.personId, hashOfCode(code ?? ''), now)
  if (!known) return null
  const locked = await tx.stepUps.lock(stepUp.id)
  if (!locked || locked.usedAt !== null) throw new ProofNotUsable('used')
  await tx.passkeyCodes.use(known.id, now)
  await tx.stepUps.use(stepUp.id, now, null)
  return known.ground
}

async function insert(
  tx: Transaction,
  { account }: OpenStepUp,
  {
    checked,
    proof,
    ...own
  }: Pick<NewPasskey, 'name' | 'ground' | 'addedAt'> & {
    checked: CheckedRegistration
    proof: Proof | undefined
  },
): Promise<Passkey> {
  const { jwk, ...credential } = checked
  const added = await tx.passkeys.insert({ ...credential, ...own, personId: account.personId })
  // The same credential a second time: its counter would begin anew.
  if (!added) throw new ProofNotUsable('used')
  const { name, credentialId, ground, addedAt } = added
  // Not its name: a person typed it, and what is in the log stays.
  await tx.audit.append({
    ...ofNoRequest({ kind: 'person', id: account.personId }),
    ...{ at: addedAt, actor: actorOf(account), accountId: account.id, action: 'passkey.added' },
    details: { credential_id: credentialId, public_key: jwk, ground, ...proofDetails(proof) },
  })
  await orderPasskeyNotices(tx, { kind: 'passkey_added', userId: account.userId, name, ground }, addedAt)
  return added
}

async function refuseCode(ports: AddPorts, found: OpenStepUp): Promise<AddedPasskey> {
  await refuseProof(ports, found, 'wrong_code')
  const message = 'This code is wrong, was used, or is too old. Ask for a new one.'
  return { kind: 'invalid', field: 'code', message }
}

async function refuse(
  ports: FindPorts,
  found: OpenStepUp,
  why: Extract<Proven, { kind: 'refused' }>['why'],
  detail: string | null = null,
): Promise<Extract<Proven, { kind: 'refused' }>> {
  await refuseProof(ports, found, why, detail)
  return { kind: 'refused', why }
}
