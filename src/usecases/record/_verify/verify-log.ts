import { z } from 'zod'
import { openCheckpoint, unverifiedCheckpoint, type VerifierKey } from '../../../domain/record/checkpoint.ts'
import { type LeafEvent, leafText } from '../../../domain/record/leaf.ts'
import { type Hash, leafHash, type Tree } from '../../../domain/record/merkle.ts'
import type { RecordEntry } from '../../../domain/record/record-log.ts'
import type { EventCheck } from './event-check.ts'
import { extraChecks } from './extra-checks.ts'
import { keyAfter } from './key-change.ts'
import { type Removal, RemovedEvents } from './removed-events.ts'

/** Something that does not fit, and the position where it shows first. Null: no single one. */
export interface RecordFault {
  readonly position: number | null
  readonly what: string
}

export interface LogToVerify {
  /** From position `tree.size` on. */
  readonly entries: AsyncIterable<readonly RecordEntry[]>
  /** The tree before these entries: empty, or the edge that a checkpoint of `checkpoints` holds. */
  readonly tree: Tree
  readonly origin: string
  /** Signed notes of trees of at least that size, the smallest first. */
  readonly checkpoints: readonly string[]
  /** The key that signed at that size. Null: nobody has signed. */
  readonly key: VerifierKey | null
}

export interface LogReport {
  /** The number of events, and the root over them. */
  readonly size: number
  readonly root: Hash
  readonly checkedCheckpoints: number
  /** The greatest size whose checkpoint was found right. */
  readonly signedSize: number
  /** The key that signs at the end. */
  readonly key: VerifierKey | null
  /** Events that retention removed, by the rule. */
  readonly removed: readonly Removal[]
  /** The first few, the earliest first. */
  readonly faults: readonly RecordFault[]
}

const mostFaults = 20
const began = z.object({ origin: z.string() })

/** Computes the whole tree again, and compares every event with its hash and every checkpoint with the tree. */
export async function verifyLog(log: LogToVerify): Promise<LogReport> {
  const check = new Check(log)
  check.compareCheckpoints()
  for await (const entries of log.entries) {
    for (const entry of entries) {
      check.add(entry)
      if (check.isBroken) return check.report()
    }
    // Lets other work of this process go on.
    await new Promise(setImmediate)
  }
  check.end()
  return check.report()
}

class Check {
  /** What follows cannot be compared any more. */
  isBroken = false
  readonly #tree: Tree
  readonly #origin: string
  readonly #checkpoints: string[]
  readonly #extraChecks: readonly EventCheck[]
  readonly #faults: RecordFault[] = []
  readonly #removed = new RemovedEvents()
  #key: VerifierKey | null
  #checked = 0
  #signedSize: number

  constructor({ tree, origin, checkpoints, key }: LogToVerify) {
    this.#tree = tree
    this.#origin = origin
    this.#checkpoints = [...checkpoints]
    this.#key = key
    this.#signedSize = tree.size
    this.#extraChecks = extraChecks({ isWhole: tree.size === 0 })
  }

  add({ position, event, hash }: RecordEntry): void {
    const { size } = this.#tree
    if (position !== size) {
      const what = position > size ? 'this position is missing' : `position ${position} comes again`
      this.#break({ position: size, what })
      return
    }
    const computed = event && hashOf(event)
    if (!event) this.#removed.missing(position)
    else if (!computed) this.#fault(position, `the event cannot be read`)
    else if (hash && !computed.equals(hash))
      this.#fault(position, `the event (${event.action}) is not the one that was recorded`)
    const leaf = hash ?? computed
    if (!leaf) {
      this.#break({ position, what: 'nothing is known of this position' })
      return
    }
    if (event) {
      this.#look(position, event)
      this.#removed.look(position, event)
    }
    this.#tree.append(leaf)
    this.compareCheckpoints()
  }

  /** Compares the checkpoints of the present size. */
  compareCheckpoints(): void {
    for (;;) {
      const [note] = this.#checkpoints
      const size = note === undefined ? null : (unverifiedCheckpoint(note)?.size ?? -1)
      if (note === undefined || size === null || size > this.#tree.size) return
      this.#checkpoints.shift()
      this.#compare(note, size)
      if (this.isBroken) return
    }
  }

  end(): void {
    const beyond = this.#checkpoints.at(-1)
    if (beyond === undefined) return
    const { size } = unverifiedCheckpoint(beyond) ?? { size: -1 }
    this.#fault(this.#tree.size, `the record ends here, but a tree of ${size} events was signed`)
  }

  report(): LogReport {
    return {
      size: this.#tree.size,
      root: this.#tree.root(),
      checkedCheckpoints: this.#checked,
      signedSize: this.#signedSize,
      key: this.#key,
      removed: this.#removed.removals(),
      faults: [...this.#faults, ...this.#removed.faults()]
        .toSorted((a, b) => (a.position ?? -1) - (b.position ?? -1))
        .slice(0, mostFaults),
    }
  }

  #compare(note: string, size: number): void {
    this.#checked += 1
    const opened = openCheckpoint(note, this.#key ? [this.#key] : [])
    if (!opened.ok) {
      this.#fault(null, `the checkpoint of ${size} events is not good: ${opened.problem}`)
      return
    }
    const { checkpoint } = opened
    if (checkpoint.origin !== this.#origin) {
      this.#fault(null, `the checkpoint of ${size} events is of another log: ${checkpoint.origin}`)
      return
    }
    if (checkpoint.size === this.#tree.size && checkpoint.root.equals(this.#tree.root())) {
      this.#signedSize = size
      return
    }
    const where =
      this.#signedSize < size ? `from here to ${size - 1}` : `up to here, of ${size} that were signed,`
    this.#break({
      position: this.#signedSize < size ? this.#signedSize : size - 1,
      what: `the events ${where} are not those that were signed`,
    })
  }

  #look(position: number, event: LeafEvent): void {
    for (const check of this.#extraChecks) {
      const wrong = check(event)
      if (wrong !== null) this.#fault(position, wrong)
    }
    if (event.action === 'record.began' && began.safeParse(event.details).data?.origin !== this.#origin)
      this.#fault(position, `the record began under another name than ${this.#origin}`)
    if (event.action !== 'record.key_changed' || !this.#key) return
    const next = keyAfter(event, this.#key)
    if (typeof next === 'string') this.#fault(position, `the key was changed, but ${next}`)
    else this.#key = next
  }

  #break(fault: RecordFault): void {
    this.#faults.push(fault)
    this.isBroken = true
  }

  #fault(position: number | null, what: string): void {
    if (this.#faults.length < 1_000) this.#faults.push({ position, what })
  }
}

function hashOf(event: LeafEvent): Hash | null {
  try {
    return leafHash(leafText(event))
  } catch {
    return null
  }
}
