import { openCheckpoint, parseVerifierKey } from '../../domain/record/checkpoint.ts'
import { type LeafEvent, leafText } from '../../domain/record/leaf.ts'
import { inclusionRanges, leafHash, provesInclusion } from '../../domain/record/merkle.ts'
import type { RecordLog, RemovedOfRequest, SaidOpening } from '../../domain/record/record-log.ts'

export interface ProvedEvent {
  readonly position: number
  readonly event: LeafEvent
  /** Hashes in base64, from the leaf up. */
  readonly proof: readonly string[]
  /** The same for other programs: https://c2sp.org/tlog-proof */
  readonly tlogProof: string
  /** The event was written before the record began, and got its position later. */
  readonly sequencedLater: boolean
  /** False: the stored hashes do not prove this event. */
  readonly holds: boolean
}

/** Everything that somebody needs to check the events of one request, with the public key alone. */
export interface RequestProof {
  readonly reference: string
  /** The text of the verifier key. */
  readonly key: string
  /** The signed checkpoint that the proofs lead to. */
  readonly checkpoint: string
  readonly size: number
  readonly events: readonly ProvedEvent[]
  /** Events that no checkpoint holds yet. */
  readonly notSignedYet: number
  /** Events that retention removed, so that they can no longer be proven from here. */
  readonly removed: readonly RemovedOfRequest[]
  readonly texts: readonly SaidOpening[]
}

/** Null: nothing was signed yet. */
export async function proveRequest(
  record: RecordLog,
  { id, reference }: { id: string; reference: string },
): Promise<RequestProof | null> {
  const stored = await record.lastCheckpoint()
  const { beganAfterId } = await record.state()
  const keyText = stored && (await record.keyAt(stored.size))
  const key = keyText ? parseVerifierKey(keyText) : null
  if (!stored || !key) return null
  const opened = openCheckpoint(stored.note, [key])
  const entries = await record.entriesOf(id)
  const signed = entries.filter(({ position }) => position < stored.size)
  const ranges = signed.map(({ position }) => inclusionRanges(position, stored.size))
  const hashes = await record.hashesOf(ranges.flat())
  const events: ProvedEvent[] = []
  for (const { position, event } of signed) {
    const proof = hashes.splice(0, ranges[events.length]?.length ?? 0)
    if (!event) continue
    const at = opened.ok ? { index: position, ...opened.checkpoint } : null
    events.push({
      position,
      event,
      proof: proof.map((hash) => hash.toString('base64')),
      tlogProof: tlogProof(position, proof, stored.note),
      sequencedLater: event.id <= beganAfterId,
      holds: at !== null && provesInclusion(at, leafHash(leafText(event)), proof),
    })
  }
  const texts: SaidOpening[] = []
  for await (const some of record.openings(id)) texts.push(...some)
  return {
    reference,
    key: key.text,
    checkpoint: stored.note,
    size: stored.size,
    events,
    notSignedYet: entries.length - signed.length,
    removed: await record.removalsOf(reference),
    texts,
  }
}

function tlogProof(index: number, proof: readonly Buffer[], note: string): string {
  const hashes = proof.map((hash) => `${hash.toString('base64')}\n`).join('')
  return `c2sp.org/tlog-proof@v1\nindex ${index}\n${hashes}\n${note}`
}
