import { addHours } from 'date-fns/addHours'
import { addSeconds } from 'date-fns/addSeconds'
import type { Entitlement, Resource } from '../../domain/catalog.ts'
import {
  type CircumstanceName,
  circumstanceNames,
  type PersonFacts,
  type PolicyAction,
  type PolicyQuestion,
} from '../../domain/policy.ts'
import { stepUpMethods, type VerifiedFacts } from '../../domain/step-up.ts'
import type { Literals } from './literals.ts'
import { around, type Kind, ticketsOf, usualNow, usualRequester } from './population.ts'

/** Whether questions are made for this action. Nothing is said about policies of other actions. */
export function isAnalysed(action: PolicyAction): boolean {
  return action !== 'manageContractor'
}

/** A question that policies could answer in another way than the others. */
export interface Case {
  readonly kind: Kind
  readonly question: PolicyQuestion
}

interface Subject {
  readonly resource: Resource
  readonly entitlement: Entitlement
}

/** Every question about one entitlement that the policies of these literals could tell apart, the most usual first. */
export function* casesOf(
  action: PolicyAction,
  { resource, entitlement }: Subject,
  kinds: readonly Kind[],
  literals: Literals,
): Generator<Case> {
  const { id, environment, tags = [] } = resource
  const approvers = [...new Set([...resource.owners.approvers, ...entitlement.approvers])]
  const subject = {
    resource: { id, environment, tags, approvers },
    entitlement: { id: entitlement.id, risk: entitlement.risk, tags: entitlement.tags ?? [] },
  }
  for (const situation of situationsOf(literals, entitlement)) {
    for (const kind of kinds) {
      for (const question of questionsOf(action, kind.facts, kinds)) {
        // All access to the resource at once.
        const isWhole = question.action === 'revoke' && !('holder' in question)
        const about = isWhole ? { resource: subject.resource } : subject
        yield { kind, question: { ...situation, ...about, ...question } as PolicyQuestion }
      }
    }
  }
}

function* questionsOf(
  action: PolicyAction,
  principal: PersonFacts,
  kinds: readonly Kind[],
): Generator<Partial<PolicyQuestion>> {
  switch (action) {
    case 'request':
    case 'selfServe':
    case 'breakGlass':
    case 'audit':
      yield { action, principal }
      return
    case 'revoke':
    case 'review':
      if (action === 'revoke') yield { action, principal }
      for (const holder of others(principal, kinds)) yield { action, principal, holder }
      return
    case 'preApprove':
      for (const requester of others(principal, kinds))
        yield { action, principal, requester, goodForSeconds: 86_400 }
      return
    case 'approve':
      for (const requester of others(principal, kinds)) {
        for (const approval of approvals) yield { action, principal, requester, approval }
      }
  }
}

const usualApproval = {
  stage: 'Approval',
  approvedEarlierStage: false,
  samePersonInTwoStages: false,
  otherApprovals: 0,
  isLastApproval: true,
  approvedByRequesterLately: false,
}
const approvals = [
  usualApproval,
  { ...usualApproval, isLastApproval: false },
  { ...usualApproval, otherApprovals: 1 },
  { ...usualApproval, approvedByRequesterLately: true },
  { ...usualApproval, approvedEarlierStage: true },
  { ...usualApproval, approvedEarlierStage: true, samePersonInTwoStages: true },
]

/** An ordinary requester, contractors with this person as sponsor and without, and this person. */
function others(principal: PersonFacts, kinds: readonly Kind[]): PersonFacts[] {
  const contractors = kinds
    .map(({ facts }) => facts)
    .filter(({ engagement }) => engagement !== null)
    .slice(0, 2)
    .map((facts) => ({ ...facts, userId: 'U0CONTRACTOR', person: 'contractor' }))
  const sponsored = contractors.flatMap((facts) =>
    facts.engagement
      ? [
          {
            ...facts,
            engagement: { ...facts.engagement, sponsor: sponsorOf(facts.engagement.sponsor, principal) },
          },
        ]
      : [],
  )
  return [usualRequester, ...contractors, ...sponsored, principal]
}

function sponsorOf<Sponsor>(sponsor: Sponsor, { person, userId }: PersonFacts): Sponsor {
  return { ...sponsor, person, userId }
}

/** The most values of one fact that are tried together with all values of the others. */
const mostOfOne = 200

function situationsOf(literals: Literals, entitlement: Entitlement) {
  const { numbers, attributes, instants } = literals
  const { defaultDurationSeconds: usual, maxDurationSeconds: longest } = entitlement
  const durations = attributes.has('durationSeconds')
    ? [usual, longest, 60, ...around(numbers.get('durationSeconds'), 1)].filter((one) => one <= longest)
    : [usual]
  const tickets = attributes.has('ticket') ? ticketsOf(literals, entitlement) : [entitlement.ticket.example]
  const nows = attributes.has('now') ? [usualNow, ...hoursOfAWeek(), ...instantsAround(instants)] : [usualNow]
  let situations = product(
    durations.slice(0, mostOfOne).map((durationSeconds) => ({ durationSeconds })),
    tickets.slice(0, mostOfOne).map((ticket) => ({ ticket })),
  )
  situations = product(
    situations,
    nows.map((now) => ({ now })),
  )
  if (attributes.has('verified')) situations = product(situations, proofsOf(literals))
  const circumstances = circumstanceNames.reduce<Record<string, number>[]>(
    (all, name) =>
      product(
        all,
        valuesOf(name, literals).map((value) => ({ [name]: value })),
      ),
    [{}],
  )
  return product(
    situations,
    circumstances.map((one) => ({ circumstances: one })),
  )
}

/** None, and one of each method and age that the policies tell apart. */
function proofsOf({ numbers }: Literals): { verified?: VerifiedFacts }[] {
  const ages = [...new Set([0, ...around(numbers.get('ageSeconds'), 0)])].slice(0, mostOfOne)
  const proofs = stepUpMethods.flatMap((method) => ages.map((ageSeconds) => ({ method, ageSeconds })))
  return [{}, ...proofs.map((verified) => ({ verified }))]
}

const usualCircumstances: Readonly<Record<CircumstanceName, number>> = {
  localHour: 12,
  localWeekday: 3,
  activeLeases: 0,
  activeLeasesHere: 0,
  requestsInLastDay: 0,
}
const mostOf: Partial<Record<CircumstanceName, number>> = { localHour: 23, localWeekday: 7 }

function valuesOf(name: CircumstanceName, { numbers, attributes }: Literals): number[] {
  const usual = usualCircumstances[name]
  if (!attributes.has(name)) return [usual]
  const least = name === 'localWeekday' ? 1 : 0
  const near = around(numbers.get(name), least).filter((value) => value <= (mostOf[name] ?? Infinity))
  return [...new Set([usual, ...near])].slice(0, mostOfOne)
}

function hoursOfAWeek(): Date[] {
  return Array.from({ length: 168 }, (_, hour) => addHours(usualNow, hour))
}

function instantsAround(instants: readonly Date[]): Date[] {
  return instants.flatMap((at) => [addSeconds(at, -1), at, addSeconds(at, 1)])
}

function product<One extends object, Other extends object>(
  ones: readonly One[],
  others: readonly Other[],
): (One & Other)[] {
  return ones.flatMap((one) => others.map((other) => ({ ...one, ...other })))
}
