import { createHmac, timingSafeEqual } from 'node:crypto'

/** The three headers of a signed message: https://www.standardwebhooks.com */
export interface SignedHeaders {
  readonly 'webhook-id': string
  /** Seconds since 1970. */
  readonly 'webhook-timestamp': string
  /** One signature for each key, with blanks between them, so that keys can be replaced. */
  readonly 'webhook-signature': string
}

/** A message with another timestamp than the present, give or take, is refused: somebody may have kept it. */
const toleranceSeconds = 300

export function signed(keys: readonly Buffer[], id: string, at: Date, body: string): SignedHeaders {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const signatures = keys.map((key) => `v1,${signatureOf(key, id, timestamp, body).toString('base64')}`)
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

/** Why these headers do not show that the holder of a key sent this body, as the answer to the message `id`; null if they do. */
export function signatureProblem(
  keys: readonly Buffer[],
  id: string,
  now: Date,
  headers: { readonly [Name in keyof SignedHeaders]: string | undefined },
  body: string,
): string | null {
  const { 'webhook-id': ofId, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers
  if (ofId === undefined || timestamp === undefined || signature === undefined) return 'is not signed'
  if (ofId !== id) return 'answers another message'
  if (!/^\d{1,12}$/.test(timestamp)) return 'has no timestamp'
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > toleranceSeconds)
    return 'is older or newer than five minutes'
  const given = signature.split(' ').filter((one) => one.startsWith('v1,'))
  const isGood = keys.some((key) => {
    const expected = signatureOf(key, id, timestamp, body)
    return given.some((one) => isSame(Buffer.from(one.slice(3), 'base64'), expected))
  })
  return isGood ? null : 'has a signature of another key'
}

function signatureOf(key: Buffer, id: string, timestamp: string, body: string): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest()
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

export const keyForm = 'expected whsec_ and 24 to 64 random bytes in base64'

/** Why this text is no key; null if it is one. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export function keyProblem(text: string): string | null {
  const encoded = text.replace(/^whsec_/, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return keyForm
  const { length } = Buffer.from(encoded, 'base64')
  return length >= 24 && length <= 64 ? null : `${length} bytes are no secret: ${keyForm}`
}

/** The key of such a text. */
export function keyOf(text: string): Buffer {
  return Buffer.from(text.replace(/^whsec_/, ''), 'base64')
}
