import type { Resource } from '../../domain/catalog.ts'
import type { Ports } from '../../domain/ports.ts'
import { auditable } from '../_shared/auditable.ts'
import { type AccountKey, deciders, freshEnoughToShow, identify } from '../_shared/person.ts'
import { rankMatches } from '../_shared/rank-matches.ts'

/** An entitlement or an action, once for each id. `at`: the names of its resources. */
export interface AuditableEntitlement {
  readonly id: string
  readonly name: string
  readonly at: string
}

interface Wanted {
  readonly asker: AccountKey
  readonly typed: string
  /** Only entitlements of this resource. Null: of all. */
  readonly resourceId: string | null
  readonly most: number
}

/**
 * The resources of the catalog that a person may audit and whose names match, and the entitlements likewise. Somebody who may audit nothing
 * gets none. Throws `DirectoryUnavailable`.
 */
export async function searchAuditable(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>,
  { asker, typed, resourceId, most }: Wanted,
): Promise<{
  readonly resources: readonly Resource[]
  readonly entitlements: readonly AuditableEntitlement[]
}> {
  const { catalog } = ports
  const all = [...catalog.resources.values()]
  const groups = all.flatMap((resource) => deciders(catalog, resource))
  const { facts } = await identify(
    ports,
    asker,
    [...new Set([...groups, ...catalog.security.leads])],
    freshEnoughToShow,
  )
  const { resourceIds } = await auditable(ports, facts, all)
  const seen = all.filter(({ id }) => resourceIds.has(id))
  const named = new Map<string, { name: string; at: string[] }>()
  for (const resource of seen) {
    if (resourceId !== null && resource.id !== resourceId) continue
    for (const { id, name } of resource.entitlements.values()) {
      const one = named.get(id) ?? { name, at: [] }
      one.at.push(resource.name)
      named.set(id, one)
    }
  }
  const entitlements = [...named].map(([id, { name, at }]) => ({ id, name, at: at.join(', ') }))
  return {
    resources: rankMatches(seen, typed, ({ id, name }) => [name, id]).slice(0, most),
    entitlements: rankMatches(entitlements, typed, ({ id, name }) => [name, id]).slice(0, most),
  }
}
