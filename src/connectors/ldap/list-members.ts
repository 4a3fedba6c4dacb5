import { ConnectorError, type Membership, type Memberships } from '../../domain/connector.ts'
import { type Flavour, flavourOf } from './flavour.ts'
import type { LdapEntitlement } from './schema.ts'
import type { Ldap, LdapEntry, Target } from './target.ts'

/** Each member of a group is looked up for its login. */
const mostMembers = 2_000

/** The members of every group that is offered, by the login that leases use. Members of nested groups are not listed. */
export function listMembers(
  target: Target,
  offers: ReadonlyMap<string, LdapEntitlement>,
): Promise<Memberships> {
  return target.operation(async (ldap) => {
    const flavour = flavourOf(target)
    const members: Membership[] = []
    for (const [entitlementId, { group, attribute }] of offers) {
      if (group === undefined) continue
      for (const login of await loginsIn(target, ldap, flavour, { group, attribute }))
        members.push({ login, entitlementId, detail: `member of ${group}` })
    }
    return { members, notListed: [] }
  })
}

interface Listed {
  readonly group: string
  readonly attribute: LdapEntitlement['attribute']
}

async function loginsIn(
  target: Target,
  ldap: Ldap,
  flavour: Flavour,
  { group, attribute }: Listed,
): Promise<string[]> {
  const kind = target.settings.login ?? flavour.login
  const { people, base, placeholder } = target.settings
  // Active Directory gives 1,500 members of a group at most, and finds all of them by a search.
  if (!flavour.membersAreNames) {
    const filter = { all: [flavour.isPerson, { attribute: 'memberOf', is: group }] }
    const found = await ldap.find(people ?? base, filter, kind === 'dn' ? ['1.1'] : [kind])
    return found.map((entry) => loginOf(entry, kind) ?? entry.dn)
  }
  const values = ((await ldap.read(group, [attribute]))?.text(attribute) ?? []).filter(
    (value) => value !== placeholder,
  )
  if (values.length > mostMembers) {
    const message = `${target.resourceId}: ${group} has ${values.length} members, too many to look each of them up.`
    throw new ConnectorError('unexpected', message, { retryable: false })
  }
  if (attribute === 'memberUid' && kind === 'uid') return values
  const logins: string[] = []
  for (const value of values) {
    const entry =
      attribute === 'memberUid'
        ? ((await ldap.find(people ?? base, { attribute: 'uid', is: value }, [kind], 1))[0] ?? null)
        : await ldap.read(value, kind === 'dn' ? ['1.1'] : [kind])
    logins.push((entry && loginOf(entry, kind)) ?? value)
  }
  return logins
}

function loginOf(entry: LdapEntry, kind: string): string | null {
  return kind === 'dn' ? entry.dn : (entry.text(kind)[0] ?? null)
}
