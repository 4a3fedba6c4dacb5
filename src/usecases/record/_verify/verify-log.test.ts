import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  checkpointBody,
  openCheckpoint,
  signedNote,
  type VerifierKey,
  verifierKey,
} from '../../../domain/record/checkpoint.ts'
import { type LeafEvent, leafText } from '../../../domain/record/leaf.ts'
import { leafHash, Tree } from '../../../domain/record/merkle.ts'
import type { RecordEntry } from '../../../domain/record/record-log.ts'
import { verifyLog } from './verify-log.ts'

const origin = 'daypass-test'
const size = 40
/** The sizes of the signed trees. */
const signedAt = [7, 16, 40]

const event = (id: number, details: Record<string, string | number> = { n: id }): LeafEvent => ({
  v: 1,
  id,
  at: '2026-11-22T09:00:00.000Z',
  action: 'grant.activated',
  actor: id % 3 === 0 ? null : { id: 'a', slack: `T0/U${id}` },
  subject: { kind: 'grant', id: `g${id}` },
  request: { id: 'r', reference: 'AR-1042' },
  grant: 'g',
  account: null,
  resource: 'orders-db',
  entitlement: 'read-orders',
  policy: null,
  details,
  said: null,
})
const entry = (position: number, changed = event(position)): RecordEntry => ({
  position,
  event: changed,
  hash: leafHash(leafText(changed)),
})
const entries = Array.from({ length: size }, (_, position) => entry(position))

function keyPair(): { key: VerifierKey; privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return { key: verifierKey(origin, publicKey), privateKey }
}
const own = keyPair()

function notesOver(log: readonly RecordEntry[], { key, privateKey } = own): string[] {
  const tree = new Tree()
  const notes: string[] = []
  for (const { hash } of log) {
    tree.append(hash ?? Buffer.alloc(0))
    if (!signedAt.includes(tree.size)) continue
    const body = checkpointBody({ origin, size: tree.size, root: tree.root() })
    notes.push(signedNote(body, key, sign(null, Buffer.from(body), privateKey)))
  }
  return notes
}
const notes = notesOver(entries)

async function* batches(log: readonly RecordEntry[]) {
  for (let from = 0; from < log.length; from += 9) yield log.slice(from, from + 9)
}
const faultsIn = async (log: readonly RecordEntry[], checkpoints = notes, key = own.key) =>
  (await verifyLog({ entries: batches(log), tree: new Tree(), origin, checkpoints, key })).faults
/** The last signed size that does not hold this position. */
const lastSignedBefore = (position: number) => signedAt.findLast((at) => at <= position) ?? 0

it('a log as it was signed is sound', async () => {
  expect(await faultsIn(entries)).toEqual([])
})

describe.each([0, 1, 2, 6, 7, 8, 15, 16, 17, 30, 38, 39])('at position %i', (position) => {
  it('every change of the event is found there', async () => {
    const original = event(position)
    const changes: Partial<LeafEvent>[] = [
      { id: 99 },
      { at: '2026-11-22T09:00:00.001Z' },
      { action: 'grant.revoked' },
      { actor: { id: 'b', slack: 'T0/U0MALLORY' } },
      { subject: null },
      { request: { id: 'r', reference: 'AR-1043' } },
      { account: { id: 'b', slack: 'T0/U1' } },
      { resource: 'orders-dc' },
      { policy: {} },
      { details: { n: String(position) } },
      { said: {} },
    ]
    for (const change of changes) {
      const kept = { ...entry(position), event: { ...original, ...change } }
      const [fault] = await faultsIn(entries.with(position, kept))
      expect(fault).toMatchObject({
        position,
        what: expect.stringContaining('is not the one that was recorded'),
      })
      // With its hash made anew, between two checkpoints.
      const [wide] = await faultsIn(entries.with(position, entry(position, { ...original, ...change })))
      expect(wide).toMatchObject({
        position: lastSignedBefore(position),
        what: expect.stringContaining('are not those that were signed'),
      })
    }
  })

  it('every bit of its hash counts', async () => {
    for (let bit = position; bit < 256; bit += 40) {
      const hash = Buffer.from(entry(position).hash ?? [])
      hash[bit >> 3] = (hash[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect((await faultsIn(entries.with(position, { ...entry(position), hash })))[0]?.position).toBe(
        lastSignedBefore(position),
      )
    }
  })

  it('what is missing, repeated, inserted, swapped or cut off there is found', async () => {
    const gap = { position, what: 'this position is missing' }
    if (position < size - 1) expect(await faultsIn(entries.toSpliced(position, 1))).toEqual([gap])
    const [again] = await faultsIn(entries.toSpliced(position, 0, entry(position)))
    expect(again?.position).toBe(position + 1)
    const renumbered = entries
      .toSpliced(position, 0, entry(position, event(99)))
      .map((one, place) => ({ ...one, position: place }))
    expect((await faultsIn(renumbered))[0]?.position).toBe(lastSignedBefore(position))
    const other = (position + 11) % size
    const swapped = entries
      .with(position, { ...entry(other), position })
      .with(other, { ...entry(position), position: other })
    expect((await faultsIn(swapped))[0]?.position).toBe(lastSignedBefore(Math.min(position, other)))
    expect((await faultsIn(entries.slice(0, position))).at(-1)).toEqual({
      position,
      what: `the record ends here, but a tree of ${size} events was signed`,
    })
  })
})

it('every bit of a checkpoint counts', async () => {
  const note = notes.at(-1) ?? ''
  const bytes = Buffer.from(note)
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(openCheckpoint(changed.toString('utf8'), [own.key]).ok, `bit ${bit}`).toBe(false)
  }
  const broken = note.replace('\n40\n', '\n41\n')
  expect((await faultsIn(entries, notes.with(-1, broken)))[0]?.what).toContain(
    'a tree of 41 events was signed',
  )
})

it('a log that was rewritten and signed with another key is refused by the key', async () => {
  const other = keyPair()
  const rewritten = entries.with(4, entry(4, event(4, { n: 99 })))
  const faults = await faultsIn(rewritten, notesOver(rewritten, other))
  expect(faults.map(({ what }) => what)).toEqual(
    signedAt.map((at) => `the checkpoint of ${at} events is not good: No known key has signed it.`),
  )
  expect(await faultsIn(rewritten, notesOver(rewritten, other), other.key)).toEqual([])
})
