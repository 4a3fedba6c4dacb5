import { addDays } from 'date-fns/addDays'
import type { Catalog, Entitlement, Resource } from '../../domain/catalog.ts'
import type { EngagementFacts, PersonFacts } from '../../domain/policy.ts'
import { matchesTicket } from '../../domain/ticket-pattern.ts'
import type { Literals } from './literals.ts'

/** An instant on a working day; what policies compare `now` with is tried besides. */
export const usualNow = new Date('2026-03-04T12:00:00Z')

/** Somebody of a kind that policies could tell from others. */
export interface Kind {
  readonly facts: PersonFacts
  /** Whether the account is no active full member or guest of the workspace. */
  readonly isOutsider: boolean
  /** Whether the catalog and the policies name this person or a group of this person. */
  readonly isNamed: boolean
}

/** All kinds of people that these policies could tell apart, the most usual first. */
export function kindsOf(literals: Literals, resource: Resource | null, leads: readonly string[]): Kind[] {
  const groups = [
    ...new Set(literals.entities.filter(({ type }) => type === 'UserGroup').map(({ id }) => id)),
  ]
  const approvers = resource
    ? [...resource.owners.approvers, ...[...resource.entitlements.values()].flatMap((one) => one.approvers)]
    : []
  const named = [...new Set([...groups, ...groupsAmong(approvers), ...groupsAmong(leads)])]
  const approver = named.length > 0 ? groupsAmong(approvers) : []
  const engagements = engagementsOf(literals)
  const employee = person({})
  const contractors = engagements.flatMap((engagement) => [
    person({ kind: 'contractor', engagement }),
    person({ kind: 'contractor', engagement, isGuest: true }),
  ])
  const insiders: Kind[] = [
    ...[employee, ...contractors].map((facts) => ({ facts, isOutsider: false, isNamed: false })),
    ...[
      person({ groups: named, userId: userAmong(approvers) ?? 'U0SOMEBODY' }),
      person({ groups: approver, userId: userAmong(approvers) ?? 'U0SOMEBODY' }),
      person({ groups: groupsAmong(leads), userId: userAmong(leads) ?? 'U0SOMEBODY' }),
      ...groups.map((group) => person({ groups: [group] })),
      ...accountsOf(literals).map((account) => person(account)),
      ...contractors.slice(0, 4).map((facts) => ({ ...facts, groups: named })),
    ].map((facts) => ({ facts, isOutsider: false, isNamed: true })),
  ]
  const outsiders = [employee, person({ kind: 'contractor', isGuest: true })].flatMap((facts) =>
    [{ isDeactivated: true }, { isBot: true }, { isStranger: true }].map((flag) => ({ ...facts, ...flag })),
  )
  const asApprovers = outsiders.map((facts) => ({
    ...facts,
    groups: named,
    userId: userAmong(approvers) ?? facts.userId,
  }))
  return [
    ...insiders,
    ...[...outsiders, ...asApprovers].map((facts) => ({ facts, isOutsider: true, isNamed: false })),
  ]
}

function person(changes: Partial<PersonFacts>): PersonFacts {
  return {
    userId: 'U0SOMEBODY',
    teamId: 'T0',
    person: changes.userId ?? 'somebody',
    kind: 'employee',
    isDeactivated: false,
    isBot: false,
    isGuest: false,
    isStranger: false,
    engagement: null,
    groups: [],
    ...changes,
  }
}

/** Somebody else, who asks where another decides. */
export const usualRequester = person({ userId: 'U0REQUESTER', person: 'requester' })

function groupsAmong(names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith('S'))
}

function userAmong(names: readonly string[]): string | undefined {
  return names.find((name) => !name.startsWith('S'))
}

function accountsOf({ entities, strings }: Literals): Partial<PersonFacts>[] {
  const uids = entities.filter(({ type }) => type === 'Account').map(({ id }) => id.split('/'))
  return [
    ...uids.map(([teamId = 'T0', userId = 'U0SOMEBODY']) => ({ teamId, userId })),
    ...[...(strings.get('userId') ?? [])].map((userId) => ({ userId })),
    ...[...(strings.get('person') ?? [])].map((id) => ({ person: id })),
  ]
}

function engagementsOf({ numbers, strings, attributes }: Literals): (EngagementFacts | null)[] {
  if (!attributes.has('engagement')) return [usualEngagement, null]
  const companies = ['Another company', ...(strings.get('company') ?? [])]
  const tags = [...(strings.get('tags') ?? [])]
  const tagSets = [[], ...tags.map((tag) => [tag]), tags]
  const days = attributes.has('daysLeft') ? [30, ...around(numbers.get('daysLeft'), 0)] : [30]
  const actives = attributes.has('isActive') ? [true, false] : [true]
  const all = companies.flatMap((company) =>
    tagSets.flatMap((tags) =>
      days.flatMap((left) =>
        actives.map((isActive) => ({
          ...usualEngagement,
          company,
          tags,
          endsAt: addDays(usualNow, left),
          sponsor: { ...usualEngagement.sponsor, isActive },
        })),
      ),
    ),
  )
  return [...all.slice(0, 200), null]
}

const usualEngagement: EngagementFacts = {
  company: 'Another company',
  tags: [],
  startsAt: addDays(usualNow, -30),
  endsAt: addDays(usualNow, 30),
  sponsor: { person: 'sponsor', displayName: '', userId: 'U0SPONSOR', isActive: true },
}

/** Each number, one less and one more. */
export function around(numbers: ReadonlySet<number> | undefined, least: number): number[] {
  return [...new Set([...(numbers ?? [])].flatMap((number) => [number - 1, number, number + 1]))].filter(
    (number) => number >= least,
  )
}

/** Tickets that the entitlement accepts and policies could tell apart. */
export function ticketsOf(literals: Literals, { ticket }: Entitlement): (string | null)[] {
  const { pattern, example, required } = ticket
  const samples = [...(literals.samples.get('ticket') ?? []), ...(literals.strings.get('ticket') ?? [])]
  const accepted = [...new Set([example ?? 'OPS-1', ...samples])].filter(
    (one) => pattern === null || matchesTicket(pattern, one),
  )
  return required ? accepted : [null, ...accepted]
}

/** One entitlement for all those that these policies cannot tell apart. */
export function representatives(
  { resources }: Catalog,
  { entities, attributes }: Literals,
): { resource: Resource; entitlement: Entitlement; alike: Entitlement[] }[] {
  const named = new Set(entities.map(({ type, id }) => `${type} ${id}`))
  const byKey = new Map<string, { resource: Resource; entitlement: Entitlement; alike: Entitlement[] }>()
  for (const resource of resources.values()) {
    for (const entitlement of resource.entitlements.values()) {
      const names = [
        `Resource ${resource.id}`,
        `Approvers ${resource.id}`,
        `Entitlement ${resource.id}/${entitlement.id}`,
      ].filter((name) => named.has(name))
      const key = JSON.stringify([
        names,
        attributes.has('environment') && resource.environment,
        attributes.has('risk') && entitlement.risk,
        attributes.has('tags') && [resource.tags, entitlement.tags],
        attributes.has('durationSeconds') && entitlement.maxDurationSeconds,
        attributes.has('ticket') && entitlement.ticket,
      ])
      const known = byKey.get(key)
      if (known) known.alike.push(entitlement)
      else byKey.set(key, { resource, entitlement, alike: [entitlement] })
    }
  }
  return [...byKey.values()]
}
