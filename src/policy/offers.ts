import { isAuthorizedPartial, type PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { circumstanceNames, lookedUpNames, type OfferQuestion, type PolicyEngine } from '../domain/policy.ts'
import { cedarQuestion } from './entities.ts'
import type { ParsedPolicy } from './parse-policies.ts'
import { concerns, contextRead, readsContext } from './scopes.ts'

type CreateJudge = (
  policies: readonly ParsedPolicy[],
  securityLeads: readonly string[],
) => PolicyEngine['judge']

/**
 * Says which entitlements a form may list before the person has typed duration and ticket. Both count as unknown, and
 * so do the circumstances. So only what none of them can make permitted is left out. Cedar's partial evaluation reads its policies
 * anew each time, so it sees only those that look at what is unknown.
 */
export function createOffers(
  all: readonly ParsedPolicy[],
  securityLeads: readonly string[],
  createJudge: CreateJudge,
): Pick<PolicyEngine, 'mayOffer' | 'readsTicket' | 'reads'> {
  const policies = all.filter(({ json }) => asking.some((action) => concerns(json, action)))
  const open = policies.filter(({ json }) => readsContext(json, known))
  const judgeFixed = createJudge(
    policies.filter((policy) => !open.includes(policy)),
    securityLeads,
  )
  const relevantTo = byResource(open.filter(({ json }) => concerns(json, 'request')))

  return {
    readsTicket: all.some(({ json }) => reads(json, 'ticket')),
    reads: new Set(lookedUpNames.filter((name) => all.some(({ json }) => reads(json, name)))),
    mayOffer(question) {
      const { outcome } = judgeFixed(withTerms(question))
      if (outcome !== 'permitted' && outcome !== 'no_rule') return false
      const isPermitted = outcome === 'permitted'
      const relevant = relevantTo(question)
      // Without a policy of the other effect, what is unknown changes nothing.
      const other = isPermitted ? 'forbid' : 'permit'
      if (!relevant.some(({ effect }) => effect === other)) return isPermitted
      return isPossible(relevant, question, securityLeads, isPermitted)
    },
  }
}

/**
 * Finds the policies whose scope can match an entitlement. A policy for one resource says nothing about others, and there may be
 * one for each of thousands.
 */
function byResource(policies: readonly ParsedPolicy[]): (question: OfferQuestion) => ParsedPolicy[] {
  const general: ParsedPolicy[] = []
  const own = new Map<string, ParsedPolicy[]>()
  for (const policy of policies) {
    const { resource: scope } = policy.json
    if ((scope.op !== '==' && scope.op !== 'in') || !('entity' in scope) || !('id' in scope.entity)) {
      general.push(policy)
      continue
    }
    const key = `${scope.entity.type} ${scope.entity.id}`
    own.set(key, [...(own.get(key) ?? []), policy])
  }
  return ({ resource, entitlement }) => [
    ...general,
    ...(own.get(`Resource ${resource.id}`) ?? []),
    ...(own.get(`Entitlement ${resource.id}/${entitlement.id}`) ?? []),
  ]
}

function reads(json: unknown, attribute: string): boolean {
  const read = contextRead(json)
  return read === 'all' || read.has(attribute)
}

/** The actions of a person who asks for access. Other policies have nothing to say to a form. */
const asking = ['request', 'selfServe', 'breakGlass'] as const

/** The part of the context that is known before a person types anything. */
const known: ReadonlySet<string> = new Set(['now', 'breakGlass'])

/** The shape that the schema asks for; the policies that see it do not look at these two. */
function withTerms(question: OfferQuestion) {
  return { ...question, action: 'request', durationSeconds: 1, ticket: null } as const
}

/** Without a ticket and with one, without a proof and with one: Cedar knows unknown values, but not whether an unknown attribute is there. */
function isPossible(
  open: readonly ParsedPolicy[],
  question: OfferQuestion,
  securityLeads: readonly string[],
  permittedBefore: boolean,
): boolean {
  const { context, ...asked } = cedarQuestion(withTerms(question), securityLeads)
  const staticPolicies = Object.fromEntries(open.map(({ id, json }) => [id, json]))
  // No @id can begin with a space, so none is replaced.
  const policies = { staticPolicies: { ...staticPolicies, ...(permittedBefore ? { ' ': permitAll } : {}) } }
  const given = { verified: unknown('verified') }
  const ticket = { ticket: unknown('ticket') }
  return [{}, given, ticket, { ...given, ...ticket }].some((optional) => {
    const answer = isAuthorizedPartial({
      ...asked,
      policies,
      context: {
        ...context,
        ...unknownCircumstances,
        durationSeconds: unknown('durationSeconds'),
        ...optional,
      },
    })
    if (answer.type === 'failure') return false
    const { decision, errored } = answer.response
    return decision !== 'deny' && errored.length === 0
  })
}

/** They are looked up for a submitted request, not for each line of a list. */
const unknownCircumstances = Object.fromEntries(circumstanceNames.map((name) => [name, unknown(name)]))

const permitAll: PolicyJson = {
  effect: 'permit',
  principal: { op: 'All' },
  action: { op: 'All' },
  resource: { op: 'All' },
  conditions: [],
}

function unknown(name: string) {
  return { __extn: { fn: 'unknown', arg: name } }
}
