import type { EntityJson, TypeAndId } from '@cedar-policy/cedar-wasm/nodejs'
import { differenceInDays } from 'date-fns/differenceInDays'
import type {
  CircumstanceName,
  Circumstances,
  ContractorFacts,
  EngagementFacts,
  PersonFacts,
  PolicyQuestion,
  ResourceFacts,
  SponsorFacts,
} from '../domain/policy.ts'
import { isNamedIn } from '../domain/policy.ts'

/** A question as Cedar entities. */
export interface CedarQuestion {
  readonly principal: TypeAndId
  readonly action: TypeAndId
  readonly resource: TypeAndId
  readonly context: EntityJson['attrs']
  readonly entities: EntityJson[]
}

/**
 * Facts to entities: what `policySchema` describes, and nothing that the question does not hold. Every entity costs Cedar
 * some 50 µs, so those without attributes that a policy could reach are named as parents only.
 */
export function cedarQuestion(question: PolicyQuestion, securityLeads: readonly string[]): CedarQuestion {
  const object =
    question.action === 'manageContractor' ? contractorEntity(question.contractor) : cedarObject(question)
  const people = peopleOf(question).map((person) => accountEntity(person, question, securityLeads))
  return {
    principal: accountUid(question.principal),
    action: { type: 'Action', id: question.action },
    resource: object.uid,
    context: cedarContext(question),
    entities: [object, ...people],
  }
}

type ResourceQuestion = Exclude<PolicyQuestion, { readonly action: 'manageContractor' }>

/** The resource of the action. */
function cedarObject(question: ResourceQuestion): EntityJson & { uid: TypeAndId } {
  const { id, environment } = question.resource
  const resource = { type: 'Resource', id }
  const resourceTags = question.resource.tags ?? []
  const common = {
    ...(environment === null ? {} : { environment }),
    tags: [...resourceTags],
    approvers: { __entity: approversUid(question.resource) },
  }
  if (question.action === 'audit' || !('entitlement' in question))
    return { uid: resource, attrs: common, parents: [] }

  const entitlement = { type: 'Entitlement', id: `${id}/${question.entitlement.id}` }
  const tags = [...new Set([...resourceTags, ...(question.entitlement.tags ?? [])])]
  const attrs = { ...common, tags, risk: question.entitlement.risk }
  const parents = [entitlement, resource]
  switch (question.action) {
    case 'request':
    case 'selfServe':
    case 'breakGlass':
      return { uid: entitlement, attrs, parents: [resource] }
    case 'approve':
    case 'preApprove': {
      const requester = { __entity: accountUid(question.requester) }
      return { uid: { type: 'AccessRequest', id: 'this' }, attrs: { ...attrs, requester }, parents }
    }
    case 'revoke':
    case 'review': {
      const holder = { __entity: accountUid(question.holder) }
      return { uid: { type: 'Grant', id: 'this' }, attrs: { ...attrs, holder }, parents }
    }
  }
}

function cedarContext(question: PolicyQuestion): EntityJson['attrs'] {
  const now = datetime(question.now)
  switch (question.action) {
    case 'request':
    case 'selfServe':
    case 'breakGlass':
    case 'approve': {
      const { durationSeconds, ticket = null, isBreakGlass = question.action === 'breakGlass' } = question
      return {
        now,
        durationSeconds,
        ...(ticket === null ? {} : { ticket }),
        breakGlass: isBreakGlass,
        ...(question.verified ? { verified: { ...question.verified } } : {}),
        ...circumstances(question),
        ...(question.action === 'approve' ? question.approval : {}),
      }
    }
    case 'preApprove':
      return { now, durationSeconds: question.durationSeconds, goodForSeconds: question.goodForSeconds }
    case 'revoke':
    case 'review':
    case 'audit':
      return { now }
    case 'manageContractor': {
      const { change, newSponsor } = question
      if (!newSponsor) return { now, change }
      const { person, userId, kind, isActive } = newSponsor
      return { now, change, newSponsor: { person, userId, kind, isActive } }
    }
  }
}

/** What is not known is 0: `missingFacts` has refused before, if a policy names it. */
function circumstances({ circumstances: known }: PolicyQuestion): Record<CircumstanceName, number> {
  const { localHour, localWeekday, activeLeases, activeLeasesHere, requestsInLastDay } = known ?? unknown
  return {
    localHour: localHour ?? 0,
    localWeekday: localWeekday ?? 0,
    activeLeases: activeLeases ?? 0,
    activeLeasesHere: activeLeasesHere ?? 0,
    requestsInLastDay: requestsInLastDay ?? 0,
  }
}

const unknown: Circumstances = {
  localHour: null,
  localWeekday: null,
  activeLeases: null,
  activeLeasesHere: null,
  requestsInLastDay: null,
}

/**
 * All accounts of the question, each once, because Cedar refuses an entity with two definitions. If the asker is also
 * the requester, the asker's facts are newer.
 */
export function peopleOf(question: PolicyQuestion): PersonFacts[] {
  const { principal } = question
  const other = 'requester' in question ? question.requester : 'holder' in question ? question.holder : null
  return other === null || accountUid(other).id === accountUid(principal).id
    ? [principal]
    : [principal, other]
}

function accountEntity(
  facts: PersonFacts,
  question: PolicyQuestion,
  securityLeads: readonly string[],
): EntityJson {
  const { userId, person, kind, isDeactivated, isBot, isGuest, isStranger, engagement, groups } = facts
  const { now } = question
  const resource = 'resource' in question ? question.resource : null
  const isNamed = (names: readonly string[]) => isNamedIn(names, facts)
  return {
    uid: accountUid(facts),
    attrs: {
      ...{ userId, person, kind, isDeactivated, isBot, isGuest, isStranger },
      ...(engagement ? { engagement: engagementRecord(engagement, now) } : {}),
    },
    parents: [
      ...groups.map((id) => ({ type: 'UserGroup', id })),
      ...(resource && isNamed(resource.approvers) ? [approversUid(resource)] : []),
      ...(isNamed(securityLeads) ? [{ type: 'SecurityLeads', id: 'catalog' }] : []),
    ],
  }
}

function contractorEntity({ person, engagement }: ContractorFacts): EntityJson & { uid: TypeAndId } {
  const uid = { type: 'Contractor', id: person }
  if (!engagement) return { uid, attrs: { person }, parents: [] }
  const { company, tags, sponsor } = engagement
  return { uid, attrs: { person, company, tags: [...tags], sponsor: sponsorRecord(sponsor) }, parents: [] }
}

function sponsorRecord({ person, userId, isActive }: SponsorFacts) {
  return { person, userId, isActive }
}

function engagementRecord({ company, tags, startsAt, endsAt, sponsor }: EngagementFacts, now: Date) {
  return {
    company,
    tags: [...tags],
    starts: datetime(startsAt),
    ends: datetime(endsAt),
    daysLeft: differenceInDays(endsAt, now),
    sponsor: sponsorRecord(sponsor),
  }
}

function datetime(instant: Date) {
  return { __extn: { fn: 'datetime', arg: instant.toISOString() } }
}

function approversUid(resource: ResourceFacts): TypeAndId {
  return { type: 'Approvers', id: resource.id }
}

function accountUid(person: PersonFacts): TypeAndId {
  return { type: 'Account', id: `${person.teamId}/${person.userId}` }
}
