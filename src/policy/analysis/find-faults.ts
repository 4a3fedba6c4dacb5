import { type Catalog, type Entitlement, risks } from '../../domain/catalog.ts'
import type { FileProblem } from '../../domain/file-problem.ts'
import type { Finding } from '../../domain/finding.ts'
import { type PolicyAction, policyActions } from '../../domain/policy.ts'
import { createAuthorize } from '../authorize.ts'
import { cedarQuestion } from '../entities.ts'
import type { ParsedPolicy } from '../parse-policies.ts'
import { concerns, contextRead } from '../scopes.ts'
import { literalsOf } from './literals.ts'
import { type Kind, kindsOf, representatives, usualRequester } from './population.ts'
import { type Case, casesOf, isAnalysed } from './questions.ts'
import { unknownNames } from './unknown-names.ts'

export interface Analysed {
  readonly catalog: Catalog
  readonly policies: readonly ParsedPolicy[]
  /** The place of an entitlement in the catalog file. */
  readonly placeOf: (
    resourceId: string,
    entitlementId: string,
  ) => Pick<FileProblem, 'file' | 'line' | 'column'>
}

/** After so many questions without an answer the search stops, and nothing is reported: nothing is proven. */
const mostCases = 20_000

/**
 * Faults of policies that parse. Cedar cannot prove that a policy never matches, so every question is asked that the literals of
 * the policies let them tell apart: kinds of people, entitlements, and values around each threshold. Conditions that compare two
 * facts with each other, or compute with them, can escape this.
 */
export function findFaults(analysed: Analysed): Finding[] {
  const unknown = unknownNames(analysed)
  const misnamed = new Set(unknown.map(({ policyId }) => policyId))
  return [
    ...unknown.map(({ finding }) => finding),
    ...analysed.policies
      .filter((policy) => !misnamed.has(policy.id) && actionsOf(policy).every(isAnalysed))
      .flatMap((policy) => faultOfPolicy(analysed, policy)),
    ...faultsOfEntitlements(analysed),
    ...tooMuch(analysed),
  ]
}

function faultOfPolicy(analysed: Analysed, policy: ParsedPolicy): Finding[] {
  if (analysed.catalog.resources.size === 0) return []
  const matching = search(analysed, [policy], [policy], policy, ({ matches }) => matches)
  if (matching === 'none') {
    const what = `\`${policy.id}\` never matches: no request, person or time satisfies its conditions.`
    const remedy = 'Correct what it compares, or remove it.'
    return [finding('policy-never-matches', 'error', policy.place, what, remedy)]
  }
  if (policy.effect === 'forbid' || matching === 'unproven') return []
  const forbids = analysed.policies.filter(
    ({ effect, json }) => effect === 'forbid' && actionsOf(policy).some((action) => concerns(json, action)),
  )
  if (forbids.length === 0) return []
  const decisive = search(
    analysed,
    [policy, ...forbids],
    [policy, ...forbids],
    policy,
    ({ allows }) => allows,
  )
  if (decisive !== 'none') return []
  const what = `\`${policy.id}\` permits nothing: whatever it permits, another policy forbids.`
  const remedy = `Look at ${forbids
    .slice(0, 3)
    .map(({ id, place }) => `\`${id}\` (${place.file}:${place.line})`)
    .join(', ')}, and narrow the one or remove the other.`
  return [finding('policy-always-outweighed', 'error', policy.place, what, remedy)]
}

function actionsOf({ json }: ParsedPolicy): PolicyAction[] {
  return policyActions.filter((action) => concerns(json, action))
}

interface Answer extends Case {
  readonly matches: boolean
  readonly allows: boolean
  readonly decidedBy: readonly string[]
}

/** Looks for a question to which the policies answer so. `none`: all were asked. `unproven`: too many to ask all. */
function search(
  { catalog }: Analysed,
  judging: readonly ParsedPolicy[],
  telling: readonly ParsedPolicy[],
  subject: ParsedPolicy,
  isSought: (answer: Answer) => boolean,
): 'found' | 'none' | 'unproven' {
  const literals = literalsOf(telling.map(({ json }) => json))
  const subjects = representatives(catalog, literals)
  let asked = 0
  for (const action of actionsOf(subject)) {
    const ask = asking(judging, action, catalog.security.leads)
    for (const { resource, entitlement } of subjects) {
      const kinds = kindsOf(literals, resource, catalog.security.leads)
      for (const each of casesOf(action, { resource, entitlement }, kinds, literals)) {
        if (isSought(ask(each))) return 'found'
        asked += 1
        if (asked >= mostCases) return 'unproven'
      }
    }
  }
  return 'none'
}

function asking(policies: readonly ParsedPolicy[], action: PolicyAction, leads: readonly string[]) {
  const authorize = createAuthorize(policies, action)
  return (each: Case): Answer => {
    const answer = authorize(cedarQuestion(each.question, leads))
    if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '))
    const { decision, diagnostics } = answer.response
    const failed = diagnostics.errors.length > 0
    return {
      ...each,
      matches: diagnostics.reason.length > 0,
      allows: decision === 'allow' && !failed,
      decidedBy: diagnostics.reason,
    }
  }
}

/**
 * Whether a permit matches, whatever the forbids say. Permits read fewer facts than forbids, and mostly nothing of the requester, so
 * that many cases share an answer.
 */
function permitting(policies: readonly ParsedPolicy[], action: PolicyAction, leads: readonly string[]) {
  const permits = policies.filter(({ effect }) => effect === 'permit')
  const ask = asking(permits, action, leads)
  if (literalsOf(permits.map(({ json }) => json)).attributes.has('requester'))
    return (each: Case): boolean => ask(each).matches
  return (each: Case): boolean => {
    const { question } = each
    const alike = 'requester' in question ? { ...question, requester: usualRequester } : question
    return ask({ ...each, question: alike }).matches
  }
}

/** Whether this forbids somebody whoever else asks, whatever for and whenever, so that one question tells it. */
function isAboutPrincipal({ effect, json }: ParsedPolicy): boolean {
  const { attributes } = literalsOf([json])
  const read = contextRead([json])
  const isChanging = ['requester', 'holder', 'daysLeft'].some((name) => attributes.has(name))
  return effect === 'forbid' && read !== 'all' && read.size === 0 && !isChanging
}

/** Entitlements that nobody may ask for. */
function faultsOfEntitlements({ catalog, policies, placeOf }: Analysed): Finding[] {
  const own = policies.filter(({ json }) => concerns(json, 'request'))
  const literals = literalsOf(own.map(({ json }) => json))
  const ask = asking(own, 'request', catalog.security.leads)
  return representatives(catalog, literals).flatMap(({ resource, entitlement, alike }) => {
    const kinds = kindsOf(literals, resource, catalog.security.leads)
    const forbidding = new Set<string>()
    let asked = 0
    for (const each of casesOf('request', { resource, entitlement }, kinds, literals)) {
      const { allows, decidedBy } = ask(each)
      if (allows) return []
      for (const id of decidedBy) forbidding.add(id)
      asked += 1
      if (asked >= mostCases) return []
    }
    return alike.map((one) => nobodyMayAsk(one, forbidding, placeOf(one.resourceId, one.id)))
  })
}

function nobodyMayAsk(
  { resourceId, id }: Entitlement,
  forbidding: ReadonlySet<string>,
  place: Pick<FileProblem, 'file' | 'line' | 'column'>,
): Finding {
  const ids = [...forbidding].slice(0, 5).map((one) => `\`${one}\``)
  const what = `Nobody may request \`${resourceId}/${id}\`, whoever they are and whatever they type.`
  const remedy =
    ids.length > 0
      ? `Look at ${ids.join(', ')}, or remove the entitlement.`
      : 'Add a policy that permits `request` for it, or remove the entitlement.'
  return finding('nobody-may-request', 'error', place, what, remedy)
}

/** What people may do who should not: accounts that are no members, and people whom nobody named. */
function tooMuch({ catalog, policies }: Analysed): Finding[] {
  const found = new Map<string, Finding>()
  for (const action of ['request', 'selfServe', 'breakGlass', 'approve', 'revoke'] as const) {
    const own = policies.filter(({ json }) => concerns(json, action))
    if (own.every(({ effect }) => effect === 'forbid')) continue
    const literals = literalsOf(own.map(({ json }) => json))
    const ask = asking(own, action, catalog.security.leads)
    const isPermitted = permitting(own, action, catalog.security.leads)
    const excluding = new Set(own.filter(isAboutPrincipal).map(({ id }) => id))
    let asked = 0
    for (const { alike } of representatives(catalog, literals)) {
      const subject = gravest(catalog, alike)
      if (!subject) continue
      const { resource, entitlement } = subject
      const kinds = kindsOf(literals, resource, catalog.security.leads)
      const excluded = new Set<Kind>()
      for (const each of casesOf(action, subject, kinds, literals)) {
        asked += 1
        if (asked >= mostCases) break
        if (excluded.has(each.kind)) continue
        const excess = excessOf(action, each, entitlement)
        if (!excess || !isPermitted(each)) continue
        const { allows, decidedBy } = ask(each)
        if (!allows && decidedBy.some((id) => excluding.has(id))) excluded.add(each.kind)
        const policy = allows ? own.find(({ id }) => decidedBy.includes(id)) : undefined
        if (!policy) continue
        const key = `${policy.id} ${excess.code}`
        if (found.has(key)) continue
        const what = `\`${policy.id}\` lets ${excess.who} \`${action}\` \`${resource.id}/${entitlement.id}\`.`
        found.set(key, finding(excess.code, 'error', policy.place, what, excess.remedy))
      }
    }
  }
  return [...found.values()]
}

/** Of entitlements that the policies do not tell apart, the one that can do the most harm. */
function gravest({ resources }: Catalog, alike: readonly Entitlement[]) {
  const [entitlement] = alike.toSorted((a, b) => risks.indexOf(b.risk) - risks.indexOf(a.risk))
  const resource = entitlement && resources.get(entitlement.resourceId)
  return resource ? { resource, entitlement } : null
}

interface Excess {
  readonly code: string
  readonly who: string
  readonly remedy: string
}

/** The fault, if this were permitted. Null: it may be permitted. */
function excessOf(action: PolicyAction, { kind, question }: Case, { risk }: Entitlement): Excess | null {
  const { facts, isOutsider, isNamed } = kind
  if (isOutsider) {
    const flags = { deactivated: facts.isDeactivated, bot: facts.isBot, stranger: facts.isStranger }
    const who = Object.entries(flags).find(([, flag]) => flag)?.[0] ?? 'outsider'
    const remedy = `Forbid it, as \`${who}s-do-nothing\` of the shipped policies does.`.replace(
      'deactivateds',
      'deactivated-accounts',
    )
    return {
      code: 'outsiders-may',
      who: `an account that is ${who === 'deactivated' ? who : `a ${who}`}`,
      remedy,
    }
  }
  if (action === 'approve' && 'requester' in question && question.requester.person === facts.person) {
    const remedy = 'Forbid it, as `nobody-decides-their-own-request` of the shipped policies does.'
    return { code: 'own-request', who: 'requesters, about their own request,', remedy }
  }
  const isSponsor = 'requester' in question && question.requester.engagement?.sponsor.person === facts.person
  if (action === 'approve' && !isNamed && !isSponsor) {
    const remedy = 'Name the people: `principal in resource.approvers`, or a user group.'
    return { code: 'anyone-may-approve', who: 'people whom nobody named', remedy }
  }
  const isGrave = risk === 'high' || risk === 'critical'
  const isUnbound = facts.kind === 'contractor' && facts.engagement === null
  if ((action === 'selfServe' || action === 'breakGlass') && !isNamed && (isGrave || isUnbound)) {
    const who = isUnbound ? 'contractors without an engagement' : `people whom nobody named, at ${risk} risk,`
    const remedy = 'Limit it to a user group, to employees, or to low risk.'
    return { code: 'anyone-is-served', who, remedy }
  }
  return null
}

function finding(
  code: string,
  severity: Finding['severity'],
  place: Pick<FileProblem, 'file' | 'line' | 'column'>,
  what: string,
  remedy: string,
): Finding {
  return { code, severity, problem: { ...place, what, remedy } }
}
