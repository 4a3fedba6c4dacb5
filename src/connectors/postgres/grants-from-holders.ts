import { heldPrivileges } from './held-privileges.ts'
import { quoteIdentifier } from './quoting.ts'
import type { Session, Target } from './target.ts'
import { entitlementRolesHere } from './unused-roles.ts'

/** Privileges that holders of leases granted to the target's entitlement roles on their own objects. */
export async function grantsFromHolders(
  session: Session,
  target: Target,
): Promise<{ what: string; remedy: string }[]> {
  const problems: { what: string; remedy: string }[] = []
  for (const { oid, name } of await entitlementRolesHere(session, target)) {
    const role = quoteIdentifier(name)
    const { fromHolders } = await heldPrivileges(session, oid)
    for (const { object, owner, target: on } of fromHolders) {
      const remedy =
        on === null ? `drop owned by ${quoteIdentifier(owner)};` : `revoke all on ${on} from ${role};`
      problems.push({
        what: `${name} was given something on ${object} by its owner ${owner}`,
        remedy: `It goes with what ${owner} made. At once, as that owner or a superuser: ${remedy}`,
      })
    }
  }
  return problems
}
