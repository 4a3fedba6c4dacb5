import { type Hash, joined, type Range, type Subtree, subtreesOf, Tree } from '../../domain/record/merkle.ts'
import type { Database } from '../database.ts'

/** The hashes over these ranges, from the stored hashes of leaves and of every eighth level. */
export async function hashesOf({ sql }: Database, ranges: readonly Range[]): Promise<Hash[]> {
  const subtrees = ranges.map(subtreesOf)
  const wanted = [...new Map(subtrees.flat().map((subtree) => [nameOf(subtree), subtree])).values()]
  const spans = wanted.map((subtree) => ({ subtree, ...spanOf(subtree) }))
  const rows = await sql<{ span: number; hashes: string[] }[]>`
    select span::integer, array_agg(hash order by index) as hashes from (
      select span, position as index, hash
      from unnest(${spans.map(({ level }) => level)}::integer[], ${spans.map(({ first }) => String(first))}::bigint[],
        ${spans.map(({ count }) => count)}::integer[]) with ordinality as wanted (level, first, count, span)
      join record_leaves on wanted.level = 0 and position >= first and position < first + count
      union all
      select span, index, hash
      from unnest(${spans.map(({ level }) => level)}::integer[], ${spans.map(({ first }) => String(first))}::bigint[],
        ${spans.map(({ count }) => count)}::integer[]) with ordinality as wanted (level, first, count, span)
      join record_nodes n on wanted.level > 0 and n.level = wanted.level and n.index >= first and n.index < first + count
    ) found group by span`
  const found = new Map(
    rows.map(({ span, hashes }) => [span - 1, hashes.map((hash) => Buffer.from(hash, 'hex'))]),
  )
  const bySubtree = new Map(
    spans.map(({ subtree, count }, span) => {
      const hashes = found.get(span) ?? []
      if (hashes.length !== count) throw new MissingHashes(subtree)
      return [nameOf(subtree), rootOf(hashes)]
    }),
  )
  return subtrees.map((parts) => joined(parts.map((part) => bySubtree.get(nameOf(part)) ?? Buffer.alloc(0))))
}

function rootOf(hashes: readonly Hash[]): Hash {
  const tree = new Tree()
  for (const hash of hashes) tree.append(hash)
  return tree.root()
}

/** Stored hashes of the tree are gone. */
class MissingHashes extends Error {
  constructor({ level, index }: Subtree) {
    const from = index * 2 ** level
    super(`hashes of the positions ${from} to ${from + 2 ** level - 1} are missing`)
  }
}

/** The stored hashes below a subtree. */
function spanOf({ level, index }: Subtree): { level: number; first: number; count: number } {
  const above = level % 8
  return { level: level - above, first: index * 2 ** above, count: 2 ** above }
}

function nameOf({ level, index }: Subtree): string {
  return `${level}/${index}`
}
