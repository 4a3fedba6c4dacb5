import { isFullMember, type SlackAccount } from '../../../domain/account.ts'
import type { AuditEvent } from '../../../domain/audit-event.ts'
import type { Engagement } from '../../../domain/engagement.ts'
import type { EngagementView } from '../../../domain/engagement-message.ts'
import type { ContractorChange, NewSponsorFacts, PolicyResult } from '../../../domain/policy.ts'
import type { Ports } from '../../../domain/ports.ts'
import { ofNoRequest } from '../../_shared/audit-events.ts'
import type { FieldProblem } from '../../_shared/field-problem.ts'
import { frozenDetails, personFrozen } from '../../_shared/frozen.ts'
import {
  type AccountKey,
  engagementFacts,
  freshAtClick,
  type Identified,
  identify,
} from '../../_shared/person.ts'
import { recordRefusal } from '../../_shared/record-refusal.ts'

export type ManagePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

export type ContractorField =
  | 'person'
  | 'company'
  | 'sponsor'
  | 'ends'
  | 'tags'
  | 'system'
  | 'login'
  | 'other'

/** The sentence is that of the policies, or of the freeze of the person who acts. */
export type Refused = {
  readonly kind: 'refused'
  readonly policy: Pick<PolicyResult, 'sentence' | 'decidedBy'>
}
export type Invalid = {
  readonly kind: 'invalid'
  readonly problems: readonly FieldProblem<ContractorField>[]
}
/** `over`: the engagement has ended. */
export type NotThere = { readonly kind: 'unknown' } | { readonly kind: 'over'; readonly view: EngagementView }

/** The person whose engagement is to change: with one, or not yet. */
export interface Subject {
  readonly personId: string
  readonly engagement: Engagement | null
}

/** Identifies the person who acts. Throws `DirectoryUnavailable`. */
export function identifyManager(ports: ManagePorts, by: AccountKey): Promise<Identified> {
  return identify(ports, by, ports.catalog.security.leads, freshAtClick)
}

/** Asks the policies whether this person may make this change. */
export function judgeManager(
  { policy, clock }: Pick<Ports, 'policy' | 'clock'>,
  manager: Identified,
  { personId: person, engagement }: Subject,
  change: ContractorChange,
  newSponsor: NewSponsorFacts | null = null,
): PolicyResult {
  return policy.judge({
    action: 'manageContractor',
    principal: manager.facts,
    now: clock.now(),
    change,
    contractor: {
      person,
      engagement: engagement && engagementFacts(engagement, engagement.sponsor.isActive),
    },
    newSponsor,
  })
}

/** The same, and records a refusal. Null: permitted. */
export async function refusalOf(
  ports: ManagePorts,
  manager: Identified,
  subject: Subject,
  change: ContractorChange,
  newSponsor: NewSponsorFacts | null = null,
): Promise<Refused | null> {
  const policy = judgeManager(ports, manager, subject, change, newSponsor)
  const refuse = (details: AuditEvent['details']) =>
    recordRefusal(ports, manager.account, (actor, at) => ({
      ...aboutSubject(subject),
      ...{ at, actor, action: 'engagement.refused', policy },
      details: { change, person: subject.personId, ...details },
    }))
  if (!policy.allowed) {
    await refuse({})
    return { kind: 'refused', policy }
  }
  const freeze = await ports.store.transaction(async (tx) =>
    personFrozen(tx, await tx.accounts.upsert(manager.account), ports.clock.now()),
  )
  if (!freeze) return null
  await refuse(frozenDetails(freeze))
  return {
    kind: 'refused',
    policy: { sentence: 'You are frozen yourself, so you cannot do this.', decidedBy: [] },
  }
}

function aboutSubject({
  personId,
  engagement,
}: Subject): Omit<AuditEvent, 'at' | 'actor' | 'action' | 'details'> {
  return ofNoRequest(
    engagement ? { kind: 'engagement', id: engagement.id } : { kind: 'person', id: personId },
  )
}

/** The open engagement, with the contractor as Slack knows the account now: it may be a second account of the person who acts. */
export async function findOpen(
  { store, directory, clock }: ManagePorts,
  engagementId: string,
): Promise<{ readonly kind: 'open'; readonly view: EngagementView } | NotThere> {
  const stored = await store.people.engagement(engagementId)
  if (!stored) return { kind: 'unknown' }
  const account = await directory.account(stored.contractor.userId, freshAtClick)
  if (account) await store.people.of([account])
  const view = (await store.people.engagement(engagementId)) ?? stored
  const { endedAt, endsAt } = view.engagement
  return endedAt !== null || endsAt <= clock.now() ? { kind: 'over', view } : { kind: 'open', view }
}

/** The facts of a person who is to be the sponsor. Throws `DirectoryUnavailable`. */
export async function newSponsorFacts(
  ports: ManagePorts,
  { teamId }: AccountKey,
  userId: string,
): Promise<{ readonly facts: NewSponsorFacts; readonly account: SlackAccount }> {
  const { account, facts } = await identify(ports, { teamId, userId }, [], freshAtClick)
  const { person, kind } = facts
  const isActive = isFullMember(facts)
  return { account, facts: { person, kind, userId, displayName: account.displayName, isActive } }
}
