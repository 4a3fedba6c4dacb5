import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { ConfigError } from '../../config.ts'
import { leafText } from '../../domain/record/leaf.ts'
import type { RecordLog } from '../../domain/record/record-log.ts'
import type { Lists } from './sample.ts'

const lists = { 'grant.activated': 'granted', 'grant.ended': 'removed', 'grant.revoked': 'removed' } as const

/**
 * Writes the leaf of each of the first `size` events, one a line, so that the bytes of a line are the bytes that were hashed. Resolves
 * with the positions of what was granted and removed in the period, and of all events of these requests.
 */
export async function writeLog(
  record: RecordLog,
  path: string,
  { from, to, size }: { readonly from: Date; readonly to: Date; readonly size: number },
): Promise<Lists> {
  const found: Lists = { granted: new Map(), removed: new Map(), positions: new Map() }
  const [begins, ends] = [from.toISOString(), to.toISOString()]
  const file = createWriteStream(path, { mode: 0o600 })
  for await (const entries of record.entries(0)) {
    for (const { position, event } of entries) {
      if (position >= size) break
      if (!event)
        throw new ConfigError(`The event at position ${position} is gone. Run \`daypass audit verify\`.`)
      if (!file.write(`${leafText(event)}\n`)) await once(file, 'drain')
      const { reference } = event.request ?? {}
      if (reference === undefined) continue
      found.positions.set(reference, [...(found.positions.get(reference) ?? []), position])
      const list = lists[event.action as keyof typeof lists]
      if (list && begins <= event.at && event.at < ends && !found[list].has(reference))
        found[list].set(reference, position)
    }
  }
  file.end()
  await finished(file)
  return found
}
