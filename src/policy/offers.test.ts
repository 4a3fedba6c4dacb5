import { expect, it } from 'vitest'
import { createPolicyEngine } from './engine.ts'
import { parsePolicies } from './parse-policies.ts'

const everybody = '@id("all") @reason("All.") permit (principal, action == Action::"request", resource);'

function offers(more: string, base = everybody) {
  const { policies } = parsePolicies([{ file: 'test.cedar', source: `${base}\n${more}` }])
  const engine = createPolicyEngine(policies, [])
  return (resourceId: string, entitlementId = 'read') =>
    engine.mayOffer({
      principal: {
        ...{ userId: 'U0NOOR', teamId: 'T0', person: 'noor', kind: 'employee', groups: [], engagement: null },
        ...{ isDeactivated: false, isBot: false, isGuest: false, isStranger: false },
      },
      now: new Date('2026-03-02T09:00:00Z'),
      resource: { id: resourceId, environment: null, approvers: [] },
      entitlement: { id: entitlementId, risk: 'low' },
    })
}

const always = 'context.durationSeconds > 0 || context.durationSeconds <= 0'
const rule = (id: string, effect: string, scope: string) =>
  `@id("${id}") @reason("So.") ${effect} (principal, action == Action::"request", ${scope}) when { ${always} };`

it.each([
  ['a resource', 'resource in Resource::"orders-db"', [false, false, true]],
  ['a resource, compared', 'resource == Entitlement::"orders-db/read"', [false, true, true]],
  ['an entitlement', 'resource in Entitlement::"orders-db/read"', [false, true, true]],
  ['a type', 'resource is Entitlement', [false, false, false]],
  ['everything', 'resource', [false, false, false]],
])('policyThatReadsTheTermsCountsForWhatItsScopeNames: %s', (_, scope, expected) => {
  // Cedar cannot know that the condition is always true, so the forbid is written so that the terms do not matter.
  const forbid = rule('no', 'forbid', scope).replace(always, `true || ${always}`)
  const may = offers(forbid)
  expect([may('orders-db'), may('orders-db', 'write'), may('billing')]).toEqual(expected)
})

it('permitThatReadsTheTermsOffersOnlyWhatItsScopeNames', () => {
  const may = offers(rule('yes', 'permit', 'resource in Resource::"orders-db"'), '')
  expect([may('orders-db'), may('billing')]).toEqual([true, false])
})
