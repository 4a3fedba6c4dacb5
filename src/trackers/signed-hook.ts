import { createHmac, timingSafeEqual } from 'node:crypto'
import type { z } from 'zod'
import type { HookDelivery, HookReading } from '../domain/tracker.ts'

export interface HookForm<T> {
  /** The header with the signature, in lower case. */
  readonly header: string
  /** Before the hexadecimal signature: `sha256=`. */
  readonly prefix: string
  readonly body: z.ZodType<T>
  /** The time of the delivery, within the signed body. */
  readonly sentAt: (body: T) => Date
  readonly toleranceSeconds: number
  /** The key of the ticket that is closed or gone. Null: the delivery tells something else. */
  readonly closed: (body: T) => string | null
}

/** Reads a delivery whose whole body is signed with HMAC-SHA256. */
export function readSignedHook<T>(
  form: HookForm<T>,
  secret: string,
  { headers, body }: HookDelivery,
  now: Date,
): HookReading {
  const { header, prefix, toleranceSeconds } = form
  const given = headers[header]
  if (typeof given !== 'string' || !isSignature(given, prefix, secret, body)) return { kind: 'forged' }
  const { data } = form.body.safeParse(jsonOf(body))
  if (data === undefined) return { kind: 'irrelevant' }
  const age = Math.abs(now.getTime() - form.sentAt(data).getTime())
  // An instant that cannot be read is no number, and is stale too.
  if (!(age <= toleranceSeconds * 1000)) return { kind: 'stale' }
  const key = form.closed(data)
  return key === null ? { kind: 'irrelevant' } : { kind: 'closed', key }
}

/** In constant time. */
function isSignature(given: string, prefix: string, secret: string, body: Buffer): boolean {
  if (!given.startsWith(prefix)) return false
  const signature = Buffer.from(given.slice(prefix.length), 'hex')
  const expected = createHmac('sha256', secret).update(body).digest()
  return signature.length === expected.length && timingSafeEqual(signature, expected)
}

export function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
