import { setFlagsFromString } from 'node:v8'
import type { AuthorizationAnswer } from '@cedar-policy/cedar-wasm/nodejs'
import type {
  DecidingPolicy,
  PolicyAction,
  PolicyEngine,
  PolicyQuestion,
  PolicyResult,
} from '../domain/policy.ts'
import { type Authorize, createAuthorize } from './authorize.ts'
import { cedarQuestion } from './entities.ts'
import { createOffers } from './offers.ts'
import type { ParsedPolicy } from './parse-policies.ts'
import { concerns } from './scopes.ts'
import { noRuleSentence } from './sentences.ts'

// V8 of Node 20 and 22 inlines calls into wasm. When it reverses that during an evaluation, it sometimes crashes
// (SIGTRAP in the deoptimizer); seen under load. Versions without the flag ignore it.
setFlagsFromString('--no-turbo-inline-js-wasm-calls')

/** Judges by policies that were parsed and validated before. */
export function createPolicyEngine(
  policies: readonly ParsedPolicy[],
  securityLeads: readonly string[],
): Pick<PolicyEngine, 'judge' | 'mayOffer' | 'mayServeItself' | 'readsTicket'> {
  const judge = createJudge(policies, securityLeads)
  const mayServeItself = policies.some(
    ({ effect, json }) => effect === 'permit' && concerns(json, 'selfServe'),
  )
  return { judge, mayServeItself, ...createOffers(policies, securityLeads, createJudge) }
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
  }
  return (question) => resultOf(question, answerTo(question, authorize, securityLeads), policies)
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
