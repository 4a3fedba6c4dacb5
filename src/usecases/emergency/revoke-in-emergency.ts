import { randomUUID } from 'node:crypto'
import type { Connectors } from '../../domain/ports.ts'
import { orderOfNobody } from '../_shared/order-of-nobody.ts'
import type { EmergencyEntry } from './emergency-entry.ts'

export interface Emergency {
  /** Who does it, in their own words: Slack and the database may be away. */
  readonly by: string
  readonly reason: string
  /** Null: everything at the target. */
  readonly grantId: string | null
}

/**
 * Takes away what Daypass made at a target, as the target lists it, without the database. Resolves with what became of each. Null:
 * the target cannot list. `begin` is told of everything before anything is taken away: if this process dies then, the database still
 * learns of it, and nothing is given again. Times are of this machine. Throws `ConnectorError` when the list cannot be had.
 */
export async function revokeInEmergency(
  connectors: Connectors,
  resourceId: string,
  { by, reason, grantId }: Emergency,
  begin: (entries: readonly EmergencyEntry[]) => Promise<void> = async () => {},
): Promise<EmergencyEntry[] | null> {
  const connector = connectors.of(resourceId)
  if (!connector.list) return null
  const held = new Map<string, string>()
  for await (const holding of connector.list())
    if (grantId === null || holding.grantId === grantId) held.set(holding.grantId, holding.detail)
  const entryOf = ([id, detail]: [string, string], outcome: Pick<EmergencyEntry, 'removed' | 'said'>) => {
    const at = new Date().toISOString()
    return { id: randomUUID(), at, by, reason, resourceId, grantId: id, detail, ...outcome }
  }
  const revoke = async ([id, detail]: [string, string]): Promise<EmergencyEntry> => {
    const outcome = await connector.revoke(orderOfNobody(resourceId, id, new Date())).then(
      ({ summary }) => ({ removed: true, said: summary }),
      (error: unknown) => ({ removed: false, said: error instanceof Error ? error.message : String(error) }),
    )
    return entryOf([id, detail], outcome)
  }
  const entries: EmergencyEntry[] = []
  const all = [...held]
  await begin(all.map((one) => entryOf(one, { removed: false, said: 'The revocation begins.' })))
  for (let from = 0; from < all.length; from += atOnce)
    entries.push(...(await Promise.all(all.slice(from, from + atOnce).map(revoke))))
  return entries
}

const atOnce = 10
