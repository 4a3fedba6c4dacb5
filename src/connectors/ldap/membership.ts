import { type AccessOrder, ConnectorError, type Evidence, type Facts } from '../../domain/connector.ts'
import { noLogin, requireLease } from '../_shared/membership.ts'
import { elsewhere } from './elsewhere.ts'
import { type Flavour, flavourOf } from './flavour.ts'
import { bringIn, findGroup, type Group, isIn, takeOut } from './groups.ts'
import {
  evidenceOf,
  findRecorded,
  groupOf,
  heldLeases,
  type MembershipOrder,
  recordedOf,
  remainsOf,
} from './lease.ts'
import { memberValue, type Person, personById } from './people.ts'
import type { Ldap, Target } from './target.ts'

export function grantMembership(target: Target, order: MembershipOrder): Promise<Evidence> {
  const login = requireLogin(order)
  requireLease(order)
  return target.operation(async (ldap) => {
    const flavour = flavourOf(target)
    const { person, group } = await requireBoth(target, ldap, flavour, order, login)
    if (person.isDisabled) throw disabled(target, person)
    const value = memberValue(target.resourceId, person, group)
    await bringIn(target, ldap, group, value)
    // A name that passed to somebody else between the look and the change.
    const now = await personById(target, ldap, flavour, person.id)
    if (now?.dn === person.dn) return evidenceOf({ person: person.id, group, value }, { isMember: true })
    if (flavour.membersAreNames) await takeOut(target, ldap, group, value)
    const message = `${target.resourceId}: ${person.dn} was renamed or deleted while it became a member`
    throw new ConnectorError('conflict', message, { retryable: true })
  })
}

/** A membership that no lease gives. Also says that the login is nobody's, before anything is given to it. */
export function standingMembership(target: Target, order: MembershipOrder): Promise<string | null> {
  const login = requireLogin(order)
  return target.operation(async (ldap) => {
    const flavour = flavourOf(target)
    const { person, group } = await requireBoth(target, ldap, flavour, order, login)
    const all = await heldLeases(target, ldap, flavour, order, person)
    const held = all.filter(({ isOfPerson }) => isOfPerson)
    const isMember = await isIn(target, ldap, group, memberValue(target.resourceId, person, group))
    if (isMember && !held.some(({ groupId }) => groupId === group.id))
      return `${person.dn} is a member of ${group.dn}.`
    const given = new Set(held.map(({ groupId }) => groupId))
    const ways = given.has(group.id) ? [] : await elsewhere(target, ldap, flavour, { person, group, given })
    return ways?.length ? remainsOf(person, group, ways) : null
  })
}

export function lookBefore(target: Target, order: MembershipOrder): Promise<Facts> {
  const login = requireLogin(order)
  return target.operation(async (ldap) => {
    const { person, group } = await requireBoth(target, ldap, flavourOf(target), order, login)
    return {
      person: person.id,
      group: group.id,
      value: memberValue(target.resourceId, person, group),
    }
  })
}

export function isMember(target: Target, order: MembershipOrder): Promise<boolean> {
  const login = requireLogin(order)
  return target.operation(async (ldap) => {
    const flavour = flavourOf(target)
    const recorded = recordedOf(order)
    const person = await findRecorded(target, ldap, flavour, recorded, login)
    const group = await findGroup(target, ldap, flavour, groupOf(target, order.content, recorded))
    return (
      person !== null &&
      group !== null &&
      (await isIn(target, ldap, group, memberValue(target.resourceId, person, group)))
    )
  })
}

async function requireBoth(
  target: Target,
  ldap: Ldap,
  flavour: Flavour,
  order: MembershipOrder,
  login: string,
): Promise<{ person: Person; group: Group }> {
  const recorded = recordedOf(order)
  const wanted = groupOf(target, order.content, recorded)
  const person = await findRecorded(target, ldap, flavour, recorded, login)
  if (person === null) throw nobody(target, flavour, login)
  const group = await findGroup(target, ldap, flavour, wanted)
  if (group === null) throw noGroup(target, wanted.dn)
  return { person, group }
}

function requireLogin(order: AccessOrder<unknown>): string {
  if (order.holder.identity) return order.holder.identity
  throw noLogin(order)
}

function nobody({ resourceId, settings }: Target, flavour: Flavour, login: string): ConnectorError {
  const message = `${resourceId}: nobody below ${settings.people ?? settings.base} has the ${settings.login ?? flavour.login} ${login}. Confirm the right login, or let the entry be created first.`
  return new ConnectorError('misconfigured', message, { retryable: false })
}

function noGroup({ resourceId }: Target, dn: string): ConnectorError {
  const message = `${resourceId}: there is no group ${dn}, or Daypass may not see it. Correct \`group\` in the catalog.`
  return new ConnectorError('misconfigured', message, { retryable: false })
}

function disabled({ resourceId }: Target, { dn }: Person): ConnectorError {
  const message = `${resourceId}: ${dn} is disabled. Let an administrator enable it, then ask again.`
  return new ConnectorError('conflict', message, { retryable: false })
}
