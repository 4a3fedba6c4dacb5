import { z } from 'zod'
import { namedIn } from '../../domain/approval-plan.ts'
import { type Catalog, findEntitlement, isUserGroup } from '../../domain/catalog.ts'
import type { PastResult } from '../../domain/past-result.ts'
import {
  type CircumstanceName,
  circumstanceNames,
  type PolicyBasis,
  type PolicyEngine,
  type PolicyQuestion,
  type PolicyResult,
  policyActions,
} from '../../domain/policy.ts'
import { entitlementFacts, resourceFacts } from '../_shared/person.ts'

/** `unknown`: the facts that were kept are not enough to judge by these rules. */
export type Verdict = 'permitted' | 'refused' | 'unknown'

/** A past result, and what these rules would have said. */
export interface Replayed {
  readonly kind: PastResult['kind']
  readonly at: Date
  readonly reference: string | null
  readonly userId: string | null
  readonly action: string
  readonly resourceId: string
  readonly entitlementId: string
  readonly was: Verdict
  readonly now: Verdict
  /** The sentence of the new result, or why it is not known. */
  readonly why: string
  readonly decidedBy: readonly string[]
}

interface Rules {
  readonly catalog: Catalog
  readonly policy: PolicyEngine
}

/** Judges a past result by other rules, from the facts that were kept with it. Nothing is looked up anew. */
export function replayResult(rules: Rules, past: PastResult): Replayed {
  const { kind, at, reference, resourceId, entitlementId, policy } = past
  const question = questionOf(policy)
  const judged = question ? judge(rules, past, question) : unknown('The facts were not kept.')
  return {
    ...{ kind, at, reference, resourceId, entitlementId },
    userId: question?.principal.userId ?? null,
    action: policy.action,
    was: policy.allowed ? 'permitted' : 'refused',
    ...judged,
  }
}

/** A question about an entitlement. */
type Asked = Extract<PolicyQuestion, { resource: unknown }>

type Judged = Pick<Replayed, 'now' | 'why' | 'decidedBy'>

function unknown(why: string): Judged {
  return { now: 'unknown', why, decidedBy: [] }
}

function refused(why: string): Judged {
  return { now: 'refused', why, decidedBy: [] }
}

function judge({ catalog, policy }: Rules, past: PastResult, question: Asked): Judged {
  const offer = findEntitlement(catalog, past.resourceId, past.entitlementId)
  if (!offer) return refused('The catalog does not offer it.')
  const { resource, entitlement } = offer
  if ('durationSeconds' in question && question.durationSeconds > entitlement.maxDurationSeconds)
    return refused('The catalog does not offer it for so long.')
  const lacking = lackingFacts(policy, past.policy.basis, question)
  if (lacking !== null) return unknown(lacking)
  const named = new Set([
    ...resource.owners.approvers,
    ...entitlement.approvers,
    ...namedIn(entitlement.approvals),
  ])
  // Those of the stage that was open then, as far as the catalog still names them. A sponsor is in no catalog.
  const approvers = question.resource.approvers.filter(
    (name) =>
      named.has(name) || isSponsor(question, name) || past.policy.basis?.catalog === catalog.contentHash,
  )
  const result = policy.judge({
    ...question,
    resource: { ...resourceFacts(resource), approvers },
    entitlement: entitlementFacts(entitlement),
  } as PolicyQuestion)
  return {
    now: result.allowed ? 'permitted' : 'refused',
    why: result.sentence,
    decidedBy: result.decidedBy.map(({ id }) => id),
  }
}

function isSponsor(question: Asked, name: string): boolean {
  return 'requester' in question && question.requester.engagement?.sponsor.userId === name
}

/** What these policies read and the facts have not. Null: nothing. */
function lackingFacts(policy: PolicyEngine, basis: PolicyBasis | undefined, question: Asked): string | null {
  const asked = new Set([...(basis?.userGroups ?? []), ...question.resource.approvers])
  const group = [...policy.userGroups].find((one) => isUserGroup(one) && !asked.has(one))
  if (group) return `Who was in the user group ${group} was not looked up then.`
  const reads = (name: CircumstanceName) => policy.reads.has(name) && question.circumstances?.[name] == null
  const circumstance = circumstanceNames.find(reads)
  if (circumstance) return `\`${circumstance}\` was not looked up then.`
  const { withheld = [] } = question as { withheld?: readonly string[] }
  return policy.readsTicket && withheld.includes('ticket') ? 'The ticket was not kept.' : null
}

const instant = z.iso.datetime().transform((text) => new Date(text))
const person = z.looseObject({
  userId: z.string(),
  teamId: z.string(),
  person: z.string(),
  kind: z.string(),
  groups: z.array(z.string()),
  engagement: z
    .looseObject({ startsAt: instant, endsAt: instant, tags: z.array(z.string()) })
    .nullable()
    .default(null),
})
const stored = z.looseObject({
  action: z.enum(policyActions),
  now: instant,
  principal: person,
  requester: person.optional(),
  holder: person.optional(),
  resource: z.looseObject({ id: z.string(), approvers: z.array(z.string()) }),
})

/** Null: the facts were not kept, or another version of Daypass wrote them. Whatever is missing inside is an error of the engine. */
function questionOf({ basis }: PolicyResult): Asked | null {
  const read = stored.safeParse(basis?.facts)
  return read.success ? (read.data as unknown as Asked) : null
}
