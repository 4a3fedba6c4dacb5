import { type AccessOrder, ConnectorError, type Evidence, type Facts } from '../../domain/connector.ts'
import { membershipEvidence } from '../_shared/membership.ts'
import type { Flavour } from './flavour.ts'
import { findGroup, type Group } from './groups.ts'
import { findPerson, type Person, personById } from './people.ts'
import type { LdapEntitlement } from './schema.ts'
import type { Ldap, Target } from './target.ts'

export type MembershipOrder = AccessOrder<LdapEntitlement>

/** What is known of a lease's beginning. Names change, and pass to others; these do not, besides `value`. */
export interface Recorded {
  readonly person: string | null
  readonly group: string | null
  /** How the group listed the member. */
  readonly value: string | null
}

/** What `lookBefore` stored counts more than what the grant found: it was there first. */
export function recordedOf({ before, given }: { before?: Facts; given?: Facts }): Recorded {
  const of = (key: string) => textOf(before, key) ?? textOf(given, key)
  return { person: of('person'), group: of('group'), value: of('value') }
}

function textOf(facts: Facts | undefined, key: string): string | null {
  const value = facts?.[key]
  return typeof value === 'string' && value !== '' ? value : null
}

/** The person that the lease began with; before that, the one whose login this is. */
export function findRecorded(
  target: Target,
  ldap: Ldap,
  flavour: Flavour,
  { person }: Recorded,
  login: string,
): Promise<Person | null> {
  return person === null
    ? findPerson(target, ldap, flavour, login)
    : personById(target, ldap, flavour, person)
}

export function groupOf(
  { resourceId }: Target,
  { group, attribute }: LdapEntitlement,
  recorded: Pick<Recorded, 'group'>,
): { dn: string; id: string | null; attribute: LdapEntitlement['attribute'] } {
  if (group !== undefined) return { dn: group, id: recorded.group, attribute }
  const message = `${resourceId}: the entitlement names no group. Write \`group\` in the catalog.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

export interface Held {
  readonly grantId: string
  readonly groupId: string
  /** Leases of one login can be of two people, where the name has passed from one to the other. */
  readonly isOfPerson: boolean
  readonly value: string | null
}

/** The other leases of the login. One DN can be written in several ways, so groups are compared by id. */
export async function heldLeases(
  target: Target,
  ldap: Ldap,
  flavour: Flavour,
  { alsoHeld = [], content, before }: MembershipOrder,
  person: Person | null,
): Promise<Held[]> {
  const id = person?.id ?? textOf(before, 'person')
  const all = alsoHeld.map(async (lease) => {
    if (lease.content.attribute !== content.attribute || lease.content.group === undefined) return []
    const recorded = recordedOf(lease)
    const found =
      recorded.group ?? (await findGroup(target, ldap, flavour, groupOf(target, lease.content, recorded)))?.id
    if (found === undefined) return []
    const isOfPerson = recorded.person === null || recorded.person === id
    return [{ grantId: lease.grantId, groupId: found, isOfPerson, value: recorded.value }]
  })
  return (await Promise.all(all)).flat()
}

export function evidenceOf(
  { person, group, value }: { person: string; group: Group; value: string },
  { isMember, keptBy = [] }: { isMember: boolean; keptBy?: readonly string[] },
): Evidence {
  const facts = { person, group: group.id, of: group.dn, value }
  return membershipEvidence({ member: value, of: group.dn, keptBy }, isMember, new Date(), facts)
}

export function remainsOf({ dn }: Person, group: Group, ways: readonly string[]): string {
  return `${dn} is a member of ${group.dn} ${ways.join(', and ')}.`
}
