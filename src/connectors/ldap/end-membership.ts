import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { contentNotUnderstood, nothingGiven } from '../_shared/membership.ts'
import { elsewhere } from './elsewhere.ts'
import { type Flavour, flavourOf } from './flavour.ts'
import { bringIn, findGroup, type Group, takeOut } from './groups.ts'
import {
  evidenceOf,
  findRecorded,
  groupOf,
  heldLeases,
  type MembershipOrder,
  type Recorded,
  recordedOf,
  remainsOf,
} from './lease.ts'
import { memberValue, type Person } from './people.ts'
import { residualOf } from './residual.ts'
import type { LdapEntitlement } from './schema.ts'
import type { Ldap, Target } from './target.ts'

/** Takes the person out, unless another lease gives the same membership. That one is then given again where it is missing. */
export async function revokeMembership(
  target: Target,
  order: AccessOrder<LdapEntitlement | null>,
): Promise<Evidence> {
  const login = order.holder.identity
  if (!login) return nothingGiven()
  const { content } = order
  if (content === null || content.group === undefined) throw contentNotUnderstood(order)
  const understood = { ...order, content }
  return target.operation((ldap) => endMembership(target, ldap, understood, login))
}

async function endMembership(
  target: Target,
  ldap: Ldap,
  order: MembershipOrder,
  login: string,
): Promise<Evidence> {
  const flavour = flavourOf(target)
  const recorded = recordedOf(order)
  const person = await findRecorded(target, ldap, flavour, recorded, login)
  const group = await findGroup(target, ldap, flavour, groupOf(target, order.content, recorded))
  if (group === null) return groupGone(target, ldap, flavour, order, recorded)
  if (person === null && recorded.person === null) throw renamed(target, login)
  const current = person && memberValue(target.resourceId, person, group)
  const held = await heldLeases(target, ldap, flavour, order, person)
  const keptBy = held.filter(({ isOfPerson, groupId }) => isOfPerson && groupId === group.id)
  if (keptBy.length > 0 && current !== null) await bringIn(target, ldap, group, current)
  const kept = new Set([
    ...(keptBy.length > 0 ? [current] : []),
    ...held
      .filter(({ isOfPerson, groupId }) => !isOfPerson && groupId === group.id)
      .map(({ value }) => value),
  ])
  // A directory that lists names lists the former one too, if it does not follow renames.
  const former = flavour.membersAreNames ? recorded.value : null
  const values = new Set([current, former].filter((value) => value !== null && !kept.has(value)))
  for (const value of values) if (value !== null) await takeOut(target, ldap, group, value)
  if (person && current !== null && keptBy.length === 0)
    await clearBackLink(target, ldap, flavour, { person, group, value: current })
  const value = current ?? former ?? login
  const found = { person: person?.id ?? recorded.person ?? '', group, value }
  if (keptBy.length > 0)
    return evidenceOf(found, { isMember: true, keptBy: keptBy.map(({ grantId }) => grantId) })
  const given = new Set(held.filter(({ isOfPerson }) => isOfPerson).map(({ groupId }) => groupId))
  const ways = person && (await elsewhere(target, ldap, flavour, { person, group, given }))
  const remains =
    person && (ways === null ? unknownRemains(group) : ways.length > 0 && remainsOf(person, group, ways))
  return {
    ...evidenceOf(found, { isMember: false }),
    ...residualOf(target),
    ...(remains && { remains }),
  }
}

/**
 * The overlay `memberof` without `refint` goes on to show the group at somebody who was renamed, and applications go by that. A
 * membership under the new name that is taken away again clears it.
 */
async function clearBackLink(
  target: Target,
  ldap: Ldap,
  flavour: Flavour,
  { person, group, value }: { person: Person; group: Group; value: string },
): Promise<void> {
  if (!flavour.membersAreNames || !(await showsGroup(ldap, flavour, person.id, group.dn))) return
  await bringIn(target, ldap, group, value)
  await takeOut(target, ldap, group, value)
  if (!(await showsGroup(ldap, flavour, person.id, group.dn))) return
  const message = `${target.resourceId}: memberOf of ${person.dn} goes on to show ${group.dn}, which does not list it. Remove it there by hand, and load the overlay refint.`
  throw new ConnectorError('still_present', message, { retryable: true })
}

/** By the person's own `memberOf`, where there is one and Daypass may read it. */
async function showsGroup(ldap: Ldap, flavour: Flavour, person: string, dn: string): Promise<boolean> {
  const shown = await flavour.findById(ldap, person, ['memberOf'])
  return shown?.text('memberOf').some((of) => of.toLowerCase() === dn.toLowerCase()) === true
}

/**
 * A group that was deleted gives nothing. One that Daypass may no longer see looks the same, so this proves less; what the person
 * shows of its groups is asked too.
 */
async function groupGone(
  target: Target,
  ldap: Ldap,
  flavour: Flavour,
  { content }: MembershipOrder,
  { person }: Recorded,
): Promise<Evidence> {
  const dn = content.group ?? ''
  if (person !== null && (await showsGroup(ldap, flavour, person, dn))) {
    const message = `${target.resourceId}: Daypass may no longer see ${dn}, and the person is still its member. Give the account of Daypass its rights again.`
    throw new ConnectorError('still_present', message, { retryable: true })
  }
  return {
    readAt: new Date(),
    summary: `The group ${dn} does not exist any more.`,
    facts: { group: null, of: dn, member: false },
    proof: 'contract',
    remains: `A group that Daypass may no longer see looks as if it were gone: ${dn}.`,
  }
}

function unknownRemains({ dn }: Group): string {
  return `Whether other groups bring the person into ${dn} is not known, because a limit of the directory cuts the answer off.`
}

function renamed({ resourceId }: Target, login: string): ConnectorError {
  const message = `${resourceId}: nobody has the login ${login} any more. If it was renamed, the membership goes on: change it back until the lease has ended.`
  return new ConnectorError('still_present', message, { retryable: true })
}
