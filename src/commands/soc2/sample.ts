import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OpenRecord } from '../../app/audit.ts'
import { ConfigError } from '../../config.ts'
import { leafText } from '../../domain/record/leaf.ts'
import { inclusionRanges, sha256 } from '../../domain/record/merkle.ts'
import type { Reference } from '../../domain/request.ts'

/** Positions in the log, by the references of requests. */
export interface Lists {
  /** Of the event that says that access was granted in the period. */
  readonly granted: Map<string, number>
  /** The same for its removal. */
  readonly removed: Map<string, number>
  /** Of every event of a request. */
  readonly positions: Map<string, number[]>
}

/** The first of each list, in the order of SHA-256 of `list:seed:reference`: everybody who has the list draws the same. */
export function draw(
  lists: Lists,
  { seed, sample }: { readonly seed: number; readonly sample: number },
): { readonly csv: string; readonly references: readonly string[] } {
  const drawn = (['granted', 'removed'] as const).flatMap((list) =>
    [...lists[list]]
      .map(([reference, position]) => ({
        ...{ list, reference, position },
        rank: sha256(`${list}:${seed}:${reference}`).toString('hex'),
      }))
      .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
      .slice(0, sample),
  )
  const lines = drawn.map(
    ({ list, reference, position, rank }) => `${list},${reference},${position},${rank}\n`,
  )
  return {
    csv: `List,Request,Position,SHA-256 of list:seed:request\n${lines.join('')}`,
    references: [...new Set(drawn.map(({ reference }) => reference))],
  }
}

/** A file for each request: its events as they were hashed, each with its inclusion proof. */
export async function writeSample(
  { record, store }: Pick<OpenRecord, 'record' | 'store'>,
  folder: string,
  references: readonly string[],
  { happened, size, texts }: { readonly happened: Lists; readonly size: number; readonly texts: boolean },
): Promise<void> {
  for (const reference of references) {
    const history = await store.histories.byReference(reference as Reference)
    if (!history) throw new ConfigError(`${reference} is in the log, and not in the database.`)
    const known = new Set(happened.positions.get(reference))
    const entries = (await record.entriesOf(history.request.id)).filter(({ position }) => known.has(position))
    const ranges = entries.map(({ position }) => inclusionRanges(position, size))
    const hashes = await record.hashesOf(ranges.flat())
    const events = entries.map(({ position, event }, n) => ({
      position,
      leaf: event && leafText(event),
      proof: hashes.splice(0, ranges[n]?.length ?? 0).map((hash) => hash.toString('base64')),
    }))
    const openings = []
    if (texts) for await (const some of record.openings(history.request.id)) openings.push(...some)
    const content = { reference, events, ...(texts ? { texts: openings } : {}) }
    writeFileSync(join(folder, `${reference}.json`), `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  }
}
