import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { PersonFacts, PolicyQuestion } from '../domain/policy.ts'
import { loadPolicies } from './load-policies.ts'
import { PolicyFileError } from './parse-policies.ts'

const permitAll = '@id("all") @reason("Everybody may.") permit (principal, action, resource);'

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

it('whatCannotBeParsedNamesFileLineAndColumn', () => {
  const text = `// Wer darf — größer\n${permitAll}\n\n@id("b")\n@reason("ünïcode")\npermit (principal, action, resource) when { principl.isGuest };\n`
  expect(problems({ 'a.cedar': text })).toEqual([
    'a.cedar:6:45: Invalid member access `principl.isGuest`, `principl` has no fields or methods. See docs/policies.md for what policies may speak of.',
  ])
})

it('aForgottenSemicolonIsFound', () => {
  const text = `${permitAll.slice(0, -1)}\n@id("b") @reason("B.") permit (principal, action, resource);`
  expect(problems({ 'a.cedar': text })).toEqual([
    expect.stringMatching(/^a\.cedar:2:1: Unexpected token `@`/),
  ])
})

it('textAfterTheLastPolicyIsNotLost', () => {
  const text = `${permitAll}\nforbid (principal, action, resource)`
  expect(problems({ 'a.cedar': text })).toEqual([expect.stringMatching(/^a\.cedar:2:37: Unexpected end/)])
})

it('whatTheSchemaDoesNotKnowIsRefused', () => {
  const text = `${permitAll}
@id("b") @reason("B; or \\"not\\"?") // a ; that ends nothing
permit (principal, action == Action::"requst", resource);
@id("c") @reason("C.")
permit (principal, action == Action::"request", resource)
when { principal.isGust && context.ticket == "é" };`
  expect(problems({ 'a.cedar': text })).toEqual([
    'a.cedar:3:30: Unrecognized action `Action::"requst"`. Did you mean `Action::"request"`?',
    'a.cedar:6:8: Attribute `isGust` on entity type `Account` not found. Did you mean `isGuest`?',
    'a.cedar:6:28: Unable to guarantee safety of access to optional attribute `ticket` in context for Action::"request". Try testing for the attribute\'s presence with `context has ticket && ..`.',
  ])
})

it('everyPolicyHasAnIdAndAReason', () => {
  const text =
    'permit (principal, action, resource);\n@id("x y") @reason(" ") permit (principal, action, resource);'
  expect(problems({ 'a.cedar': text })).toEqual([
    'a.cedar:1:1: This policy has no @id. Begin it with a name of its own: @id("dbas-may-approve").',
    'a.cedar:1:1: This policy has no @reason. Add the sentence that people read when it decides: @reason("The DBAs decide on this.").',
    expect.stringMatching(/^a\.cedar:2:1: This @id is not made of/),
    expect.stringMatching(/^a\.cedar:2:1: This policy has no @reason/),
  ])
})

it('noTwoPoliciesShareAnIdAcrossFiles', () => {
  expect(problems({ 'a.cedar': `\n${permitAll}`, 'b.cedar': `// b\n${permitAll}` })).toEqual([
    'b.cedar:2:1: The @id "all" is taken already, at a.cedar:2. Give one of the two another @id.',
  ])
})

it('templatesAreRefused', () => {
  const text = '@id("t") @reason("T.") permit (principal == ?principal, action, resource);'
  expect(problems({ 'a.cedar': text })).toEqual([
    'a.cedar:1:45: This policy is a template. Templates are not used here: write the person, group or resource in place of the slot.',
  ])
})

it('allProblemsOfAllFilesAreTold', () => {
  const found = problems({ 'b.cedar': 'permit;', 'a.cedar': 'permit (principal, action, resource);' })
  expect(found.map((problem) => problem.split(':')[0])).toEqual(['a.cedar', 'a.cedar', 'b.cedar'])
})

it('noPoliciesAtAllIsRefused', () => {
  expect(problems({ 'notes.txt': permitAll })).toEqual([expect.stringContaining('holds no policy')])
  expect(problems({ 'a.cedar': '// nothing; really\n' })).toEqual([
    expect.stringContaining('holds no policy'),
  ])
  expect(() => loadPolicies('/nowhere/at/all', { securityLeads: [] })).toThrow(
    /\/nowhere\/at\/all cannot be read \(ENOENT\).*DAYPASS_POLICIES/,
  )
})

it('aPolicyThatCannotBeEvaluatedIsARefusalThoughCedarWouldAllow', () => {
  const engine = load({
    'a.cedar': `${permitAll}
@id("overflow") @reason("Too long.")
forbid (principal, action == Action::"request", resource)
when { context.durationSeconds * 9223372036854775807 > 10 };`,
  })
  const result = engine.judge(question())
  expect(result).toMatchObject({ allowed: false, outcome: 'error', decidedBy: [] })
  expect(result.errors).toEqual([expect.stringMatching(/^overflow: .*overflow/)])
  expect(result.sentence).toContain('(overflow), and in doubt the answer is no.')
})

it('decidingPoliciesAreToldInTheOrderOfTheFiles', () => {
  const permit = (id: string) => `@id("${id}") @reason("${id}.") permit (principal, action, resource);`
  const engine = load({ '2.cedar': permit('a'), '1.cedar': [permit('z'), permit('b')].join('\n') })
  expect(engine.policyCount).toBe(3)
  expect(engine.judge(question()).decidedBy.map(({ id }) => id)).toEqual(['z', 'b', 'a'])
  expect(engine.judge(question()).sentence).toBe('z. b. a.')
})

it('enginesDoNotDisturbEachOther', () => {
  const open = load({ 'a.cedar': permitAll })
  const closed = load({ 'a.cedar': permitAll.replace('permit', 'forbid') })
  expect([open, closed, open].map((engine) => engine.judge(question()).allowed)).toEqual([true, false, true])
})

it('policiesSeeTimeTicketHierarchyAndGroups', () => {
  const engine = load({
    'a.cedar': `@id("office-hours") @reason("In office hours.")
permit (principal in UserGroup::"S0ONCALL", action == Action::"request", resource in Resource::"orders-db")
when { context.now.toTime() >= duration("8h") && context.now.toTime() < duration("18h") }
when { context has ticket && context.ticket like "INC-*" }
when { resource has environment && resource.environment == "production" };`,
  })
  expect([...engine.userGroups]).toEqual(['S0ONCALL'])
  expect(engine.judge(question()).allowed).toBe(true)
  expect(engine.judge(question({ now: new Date('2026-03-02T18:00:00Z') })).allowed).toBe(false)
  expect(engine.judge(question({ ticket: null })).allowed).toBe(false)
  expect(engine.judge(question({ principal: { ...kim, groups: [] } })).allowed).toBe(false)
  const staging = { id: 'orders-db', environment: null, approvers: [] }
  expect(engine.judge(question({ resource: staging })).allowed).toBe(false)
})

it('aPolicyThatCanNeverApplyIsAWarning', () => {
  const text = `${permitAll}\n@id("never") @reason("Never.") forbid (principal, action, resource) when { false };`
  expect(load({ 'a.cedar': text }).warnings).toEqual([
    expect.stringMatching(/a\.cedar:2:1: Policy is impossible/),
  ])
})

const kim: PersonFacts = {
  userId: 'U0KIM',
  teamId: 'T0ACME',
  person: 'kim@acme.example',
  kind: 'contractor',
  isDeactivated: false,
  isBot: false,
  isGuest: true,
  isStranger: false,
  engagement: null,
  groups: ['S0ONCALL'],
}

function question(
  facts: Partial<Extract<PolicyQuestion, { action: 'request' | 'selfServe' | 'breakGlass' }>> = {},
) {
  return {
    action: 'request',
    principal: kim,
    now: new Date('2026-03-02T09:00:00Z'),
    resource: { id: 'orders-db', environment: 'production', approvers: ['U0DANA'] },
    entitlement: { id: 'read-orders', risk: 'low' },
    durationSeconds: 3600,
    ticket: 'INC-42',
    ...facts,
  } satisfies PolicyQuestion
}

function load(files: Record<string, string>) {
  return loadPolicies(directoryOf(files), { securityLeads: [] })
}

/** The lines of the refusal, without the directory. */
function problems(files: Record<string, string>): string[] {
  const directory = directoryOf(files)
  try {
    loadPolicies(directory, { securityLeads: [] })
  } catch (error) {
    if (!(error instanceof PolicyFileError)) throw error
    return error.message.split('\n').map((line) => line.replaceAll(`${directory}/`, ''))
  }
  throw new Error('These policies were accepted.')
}

function directoryOf(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'daypass-policies-'))
  directories.push(directory)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  return directory
}
