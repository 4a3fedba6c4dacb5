import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { type Hash, sha256 } from './merkle.ts'

/** A tree at one moment. https://c2sp.org/tlog-checkpoint */
export interface Checkpoint {
  /** The name of the log. */
  readonly origin: string
  /** The number of its events. */
  readonly size: number
  readonly root: Hash
}

/** A public key that signs checkpoints. https://c2sp.org/signed-note */
export interface VerifierKey {
  readonly name: string
  /** Four bytes, in hex. */
  readonly id: string
  readonly publicKey: KeyObject
  /** As people keep it: `<name>+<id>+<base64>`. */
  readonly text: string
}

const algorithm = Buffer.from([1])
/** The beginning of an Ed25519 key in DER. https://www.rfc-editor.org/rfc/rfc8410#section-10.1 */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

export function verifierKey(name: string, publicKey: KeyObject): VerifierKey {
  const typed = Buffer.concat([
    algorithm,
    publicKey.export({ type: 'spki', format: 'der' }).subarray(spkiPrefix.length),
  ])
  const id = sha256(Buffer.concat([Buffer.from(`${name}\n`), typed])).toString('hex', 0, 4)
  return { name, id, publicKey, text: `${name}+${id}+${typed.toString('base64')}` }
}

/** Null: this is no Ed25519 verifier key, or its parts disagree. */
export function parseVerifierKey(text: string): VerifierKey | null {
  const [, name, typed] = /^([^\s+]+)\+[0-9a-f]{8}\+([A-Za-z0-9+/]+={0,2})$/.exec(text.trim()) ?? []
  if (!name || !typed) return null
  const bytes = Buffer.from(typed, 'base64')
  if (bytes.length !== 33 || bytes[0] !== algorithm[0]) return null
  const der = Buffer.concat([spkiPrefix, bytes.subarray(1)])
  const key = verifierKey(name, createPublicKey({ key: der, format: 'der', type: 'spki' }))
  return key.text === text.trim() ? key : null
}

/** The text that is signed. */
export function checkpointBody({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`
}

/** A signed checkpoint, from the raw signature of `checkpointBody`. */
export function signedNote(body: string, { name, id }: VerifierKey, signature: Buffer): string {
  const line = Buffer.concat([Buffer.from(id, 'hex'), signature]).toString('base64')
  return `${body}\n— ${name} ${line}\n`
}

export type OpenedCheckpoint =
  | { readonly ok: true; readonly checkpoint: Checkpoint; readonly by: readonly VerifierKey[] }
  | { readonly ok: false; readonly problem: string }

/** Reads a signed checkpoint. At least one of `keys` must have signed it, and no signature by one of them may be false. */
export function openCheckpoint(note: string, keys: readonly VerifierKey[]): OpenedCheckpoint {
  const opened = openNote(note, keys)
  if (!opened.ok) return opened
  const checkpoint = parseBody(opened.body)
  if (!checkpoint) return problem('The signed note holds no checkpoint.')
  return { ok: true, checkpoint, by: opened.by }
}

/** Reads any signed note in the same way. */
export function openNote(
  note: string,
  keys: readonly VerifierKey[],
): { ok: true; body: string; by: readonly VerifierKey[] } | { ok: false; problem: string } {
  const split = note.lastIndexOf('\n\n')
  const [body, lines] = [note.slice(0, split + 1), note.slice(split + 2)]
  // A signed note has no control characters but line ends. U+FFFD stands for bytes that are no UTF-8.
  if (split < 1 || !/^(— \S+ \S+\n)+$/.test(lines) || /[^\P{Cc}\n]|\ufffd/u.test(note))
    return problem('This is no signed note.')
  const by: VerifierKey[] = []
  for (const [, name, encoded] of lines.matchAll(/— (\S+) (\S+)\n/g)) {
    const bytes = Buffer.from(encoded ?? '', 'base64')
    if (bytes.length < 5 || bytes.toString('base64') !== encoded)
      return problem('A signature cannot be read.')
    const key = keys.find((one) => one.name === name && one.id === bytes.toString('hex', 0, 4))
    if (!key || by.includes(key)) continue
    if (!verify(null, Buffer.from(body), key.publicKey, bytes.subarray(4)))
      return problem(`The signature of ${key.text} is false.`)
    by.push(key)
  }
  return by.length > 0 ? { ok: true, body, by } : problem('No known key has signed it.')
}

/** The checkpoint in a note, whoever signed it. Null: there is none. */
export function unverifiedCheckpoint(note: string): Checkpoint | null {
  return parseBody(note.slice(0, note.indexOf('\n\n') + 1))
}

function parseBody(body: string): Checkpoint | null {
  const [origin, size, root] = body.split('\n')
  if (!origin || !root || !size || !/^(0|[1-9]\d{0,15})$/.test(size)) return null
  const bytes = Buffer.from(root, 'base64')
  if (bytes.length !== 32 || bytes.toString('base64') !== root) return null
  return { origin, size: Number(size), root: bytes }
}

function problem(text: string): { ok: false; problem: string } {
  return { ok: false, problem: text }
}
