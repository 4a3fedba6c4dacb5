import { describe, expect, it } from 'vitest'
import {
  consistencyRanges,
  type Hash,
  inclusionRanges,
  joined,
  leafHash,
  provesConsistency,
  provesInclusion,
  type Range,
  sha256,
  subtreesOf,
  Tree,
} from './merkle.ts'

/** https://github.com/transparency-dev/merkle: the leaves and roots by which implementations of RFC 6962 compare themselves. */
const leaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

/** As the RFC writes it, with no care for speed. https://www.rfc-editor.org/rfc/rfc6962#section-2.1 */
function slowRoot(hashes: readonly Hash[]): Hash {
  if (hashes.length === 0) return sha256('')
  if (hashes.length === 1) return hashes[0] ?? sha256('')
  let k = 1
  while (k * 2 < hashes.length) k *= 2
  return sha256(Buffer.concat([Buffer.from([1]), slowRoot(hashes.slice(0, k)), slowRoot(hashes.slice(k))]))
}

const numbered = Array.from({ length: 70 }, (_, n) => leafHash(`leaf ${n}`))
const rootOf = (size: number) => slowRoot(numbered.slice(0, size))
const prove = (ranges: readonly Range[]) => ranges.map(({ from, to }) => slowRoot(numbered.slice(from, to)))

it('the roots are those of RFC 6962', () => {
  const tree = new Tree()
  expect(tree.root().toString('hex')).toBe(roots[0])
  for (const [n, leaf] of leaves.entries()) {
    tree.append(leafHash(Buffer.from(leaf, 'hex')))
    expect(tree.root().toString('hex')).toBe(roots[n + 1])
  }
})

it('the proofs are those of RFC 6962', () => {
  const hashes = leaves.map((leaf) => leafHash(Buffer.from(leaf, 'hex')))
  const proof = (ranges: readonly Range[]) =>
    ranges.map(({ from, to }) => slowRoot(hashes.slice(from, to)).toString('hex'))
  expect(proof(inclusionRanges(0, 8))).toEqual([
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ])
  expect(proof(consistencyRanges(6, 8))).toEqual([
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ])
})

it('a tree goes on from its edge, and its complete subtrees give the same root', () => {
  for (let size = 0; size <= numbered.length; size += 1) {
    const whole = new Tree()
    for (const leaf of numbered.slice(0, size)) whole.append(leaf)
    const resumed = new Tree(size, whole.edge)
    resumed.append(leafHash('next'))
    expect(whole.root()).toEqual(rootOf(size))
    expect(resumed.root()).toEqual(slowRoot([...numbered.slice(0, size), leafHash('next')]))
    const subtrees = subtreesOf({ from: 0, to: size }).map(({ level, index }) =>
      slowRoot(numbered.slice(index * 2 ** level, (index + 1) * 2 ** level)),
    )
    expect(joined(subtrees)).toEqual(rootOf(size))
  }
})

const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 31, 33, 64, 70]

describe.each(sizes)('in a tree of %i leaves', (size) => {
  it('every leaf is proved, and with one bit changed anywhere none is', () => {
    const root = rootOf(size)
    for (let index = 0; index < size; index += 1) {
      const leaf = numbered[index] ?? sha256('')
      const proof = prove(inclusionRanges(index, size))
      expect(provesInclusion({ index, size, root }, leaf, proof)).toBe(true)
      expect(provesInclusion({ index: index + 1, size, root }, leaf, proof)).toBe(false)
      expect(provesInclusion({ index, size, root }, leaf, [...proof, root])).toBe(false)
      expect(provesInclusion({ index, size, root }, leaf, proof.slice(1)) && proof.length > 0).toBe(false)
      for (const [at] of proof.entries()) {
        const changed = proof.with(at, flipped(proof[at] ?? root, (index + at) % 256))
        expect(provesInclusion({ index, size, root }, leaf, changed)).toBe(false)
      }
      expect(provesInclusion({ index, size, root }, flipped(leaf, index), proof)).toBe(false)
      expect(provesInclusion({ index, size, root: flipped(root, index) }, leaf, proof)).toBe(false)
    }
  })

  it('it begins with every smaller tree, and with no other', () => {
    const after = { size, root: rootOf(size) }
    for (let before = 0; before <= size; before += 1) {
      const proof = prove(consistencyRanges(before, size))
      const of = { size: before, root: rootOf(before) }
      expect(provesConsistency(of, after, proof)).toBe(true)
      expect(provesConsistency({ ...of, root: flipped(of.root, before) }, after, proof)).toBe(false)
      expect(provesConsistency(of, { size, root: flipped(after.root, before) }, proof) && before > 0).toBe(
        false,
      )
      for (const [at] of proof.entries()) {
        const changed = proof.with(at, flipped(proof[at] ?? after.root, at))
        expect(provesConsistency(of, after, changed)).toBe(false)
      }
    }
    expect(provesConsistency(after, { size: size - 1, root: rootOf(size - 1) }, [])).toBe(false)
  })
})

function flipped(hash: Hash, bit: number): Hash {
  const changed = Buffer.from(hash)
  const at = (bit >> 3) % 32
  changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7))
  return changed
}
