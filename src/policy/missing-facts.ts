import {
  type CircumstanceName,
  circumstanceNames,
  type PolicyAction,
  type PolicyQuestion,
} from '../domain/policy.ts'
import { peopleOf } from './entities.ts'
import type { ParsedPolicy } from './parse-policies.ts'
import { concerns, contextRead } from './scopes.ts'

/** A fact that a policy names and that is not known. */
export interface MissingFact {
  readonly policyIds: readonly string[]
  /** What is not known, and why: for the person and for operators. */
  readonly what: string
}

/**
 * What policies of the question's action name and the question lacks. Such a policy might forbid, so the answer must be no:
 * without this, the policy would be evaluated with a value that nobody knows.
 */
export function createMissingFacts(policies: readonly ParsedPolicy[], action: PolicyAction) {
  const own = policies.filter(({ json }) => concerns(json, action))
  const circumstances = circumstanceNames.flatMap((name) => {
    const policyIds = own.filter(({ json }) => names(json, name)).map(({ id }) => id)
    return policyIds.length > 0 ? [{ name, policyIds }] : []
  })
  const groups = new Map<string, string[]>()
  for (const { id, userGroups } of own) {
    for (const group of userGroups) groups.set(group, [...(groups.get(group) ?? []), id])
  }
  return (question: PolicyQuestion): MissingFact[] => [
    ...circumstances
      .filter(({ name }) => (question.circumstances?.[name] ?? null) === null)
      .map(({ name, policyIds }) => ({ policyIds, what: whyUnknown[name] })),
    ...peopleOf(question).flatMap(({ unknownGroups = [] }) =>
      unknownGroups.flatMap((group) => {
        const policyIds = groups.get(group)
        return policyIds ? [{ policyIds, what: `Slack knows no user group ${group}.` }] : []
      }),
    ),
  ]
}

function names(json: unknown, attribute: string): boolean {
  const read = contextRead(json)
  return read === 'all' || read.has(attribute)
}

const noTimeZone = 'Slack shows no time zone of the requester: set it in the Slack profile.'
const notCounted = (what: string) => `The ${what} of the requester are not known.`
const whyUnknown: Readonly<Record<CircumstanceName, string>> = {
  localHour: noTimeZone,
  localWeekday: noTimeZone,
  activeLeases: notCounted('active leases'),
  activeLeasesHere: notCounted('active leases'),
  requestsInLastDay: notCounted('recent requests'),
}
