import { verify } from 'node:crypto'
import { z } from 'zod'
import { parseVerifierKey, type VerifierKey } from '../../../domain/record/checkpoint.ts'
import type { LeafEvent } from '../../../domain/record/leaf.ts'

const changeDetails = z.object({ from: z.string(), to: z.string(), signature: z.string() })

/** The text by which an old key names the next one. */
export function keyChangeText(from: string, to: string): string {
  return `daypass record: the key ${from} is followed by ${to}\n`
}

/** The key that signs after this event, if the key before has signed the change. A text: why it does not hold. */
export function keyAfter(event: LeafEvent, before: VerifierKey): VerifierKey | string {
  const { data } = changeDetails.safeParse(event.details)
  const to = data ? parseVerifierKey(data.to) : null
  if (!data || !to) return 'its new key cannot be read'
  const isSigned =
    data.from === before.text &&
    verify(
      null,
      Buffer.from(keyChangeText(data.from, data.to)),
      before.publicKey,
      Buffer.from(data.signature, 'base64'),
    )
  return isSigned ? to : 'the key before did not sign the change'
}
