import './v8-flags.ts'

import type { AuthorizationAnswer } from '@cedar-policy/cedar-wasm/nodejs'
import {
  type DecidingPolicy,
  type PolicyAction,
  type PolicyBasis,
  type PolicyEngine,
  type PolicyQuestion,
  type PolicyResult,
  policyActions,
} from '../domain/policy.ts'
import { type Authorize, createAuthorize } from './authorize.ts'
import { cedarQuestion } from './entities.ts'
import { createMissingFacts, type MissingFact } from './missing-facts.ts'
import { createOffers } from './offers.ts'
import type { ParsedPolicy } from './parse-policies.ts'
import { concerns } from './scopes.ts'
import { noRuleSentence } from './sentences.ts'
import { factsOf } from './stored-facts.ts'

/** Judges by policies that were parsed and validated before. */
export function createPolicyEngine(
  policies: readonly ParsedPolicy[],
  securityLeads: readonly string[],
  version: Pick<PolicyBasis, 'catalog' | 'policies'> = { catalog: '', policies: '' },
): Pick<PolicyEngine, 'judge' | 'mayOffer' | 'mayServeItself' | 'readsTicket' | 'reads'> {
  const judge = withBasis(createJudge(policies, securityLeads), policies, version)
  const mayServeItself = policies.some(
    ({ effect, json }) => effect === 'permit' && concerns(json, 'selfServe'),
  )
  return { judge, mayServeItself, ...createOffers(policies, securityLeads, createJudge) }
}

/** Adds what the result was decided from. Not for `audit`, which is asked for each resource of the catalog. */
function withBasis(
  judge: PolicyEngine['judge'],
  policies: readonly ParsedPolicy[],
  version: Pick<PolicyBasis, 'catalog' | 'policies'>,
): PolicyEngine['judge'] {
  const userGroups = [...new Set(policies.flatMap(({ userGroups }) => userGroups))]
  return (question) => {
    const result = judge(question)
    if (question.action === 'audit') return result
    return { ...result, basis: { ...version, facts: factsOf(question), userGroups } }
  }
}

function createJudge(
  policies: readonly ParsedPolicy[],
  securityLeads: readonly string[],
): PolicyEngine['judge'] {
  const authorize: Readonly<Record<PolicyAction, Authorize>> = {
    request: createAuthorize(policies, 'request'),
    selfServe: createAuthorize(policies, 'selfServe'),
    breakGlass: createAuthorize(policies, 'breakGlass'),
    approve: createAuthorize(policies, 'approve'),
    preApprove: createAuthorize(policies, 'preApprove'),
    revoke: createAuthorize(policies, 'revoke'),
    review: createAuthorize(policies, 'review'),
    audit: createAuthorize(policies, 'audit'),
    manageContractor: createAuthorize(policies, 'manageContractor'),
  }
  const missing = new Map(policyActions.map((action) => [action, createMissingFacts(policies, action)]))
  return (question) => {
    const lacking = missing.get(question.action)?.(question) ?? []
    if (lacking.length > 0) return lackingResult(question, lacking)
    return resultOf(question, answerTo(question, authorize, securityLeads), policies)
  }
}

function answerTo(
  question: PolicyQuestion,
  authorize: Readonly<Record<PolicyAction, Authorize>>,
  securityLeads: readonly string[],
): AuthorizationAnswer {
  try {
    return authorize[question.action](cedarQuestion(question, securityLeads))
  } catch (error) {
    // Facts that Cedar cannot represent, such as an invalid date.
    const message = error instanceof Error ? error.message : String(error)
    const failure = { message, help: null, code: null, url: null, severity: null }
    return { type: 'failure', errors: [failure], warnings: [] }
  }
}

/**
 * Stricter than Cedar, which ignores a policy that fails to evaluate. Such a policy might forbid, so any error is a
 * refusal: https://docs.cedarpolicy.com/auth/authorization.html
 */
function resultOf(
  question: PolicyQuestion,
  answer: AuthorizationAnswer,
  policies: readonly DecidingPolicy[],
): PolicyResult {
  const { action } = question
  if (answer.type === 'failure') {
    const errors = answer.errors.map((error) => error.message)
    return { action, allowed: false, outcome: 'error', decidedBy: [], errors, sentence: errorSentence([]) }
  }
  const { decision, diagnostics } = answer.response
  if (diagnostics.errors.length > 0) {
    const failed = diagnostics.errors.toSorted((a, b) => (a.policyId < b.policyId ? -1 : 1))
    const errors = failed.map(({ policyId, error }) => `${policyId}: ${error.message}`)
    const sentence = errorSentence(failed.map(({ policyId }) => policyId))
    return { action, allowed: false, outcome: 'error', decidedBy: [], errors, sentence }
  }

  const decidedBy = decidersOf(diagnostics.reason, policies)
  if (decidedBy.length === 0) {
    const sentence = noRuleSentence(question)
    return { action, allowed: false, outcome: 'no_rule', decidedBy, errors: [], sentence }
  }
  const allowed = decision === 'allow'
  const sentence = [...new Set(decidedBy.map(({ reason }) => reason))].join(' ')
  return { action, allowed, outcome: allowed ? 'permitted' : 'forbidden', decidedBy, errors: [], sentence }
}

/** A fact that a policy names is not known, so the policy is not evaluated and the answer is no. */
function lackingResult({ action }: PolicyQuestion, lacking: readonly MissingFact[]): PolicyResult {
  const errors = lacking.map(({ policyIds, what }) => `${policyIds.join(', ')}: ${what}`)
  const why = [...new Set(lacking.map(({ what }) => what))].join(' ')
  const ids = [...new Set(lacking.flatMap(({ policyIds }) => policyIds))]
  const sentence = `${errorSentence(ids)} ${why}`
  return { action, allowed: false, outcome: 'error', decidedBy: [], errors, sentence }
}

/** In the order of the files; Cedar returns them in another order. */
function decidersOf(ids: readonly string[], policies: readonly DecidingPolicy[]): DecidingPolicy[] {
  return policies
    .filter(({ id }) => ids.includes(id))
    .map(({ id, effect, reason }) => ({ id, effect, reason }))
}

function errorSentence(policyIds: readonly string[]): string {
  const which = policyIds.length > 0 ? ` (${policyIds.join(', ')})` : ''
  return `The policies could not be evaluated${which}, and in doubt the answer is no. Ask those who run Daypass to look at them.`
}
