import type { Holding } from '../../../domain/connector.ts'
import type { Target } from '../target.ts'
import { type AccountSettings, grantOfName, namingOf, prefixOf } from './entry.ts'

/** Entries of leases of this resource. */
export async function* listEntries(target: Target, { under }: AccountSettings): AsyncIterable<Holding> {
  const { resourceId, settings } = target
  const naming = namingOf(settings)
  const found = await target.operation((ldap) =>
    ldap.find(under, { attribute: naming, starts: prefixOf(resourceId) }, [naming]),
  )
  for (const entry of found) {
    const grantId = entry
      .text(naming)
      .map((name) => grantOfName(resourceId, name))
      .find((id) => id !== null)
    if (grantId) yield { grantId, detail: `entry ${entry.dn}` }
  }
}
