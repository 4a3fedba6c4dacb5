import { createHash } from 'node:crypto'
import {
  type AuthorizationAnswer,
  type CheckParseAnswer,
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs'
import { LRUCache } from 'lru-cache'
import type { PolicyAction } from '../domain/policy.ts'
import type { CedarQuestion } from './entities.ts'
import type { ParsedPolicy } from './parse-policies.ts'
import { policySchema } from './schema.ts'
import { concerns, contextRead, namesEntity } from './scopes.ts'

/** Asks Cedar one question. A question that it cannot read has a `failure` as answer. */
export type Authorize = (question: CedarQuestion) => AuthorizationAnswer

/** About 1 KB each. */
const mostRemembered = 2_000
const schemaName = 'daypass'

const prepared = new Set<string>()
let schemaIsPrepared = false

/**
 * Parses the policies of one action once, because parsing takes longer than an evaluation. Policies of other actions cannot
 * decide. The answer depends on the entities and on those attributes of the context that a policy names, so if these are the same,
 * the answer is the same without an evaluation. If no policy names a resource, all resources with the same attributes share an
 * answer. Most of an evaluation's time is the reading of its entities, which Cedar cannot keep between calls.
 */
export function createAuthorize(all: readonly ParsedPolicy[], action: PolicyAction): Authorize {
  const policies = all.filter(({ json }) => concerns(json, action))
  const evaluate = createEvaluate(policies)
  const read = contextRead(policies.map(({ json }) => json))
  // The time is never the same.
  if (read === 'all' || read.has('now')) return evaluate
  const keyOf = policies.some(({ json }) => namesEntity(json, resourceTypes))
    ? JSON.stringify
    : withoutResourceIds
  const answers = new LRUCache<string, AuthorizationAnswer>({ max: mostRemembered })
  return (question) => {
    const { context, ...facts } = question
    // Cedar refuses a number that is no whole number, whatever the policies read.
    if (Object.values(context).some((value) => typeof value === 'number' && !Number.isSafeInteger(value)))
      return evaluate(question)
    const named = Object.entries(context).filter(([name]) => read.has(name))
    const key = keyOf(named.length > 0 ? { ...facts, named } : facts)
    const known = answers.get(key)
    if (known) return known
    const answer = evaluate(question)
    // The text of an error may name the entity.
    if (answer.type === 'success' && answer.response.diagnostics.errors.length === 0) answers.set(key, answer)
    return answer
  }
}

/** A question has one entity of each of these types at the most, so their ids tell nothing but which resource it is. */
const resourceTypes: ReadonlySet<string> = new Set(['Resource', 'Entitlement', 'Approvers'])

function withoutResourceIds(facts: object): string {
  return JSON.stringify(facts, (_, value: unknown) => {
    const isEntity = typeof value === 'object' && value !== null && 'type' in value && 'id' in value
    return isEntity && typeof value.type === 'string' && resourceTypes.has(value.type) ? value.type : value
  })
}

function createEvaluate(policies: readonly ParsedPolicy[]): Authorize {
  const staticPolicies = Object.fromEntries(policies.map(({ id, text }) => [id, text]))
  const preparsedPolicySetId = prepare(staticPolicies)
  prepareSchema()
  return (question) =>
    statefulIsAuthorized({
      ...question,
      preparsedPolicySetId,
      preparsedSchemaName: schemaName,
      validateRequest: true,
    })
}

/**
 * Cedar keeps what is parsed beforehand under a name, and for as long as the process lives. The name says what the policies are, so
 * that a reload adds only what has changed.
 */
function prepare(staticPolicies: Readonly<Record<string, string>>): string {
  const name = createHash('sha256').update(JSON.stringify(staticPolicies)).digest('base64')
  if (prepared.has(name)) return name
  mustParse(preparsePolicySet(name, { staticPolicies }))
  prepared.add(name)
  return name
}

function prepareSchema(): void {
  if (schemaIsPrepared) return
  mustParse(preparseSchema(schemaName, policySchema))
  schemaIsPrepared = true
}

function mustParse(answer: CheckParseAnswer): void {
  if (answer.type === 'failure') throw new Error(answer.errors.map((error) => error.message).join('; '))
}
