import { subMinutes } from 'date-fns/subMinutes'
import { daypass } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import { parseVerifierKey, unverifiedCheckpoint, type VerifierKey } from '../../domain/record/checkpoint.ts'
import { edgeOf, type Range, Tree } from '../../domain/record/merkle.ts'
import type { CheckpointMemory, RecordLog, VerificationScope } from '../../domain/record/record-log.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { type LogReport, type RecordFault, verifyLog } from './_verify/verify-log.ts'
import { reportFaults } from './report-faults.ts'

interface VerifyPorts extends Pick<Ports, 'clock'> {
  readonly record: RecordLog
}

export interface Verification {
  readonly scope: VerificationScope
  /** The size up to which an earlier verification found everything sound. */
  readonly from: number
}

export interface Trusted {
  /** Checkpoints from outside the database. */
  readonly notes: readonly string[]
  /** A key that must have signed. Null: the one that the database names. */
  readonly key: VerifierKey | null
}

/** Verifies the record in the database, its free texts included. Changes nothing. */
export async function checkRecord(
  { record, clock }: VerifyPorts,
  { scope, from }: Verification,
  trusted: Trusted,
): Promise<LogReport> {
  // The checkpoints first: the record may grow meanwhile.
  const stored = (await record.checkpoints(from)).map(({ note }) => note)
  const { origin } = await record.state()
  const start = await startOf(record, from, stored)
  const size = start instanceof Tree ? start.size : 0
  const keyText = await record.keyAt(size)
  const key = keyText === null ? null : parseVerifierKey(keyText)
  const notes = start instanceof Tree && start.size === from ? stored : await allNotes(record)
  const report = await verifyLog({
    entries: record.entries(size),
    tree: start instanceof Tree ? start : new Tree(),
    origin,
    checkpoints: inOrder([...notes, ...trusted.notes.filter((note) => isOf(note, origin, size))]),
    key,
  })
  const range = { from: size, to: report.size }
  const texts = await textFaults(record, range)
  const late = scope === 'whole' ? await record.countUnsequenced(subMinutes(clock.now(), 5)) : 0
  const faults: RecordFault[] = [
    ...(start instanceof Tree ? [] : [start]),
    ...ofOtherLogs(trusted.notes, origin),
    ...otherKey(trusted.key, key, report.key),
    ...report.faults,
    ...texts,
    ...(late > 0 ? [{ position: null, what: `${late} events have no position after five minutes` }] : []),
  ]
  return { ...report, faults }
}

/** Verifies, and records the result. Security is told of each fault until somebody acknowledges it. */
export async function verifyRecord(
  ports: VerifyPorts & Pick<Ports, 'store'> & { readonly memory: CheckpointMemory },
  verification: Verification,
  key: VerifierKey | null,
): Promise<LogReport> {
  const { record, store, clock, memory } = ports
  const remembered = await memory.last()
  const report = await checkRecord(ports, verification, { notes: remembered ? [remembered] : [], key })
  const { size, root, signedSize, checkedCheckpoints, faults } = report
  const [first] = faults
  const details = {
    scope: verification.scope,
    from: verification.from,
    to: size,
    root: root.toString('base64'),
    checkpoints: checkedCheckpoints,
    signed_size: signedSize,
    faults: faults.length,
    ...(first ? { first: { position: first.position, what: first.what } } : {}),
  }
  await store.transaction(async (tx) => {
    const at = clock.now()
    await tx.audit.append({
      ...ofNoRequest(null),
      at,
      actor: daypass,
      action: 'record.verified',
      details,
    })
    await reportFaults(tx, faults, at)
  })
  if (faults.length === 0) await record.noteVerified(signedSize)
  return report
}

const positionsAtOnce = 5_000

/** In parts, so that no statement takes long. */
async function textFaults(record: RecordLog, { from, to }: Range): Promise<RecordFault[]> {
  const faults: RecordFault[] = []
  for (let at = from; at < to && faults.length < mostTextFaults; at += positionsAtOnce)
    faults.push(...(await record.textFaults({ from: at, to: Math.min(to, at + positionsAtOnce) })))
  return faults
}
const mostTextFaults = 20

/** The tree at this size, as the stored hashes have it. A fault: they do not, so everything is verified. */
async function startOf(
  record: RecordLog,
  size: number,
  notes: readonly string[],
): Promise<Tree | RecordFault> {
  if (size === 0) return new Tree()
  const first = notes[0] === undefined ? null : unverifiedCheckpoint(notes[0])
  if (first?.size !== size) return { position: size - 1, what: `the checkpoint of ${size} events is gone` }
  try {
    const edge = await record.hashesOf(
      edgeOf(size).map(({ level, index }) => ({ from: index * 2 ** level, to: (index + 1) * 2 ** level })),
    )
    const tree = new Tree(size, edge)
    if (tree.root().equals(first.root)) return tree
    return { position: size - 1, what: `the stored hashes up to here are not those that were signed` }
  } catch (error) {
    return { position: size - 1, what: error instanceof Error ? error.message : String(error) }
  }
}

async function allNotes(record: RecordLog): Promise<string[]> {
  return (await record.checkpoints(0)).map(({ note }) => note)
}

function inOrder(notes: readonly string[]): string[] {
  return [...new Set(notes)].toSorted((a, b) => sizeOf(a) - sizeOf(b))
}

function isOf(note: string, origin: string, from: number): boolean {
  const checkpoint = unverifiedCheckpoint(note)
  return checkpoint?.origin === origin && checkpoint.size >= from
}

/** A checkpoint from outside that is of another log says that this one took its place. One fault for each of those logs. */
function ofOtherLogs(notes: readonly string[], origin: string): RecordFault[] {
  const counts = new Map<string, number>()
  for (const note of notes) {
    const other = unverifiedCheckpoint(note)?.origin ?? origin
    if (other !== origin) counts.set(other, (counts.get(other) ?? 0) + 1)
  }
  return [...counts].map(([other, count]) => ({
    position: null,
    what: `${count === 1 ? '1 checkpoint is' : `${count} checkpoints are`} of another log: ${other}, and not ${origin}`,
  }))
}

function sizeOf(note: string): number {
  return unverifiedCheckpoint(note)?.size ?? 0
}

function otherKey(
  wanted: VerifierKey | null,
  first: VerifierKey | null,
  last: VerifierKey | null,
): RecordFault[] {
  if (!wanted || wanted.text === first?.text || wanted.text === last?.text) return []
  return [
    { position: null, what: `the record is signed by ${last?.text ?? 'nobody'}, not by ${wanted.text}` },
  ]
}
