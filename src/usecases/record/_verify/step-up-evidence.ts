import { createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '../../../domain/canonical-json.ts'
import type { Json } from '../../../domain/json.ts'
import type { LeafEvent } from '../../../domain/record/leaf.ts'
import type { EventCheck } from './event-check.ts'
import { problemOfClick } from './proven-click.ts'

const json = z.custom<Json>((value) => value !== undefined)
const key = z.record(z.string(), z.unknown())
const base64url = z.base64url()

/** As `proofDetails` writes it: docs/step-up.md, Checking a proof later. */
const evidence = z.object({
  id: z.string(),
  kind: z.string(),
  terms: z
    .object({
      account: z.object({ team_id: z.string(), user_id: z.string(), person_id: z.string() }),
    })
    .catchall(json),
  terms_sha256: z.string(),
  nonce: z.string(),
  challenge: z.string(),
  passkey: z
    .object({
      credential_id: z.string(),
      public_key: key,
      counter: z.number(),
      origin: z.string(),
      rp_id: z.string(),
      authenticator_data: base64url,
      client_data_json: base64url,
      signature: base64url,
    })
    .optional(),
  sign_in: z.object({ id_token: z.string() }).optional(),
})
type Evidence = z.output<typeof evidence>
type PasskeyEvidence = NonNullable<Evidence['passkey']>

const addedPasskey = z.object({ credential_id: z.string(), public_key: key })
const removedPasskey = z.object({ credential_id: z.string() })
const clientData = z.object({ type: z.string(), challenge: z.string(), origin: z.string() })

interface KnownPasskey {
  readonly publicKey: string
  readonly personId: string | null
  /** Of the last proof. */
  counter: number
  lastProof: string | null
  isRemoved: boolean
}

/**
 * Checks each proof of who clicked, from the events alone: it is over exactly these terms, of this account, for what the event says,
 * and the passkey that signed it was added by this person before and not removed. The signature of a sign-in needs the keys of its provider, so only its nonce is checked.
 */
export function stepUpEvidence({ isWhole }: { readonly isWhole: boolean }): EventCheck {
  const passkeys = new Map<string, KnownPasskey>()
  /** The event in which each proof is, by the action and the proof. */
  const used = new Map<string, number>()

  function problemOf(event: LeafEvent, { proof }: { proof: Evidence }): string | null {
    const { id, kind, terms, nonce } = proof
    const use = `${event.action} ${id}`
    const earlier = used.get(use)
    if (earlier !== undefined) return `its proof is that of event ${earlier}`
    used.set(use, event.id)
    const { account } = terms
    if (event.actor?.slack !== `${account.team_id}/${account.user_id}`)
      return 'its proof is of another account'
    const other = problemOfClick(kind, terms, event)
    if (other !== null) return other
    if (sha256(canonicalJson(terms)).toString('hex') !== proof.terms_sha256)
      return 'the terms of its proof are not those that were confirmed'
    const bound = canonicalJson({ step_up: id, kind, terms_sha256: proof.terms_sha256, nonce })
    if (sha256(bound).toString('base64url') !== proof.challenge) return 'its proof is for another decision'
    if (proof.passkey) return problemOfPasskey(proof.passkey, proof)
    return proof.sign_in ? problemOfSignIn(proof.sign_in, proof) : 'nothing proves it'
  }

  function problemOfPasskey(passkey: PasskeyEvidence, { id, challenge, terms }: Evidence): string | null {
    const wrong = problemOfAssertion(passkey, challenge)
    if (wrong !== null) return wrong
    const known = passkeys.get(passkey.credential_id)
    if (!known) return isWhole ? 'the passkey that signed it was never added' : null
    if (known.isRemoved) return 'the passkey that signed it was removed before'
    if (known.publicKey !== canonicalJson(passkey.public_key))
      return 'it is signed with another key than the passkey has'
    if (known.personId !== terms.account.person_id) return 'the passkey that signed it is of another person'
    // One proof may stand in two events: an approval in advance that also approves a request.
    if (known.lastProof === id) return null
    if (passkey.counter > 0 && passkey.counter <= known.counter) return 'the counter of its passkey went back'
    known.counter = passkey.counter
    known.lastProof = id
    return null
  }

  return (event) => {
    const proof = proofIn(event.details)
    if (proof !== undefined) {
      const read = evidence.safeParse(proof)
      const problem = read.success ? problemOf(event, { proof: read.data }) : 'its proof cannot be read'
      if (problem !== null) return `${event.action}: ${problem}`
    }
    if (event.action === 'passkey.removed') {
      const known = passkeys.get(removedPasskey.safeParse(event.details).data?.credential_id ?? '')
      if (known) known.isRemoved = true
    }
    if (event.action !== 'passkey.added') return null
    const added = addedPasskey.safeParse(event.details).data
    // Earlier versions wrote the key in another form. What such a passkey signed is checked with the key of the proof.
    if (!added) return null
    const { credential_id, public_key } = added
    const personId = event.subject?.id ?? null
    passkeys.set(credential_id, {
      publicKey: canonicalJson(public_key),
      personId,
      counter: 0,
      lastProof: null,
      isRemoved: false,
    })
    return null
  }
}

/** Undefined: the event has none. Nearly all have none, so nothing more is looked at. */
function proofIn(details: Json): Json | undefined {
  return typeof details === 'object' && details !== null && 'step_up' in details ? details.step_up : undefined
}

/** https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion, for what the event holds. */
function problemOfAssertion(passkey: PasskeyEvidence, challenge: string): string | null {
  const raw = Buffer.from(passkey.client_data_json, 'base64url')
  const data = Buffer.from(passkey.authenticator_data, 'base64url')
  const signed = clientData.safeParse(parse(raw.toString())).data
  if (signed?.type !== 'webauthn.get' || signed.challenge !== challenge || signed.origin !== passkey.origin)
    return 'its passkey signed something else'
  const [flags = 0] = data.subarray(32, 33)
  if (!data.subarray(0, 32).equals(sha256(passkey.rp_id))) return 'its passkey signed for another site'
  // User present, and user verified: https://www.w3.org/TR/webauthn-3/#authdata-flags
  if ((flags & 0x05) !== 0x05) return 'nobody unlocked its passkey'
  if (data.length < 37 || data.readUInt32BE(33) !== passkey.counter)
    return 'the counter of its passkey is another'
  return isSignedBy(passkey, Buffer.concat([data, sha256(raw)]))
    ? null
    : 'the signature of its passkey is wrong'
}

function isSignedBy({ public_key, signature }: PasskeyEvidence, signed: Buffer): boolean {
  try {
    const publicKey = createPublicKey({ key: public_key as JsonWebKey, format: 'jwk' })
    // Ed25519 hashes by itself: https://nodejs.org/api/crypto.html#cryptoverifyalgorithm-data-key-signature-callback
    const algorithm = publicKey.asymmetricKeyType === 'ed25519' ? null : 'sha256'
    return verify(algorithm, signed, publicKey, Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}

function problemOfSignIn(
  { id_token }: NonNullable<Evidence['sign_in']>,
  { challenge }: Evidence,
): string | null {
  const [, payload = ''] = id_token.split('.')
  const { data } = z
    .object({ nonce: z.string() })
    .safeParse(parse(Buffer.from(payload, 'base64url').toString()))
  return data?.nonce === challenge ? null : 'its sign-in is for another decision'
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest()
}
