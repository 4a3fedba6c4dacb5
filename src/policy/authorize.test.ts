import { expect, it } from 'vitest'
import type { PersonFacts, PolicyQuestion } from '../domain/policy.ts'
import { createPolicyEngine } from './engine.ts'
import { loadPolicies } from './load-policies.ts'
import { parsePolicies } from './parse-policies.ts'

const byNight = engineOf(`
@id("by-night")
@reason("Only by night.")
permit (principal, action == Action::"request", resource)
when { context.now < datetime("2026-03-02T06:00:00Z") };`)
const employees = engineOf(`
@id("employees")
@reason("Employees may ask.")
permit (principal, action == Action::"request", resource)
when { principal.kind == "employee" };
@id("low-risk-serves-itself")
@reason("Low risk serves itself.")
permit (principal, action == Action::"selfServe", resource)
when { resource.risk == "low" && context.durationSeconds <= 3600 };
@id("others-decide")
@reason("Anybody else decides.")
permit (principal, action in [Action::"approve"], resource)
unless { principal == resource.requester };`)

it('same facts have the same answer and other facts have their own', () => {
  const may = (facts: Partial<PersonFacts>, more: Partial<PolicyQuestion> = {}) =>
    employees.judge({ ...asking, principal: { ...noor, ...facts }, ...more } as PolicyQuestion).allowed
  for (let times = 1; times <= 2; times += 1) {
    expect(may({})).toBe(true)
    expect(may({ kind: 'contractor' })).toBe(false)
    expect(may({}, { action: 'approve', requester: noor })).toBe(false)
    expect(may({}, { action: 'approve', requester: { ...noor, userId: 'U0KIM' } })).toBe(true)
  }
})

it('answer that depends on the time is asked anew', () => {
  const at = (now: string) => byNight.judge({ ...asking, now: new Date(now) }).allowed
  expect([at('2026-03-02T05:59:59Z'), at('2026-03-02T06:00:00Z'), at('2026-03-02T05:59:59Z')]).toEqual([
    true,
    false,
    true,
  ])
})

it('answer that depends on the terms is asked anew', () => {
  const servesItself = (durationSeconds: number) =>
    employees.judge({ ...asking, action: 'selfServe', durationSeconds }).allowed
  expect([servesItself(3600), servesItself(3601), servesItself(3600)]).toEqual([true, false, true])
})

it('answer that depends on one part of the context does not depend on the others', () => {
  const last = engineOf(`@id("not-the-last") @reason("Not the last.")
    permit (principal, action == Action::"approve", resource) when { !context.isLastApproval };`)
  const may = (isLastApproval: boolean, more: object = {}) => {
    const approval = { ...asking.approval, isLastApproval, ...more }
    const requester = { ...noor, userId: 'U0KIM' }
    return last.judge({ ...asking, now: new Date(), action: 'approve', requester, approval })
  }
  const asked = [
    may(false),
    may(true),
    may(false),
    may(false, { otherApprovals: 3 }),
    may(true, { stage: 'Other' }),
  ]
  expect(asked.map(({ allowed }) => allowed)).toEqual([true, false, true, true, false])
  // Also what no policy reads has to make sense.
  expect(may(false, { otherApprovals: 0.5 })).toMatchObject({ allowed: false, outcome: 'error' })
})

it('facts that make no sense are a refusal also for a person who was permitted', () => {
  expect(employees.judge(asking).allowed).toBe(true)
  expect(employees.judge({ ...asking, durationSeconds: 0.5 })).toMatchObject({ outcome: 'error' })
  expect(employees.judge({ ...asking, now: new Date(Number.NaN) })).toMatchObject({ outcome: 'error' })
})

it('engine knows whether any policy can approve without a person', () => {
  expect([employees.mayServeItself, byNight.mayServeItself]).toEqual([true, false])
  const everything = `@id("all") @reason("Everything.") permit (principal, action, resource);`
  expect(engineOf(everything).mayServeItself).toBe(true)
  expect(engineOf(everything.replace('permit', 'forbid')).mayServeItself).toBe(false)
})

it('resources with the same attributes share an answer only where no policy names one, and only among their approvers', () => {
  const named = engineOf(`@id("payroll") @reason("Payroll only.")
    permit (principal, action == Action::"audit", resource == Resource::"payroll");`)
  const approvers = engineOf(`@id("approvers") @reason("Approvers.")
    permit (principal, action == Action::"audit", resource) when { principal in resource.approvers };`)
  const environment = engineOf(`@id("staging") @reason("Staging.")
    permit (principal, action == Action::"audit", resource) when { resource has environment && resource.environment == "staging" };`)
  const may = (
    engine: typeof named,
    id: string,
    more: { environment?: string; approvers?: string[] } = {},
  ) => {
    const resource = { id, environment: null, approvers: [], tags: [], ...more }
    return engine.judge({ action: 'audit', principal: noor, now: new Date(), resource } as PolicyQuestion)
      .allowed
  }
  for (let times = 1; times <= 2; times += 1) {
    expect([may(named, 'orders'), may(named, 'payroll'), may(named, 'cards')]).toEqual([false, true, false])
    expect([may(approvers, 'orders'), may(approvers, 'cards', { approvers: ['U0NOOR'] })]).toEqual([
      false,
      true,
    ])
    expect(may(approvers, 'payroll')).toBe(false)
    expect(may(environment, 'orders', { environment: 'staging' })).toBe(true)
    expect(may(environment, 'cards', { environment: 'production' })).toBe(false)
  }
})

const noor: PersonFacts = {
  userId: 'U0NOOR',
  teamId: 'T0ACME',
  person: 'noor@acme.example',
  kind: 'employee',
  isDeactivated: false,
  isBot: false,
  isGuest: false,
  isStranger: false,
  engagement: null,
  groups: [],
}

const asking = {
  action: 'request',
  principal: noor,
  now: new Date('2026-03-02T09:00:00Z'),
  resource: { id: 'orders-db', environment: 'production', approvers: ['U0DANA'] },
  entitlement: { id: 'read-orders', risk: 'low' },
  durationSeconds: 3600,
  ticket: null,
  approval: {
    stage: 'Approval',
    approvedEarlierStage: false,
    samePersonInTwoStages: false,
    otherApprovals: 0,
    isLastApproval: true,
    approvedByRequesterLately: false,
  },
} as const

function engineOf(source: string) {
  return createPolicyEngine(parsePolicies([{ file: 'test.cedar', source }]).policies, [])
}

it('loading the same policies again needs no more memory of Cedar', () => {
  const load = () => loadPolicies('policies', { securityLeads: ['U0LEAD'] })
  load()
  const before = process.memoryUsage().external
  for (let round = 0; round < 40; round += 1) load()
  // Each set of policies that Cedar keeps needs about 300 KB.
  expect(process.memoryUsage().external - before).toBeLessThan(3_000_000)
})
