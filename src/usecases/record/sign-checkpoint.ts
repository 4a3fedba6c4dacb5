import type { Clock } from '../../domain/ports.ts'
import { checkpointBody, signedNote, unverifiedCheckpoint } from '../../domain/record/checkpoint.ts'
import { consistencyRanges, provesConsistency } from '../../domain/record/merkle.ts'
import type {
  CheckpointMemory,
  RecordLog,
  RecordSigner,
  RecordState,
} from '../../domain/record/record-log.ts'
import type { RecordFault } from './_verify/verify-log.ts'

/** `other_key`: another key signs this record. `fault`: the record is not the one that was signed before, so nothing is signed. */
export type Signing =
  | { readonly kind: 'signed'; readonly size: number }
  | { readonly kind: 'nothing_new' | 'other_key' }
  | { readonly kind: 'fault'; readonly fault: RecordFault }

interface SignPorts {
  readonly record: RecordLog
  readonly clock: Clock
  readonly signer: RecordSigner
  readonly memory: CheckpointMemory
}

/**
 * Signs the tree as it is now, if it goes on from the last signed one. The last one comes from outside the database where it can,
 * so that whoever rewrites the database does not get a signature for it.
 */
export async function signCheckpoint({ record, clock, signer, memory }: SignPorts): Promise<Signing> {
  // The checkpoints first: others may sign a larger tree meanwhile.
  const [remembered, stored] = [await memory.last(), await record.lastCheckpoint()]
  const state = await record.state()
  if (state.size === 0) return { kind: 'nothing_new' }
  const key = await signer.key(state.origin)
  if (state.key !== null && state.key !== key.text) return { kind: 'other_key' }
  const fault = await faultAfter(record, state, remembered, stored?.note ?? null)
  if (fault) return { kind: 'fault', fault }
  if (state.key === null) await record.adoptKey(key.text, clock.now())
  if (stored && stored.size >= state.size) return { kind: 'nothing_new' }
  const body = checkpointBody(state)
  const note = signedNote(body, key, await signer.sign(body))
  const { size } = state
  const isFirst = await record.insertCheckpoint({ size, note, signedAt: clock.now() }, key.text)
  if (!isFirst) return { kind: 'nothing_new' }
  await memory.remember(note)
  return { kind: 'signed', size }
}

async function faultAfter(
  record: RecordLog,
  state: RecordState,
  remembered: string | null,
  stored: string | null,
): Promise<RecordFault | null> {
  for (const note of [remembered, stored]) {
    const before = note === null ? null : unverifiedCheckpoint(note)
    if (!before) continue
    // The database names the record. Whoever writes it must not get another history signed under another name.
    if (before.origin !== state.origin)
      return {
        position: null,
        what: `the record is called ${state.origin}, but ${before.origin} was signed here before`,
      }
    if (before.size > state.size)
      return {
        position: state.size,
        what: `the record ends here, but a tree of ${before.size} events was signed`,
      }
    try {
      const proof = await record.hashesOf(consistencyRanges(before.size, state.size))
      if (provesConsistency(before, state, proof)) continue
    } catch (error) {
      return { position: null, what: error instanceof Error ? error.message : String(error) }
    }
    return { position: null, what: `the first ${before.size} events are not those that were signed` }
  }
  return null
}
