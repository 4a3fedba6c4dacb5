import { hash } from 'node:crypto'

/** SHA-256, 32 bytes. */
export type Hash = Buffer

/** Positions from `from` up to, and without, `to`. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** A complete subtree: the leaves from `index * 2^level`, `2^level` of them. */
export interface Subtree {
  readonly level: number
  readonly index: number
}

/** The hash of a leaf. https://www.rfc-editor.org/rfc/rfc6962#section-2.1 */
export function leafHash(leaf: string | Uint8Array): Hash {
  return sha256(Buffer.concat([leafPrefix, Buffer.from(leaf)]))
}

/** The hash of a node with these children. */
function nodeHash(left: Hash, right: Hash): Hash {
  return sha256(Buffer.concat([nodePrefix, left, right], 65))
}

// The prefixes keep a node from being passed off as a leaf.
const leafPrefix = Buffer.from([0])
const nodePrefix = Buffer.from([1])

export function sha256(data: string | Uint8Array): Hash {
  return hash('sha256', data, 'buffer')
}

/** A Merkle tree to which leaves are added. It keeps one hash for each complete subtree at its right edge, the largest first. */
export class Tree {
  #size: number
  readonly #edge: Hash[]

  constructor(size = 0, edge: readonly Hash[] = []) {
    if (edge.length !== edgeOf(size).length)
      throw new Error(`A tree of ${size} leaves has no edge of ${edge.length} hashes`)
    this.#size = size
    this.#edge = [...edge]
  }

  get size(): number {
    return this.#size
  }

  get edge(): readonly Hash[] {
    return this.#edge
  }

  /** `onNode` is told each complete subtree that this leaf completes, the leaf itself left out. */
  append(leaf: Hash, onNode: (node: Subtree, hash: Hash) => void = () => {}): void {
    let [carried, rest] = [leaf, this.#size]
    for (let level = 1; rest % 2 === 1; level += 1) {
      carried = nodeHash(this.#edge.pop() ?? missingEdge(), carried)
      rest = (rest - 1) / 2
      onNode({ level, index: rest }, carried)
    }
    this.#edge.push(carried)
    this.#size += 1
  }

  root(): Hash {
    return joined(this.#edge)
  }
}

function missingEdge(): never {
  throw new Error('A tree lacks a hash of its edge')
}

/** The complete subtrees at the right edge of a tree of this size, the largest first. */
export function edgeOf(size: number): Subtree[] {
  return subtreesOf({ from: 0, to: size })
}

/** The hash over a range, from the hashes of its `subtreesOf`. */
export function joined(hashes: readonly Hash[]): Hash {
  return hashes.length === 0 ? sha256('') : hashes.reduceRight((right, left) => nodeHash(left, right))
}

/** The complete subtrees that make up a range of a proof, from left to right. */
export function subtreesOf({ from, to }: Range): Subtree[] {
  const subtrees: Subtree[] = []
  for (let at = from; at < to; ) {
    let [level, leaves] = [0, 1]
    while (at % (leaves * 2) === 0 && at + leaves * 2 <= to) [level, leaves] = [level + 1, leaves * 2]
    subtrees.push({ level, index: at / leaves })
    at += leaves
  }
  return subtrees
}

/** The ranges whose hashes prove that the leaf at `index` is in a tree of `size` leaves, from the leaf up. */
export function inclusionRanges(index: number, size: number): Range[] {
  const ranges: Range[] = []
  for (let [from, to] = [0, size]; to - from > 1; ) {
    const middle = from + split(to - from)
    if (index < middle) {
      ranges.unshift({ from: middle, to })
      to = middle
    } else {
      ranges.unshift({ from, to: middle })
      from = middle
    }
  }
  return ranges
}

/** The ranges whose hashes prove that a tree of `before` leaves is the beginning of one of `size` leaves. */
export function consistencyRanges(before: number, size: number): Range[] {
  if (before === 0 || before === size) return []
  const ranges: Range[] = []
  let [from, to, isWhole] = [0, size, true]
  while (before !== to) {
    const middle = from + split(to - from)
    if (before <= middle) {
      ranges.unshift({ from: middle, to })
      to = middle
    } else {
      ranges.unshift({ from, to: middle })
      from = middle
      isWhole = false
    }
  }
  return isWhole ? ranges : [{ from, to }, ...ranges]
}

/** The largest power of two below `size`. */
function split(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

/** Whether these hashes prove the leaf. https://www.rfc-editor.org/rfc/rfc9162#section-2.1.3.2 */
export function provesInclusion(
  { index, size, root }: { index: number; size: number; root: Hash },
  leaf: Hash,
  proof: readonly Hash[],
): boolean {
  if (index < 0 || index >= size) return false
  let [fn, sn, r] = [index, size - 1, leaf]
  for (const p of proof) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(p, r)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)]
    } else r = nodeHash(r, p)
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && r.equals(root)
}

/** Whether these hashes prove that one tree is the beginning of the other. https://www.rfc-editor.org/rfc/rfc9162#section-2.1.4.2 */
export function provesConsistency(
  before: { size: number; root: Hash },
  after: { size: number; root: Hash },
  proof: readonly Hash[],
): boolean {
  if (before.size > after.size) return false
  if (before.size === after.size) return proof.length === 0 && before.root.equals(after.root)
  // Every tree begins with the empty one.
  if (before.size === 0) return proof.length === 0 && before.root.equals(sha256(''))
  const path = isPowerOfTwo(before.size) ? [before.root, ...proof] : [...proof]
  const first = path.shift()
  if (!first || path.length === 0) return false
  let [fn, sn] = [before.size - 1, after.size - 1]
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)]
  let [fr, sr] = [first, first]
  for (const c of path) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(c, fr)
      sr = nodeHash(c, sr)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)]
    } else sr = nodeHash(sr, c)
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && fr.equals(before.root) && sr.equals(after.root)
}

function half(n: number): number {
  return Math.floor(n / 2)
}

function isPowerOfTwo(n: number): boolean {
  let power = 1
  while (power < n) power *= 2
  return power === n
}
