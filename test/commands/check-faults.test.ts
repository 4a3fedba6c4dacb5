import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { slackEnvironment, startLocalSlack } from '../../fixtures/local-slack.ts'
import { checkFiles } from '../../src/app/check.ts'
import { createLogger } from '../../src/logger.ts'

const catalog = readFileSync('fixtures/catalog.yml', 'utf8')
const policies = readFileSync('policies/default.cedar', 'utf8')

interface Seed {
  readonly catalog?: (text: string) => string
  /** Another policy file, `seeded.cedar`. */
  readonly more?: string
  readonly policies?: (text: string) => string
  readonly slack?: boolean
}

interface Found {
  readonly code: string
  readonly file: string
  readonly line: number
  readonly what: string
  readonly remedy: string
}

beforeAll(async () => {
  const slack = await startLocalSlack()
  ends.push(() => slack.close())
  slackAccess = slackEnvironment(slack)
})
const ends: (() => Promise<unknown>)[] = []
let slackAccess: Record<string, string>
const folder = mkdtempSync(join(tmpdir(), 'daypass-check-'))
afterAll(async () => {
  for (const end of ends) await end()
  rmSync(folder, { recursive: true })
})

async function look(catalogPath: string, policiesPath: string, slack: boolean): Promise<Found[]> {
  const { SLACK_BOT_TOKEN = '', SLACK_API_URL = '' } = slack ? slackAccess : {}
  vi.stubEnv('SLACK_BOT_TOKEN', SLACK_BOT_TOKEN)
  vi.stubEnv('SLACK_API_URL', SLACK_API_URL)
  const log = createLogger('silent')
  const { findings } = await checkFiles({ catalogPath, policiesPath }, { requireSecrets: false, log })
  return findings.map(({ code, problem }) => ({ code, ...problem }))
}

const weekly = (report: string, about = '{}') => `reports:
  late:
    report: ${report}
    with: ${about}
    every: week
    to: C0SECURITY
    onBehalfOf: U0LEAD
`
let seeds = 0
async function check({ more, slack = false, ...edit }: Seed): Promise<Found[]> {
  seeds += 1
  const place = join(folder, `seed-${seeds}`)
  mkdirSync(place)
  writeFileSync(join(place, 'catalog.yml'), (edit.catalog ?? same)(catalog))
  writeFileSync(join(place, 'default.cedar'), (edit.policies ?? same)(policies))
  if (more) writeFileSync(join(place, 'seeded.cedar'), more)
  return look(join(place, 'catalog.yml'), place, slack)
}

const same = (text: string) => text
const rule = (effect: string, scope: string, condition = '') =>
  `@id("seeded")\n@reason("Seeded.")\n${effect} (${scope})\n${condition};\n`
const request = 'principal, action == Action::"request", resource'
const approve = 'principal, action == Action::"approve", resource'
const serve = 'principal, action == Action::"selfServe", resource'
const without = (id: string) => (text: string) =>
  text.replace(new RegExp(`@id\\("${id}"\\)[\\s\\S]*?;\\n`), '')
const lineIn = (text: string, part: string) => text.slice(0, text.indexOf(part)).split('\n').length

const tooFew = (text: string) =>
  text.replace('approvers: [S0DBAS, U0ERIN, U0SAM]', 'approvers: [U0ERIN, U0DANA]')

const byHand = (assignees: string) => (text: string) =>
  `${text}  payroll:
    name: Payroll
    owners: { channel: C0ORDERS, approvers: [U0DANA, U0ERIN] }
    connector: { kind: manual, assignees: [U0DANA, ${assignees}] }
    entitlements:
      approve: { name: Approve payroll, risk: low, maxDuration: 1h, role: Payroll approver }
`

const faults: [string, Seed, { code: string; file: string; line: number }][] = [
  [
    'somebody who is asked to do tasks and whom Slack does not know',
    { catalog: byHand('U0NOBODY'), slack: true },
    { code: 'assignee-out-of-reach', file: 'catalog.yml', line: lineIn(byHand('')(catalog), 'kind: manual') },
  ],
  [
    'a user group that is asked to do tasks and is not there',
    { catalog: byHand('S0NOBODY'), slack: true },
    { code: 'assignee-out-of-reach', file: 'catalog.yml', line: lineIn(byHand('')(catalog), 'kind: manual') },
  ],
  [
    'a policy whose conditions contradict each other',
    { more: rule('forbid', request, 'when { resource.risk == "low" && resource.risk == "high" }') },
    { code: 'policy-never-matches', file: 'seeded.cedar', line: 1 },
  ],
  [
    'a policy about durations that the catalog never allows',
    { more: rule('forbid', request, 'when { context.durationSeconds > 2592000 }') },
    { code: 'policy-never-matches', file: 'seeded.cedar', line: 1 },
  ],
  [
    'a policy about an hour that does not exist',
    { more: rule('forbid', request, 'when { context.localHour > 23 }') },
    { code: 'policy-never-matches', file: 'seeded.cedar', line: 1 },
  ],
  [
    'a permit that another policy always forbids',
    { more: rule('permit', approve, 'when { principal.isGuest && principal in resource.approvers }') },
    { code: 'policy-always-outweighed', file: 'seeded.cedar', line: 1 },
  ],
  [
    'an entitlement that nobody may ask for, because a policy forbids it',
    { more: rule('forbid', request, 'when { resource.risk == "critical" }') },
    {
      code: 'nobody-may-request',
      file: 'catalog.yml',
      line: 0,
    },
  ],
  [
    'an entitlement whose tickets a policy does not accept',
    { more: rule('forbid', request, 'unless { context has ticket && context.ticket like "inc-*" }') },
    { code: 'nobody-may-request', file: 'catalog.yml', line: lineIn(catalog, 'read-orders:') },
  ],
  [
    'strangers may ask',
    { policies: without('strangers-do-nothing') },
    { code: 'outsiders-may', file: 'default.cedar', line: lineIn(policies, '@id("employees-may-request")') },
  ],
  [
    'deactivated accounts may decide',
    { policies: without('deactivated-accounts-do-nothing') },
    { code: 'outsiders-may', file: 'default.cedar', line: lineIn(policies, '@id("approvers-may-decide")') },
  ],
  [
    'requesters may approve their own request',
    { policies: without('nobody-decides-their-own-request') },
    { code: 'own-request', file: 'default.cedar', line: 0 },
  ],
  [
    'anybody may approve',
    { more: rule('permit', approve) },
    { code: 'anyone-may-approve', file: 'seeded.cedar', line: 1 },
  ],
  [
    'anybody is served at critical risk',
    { more: rule('permit', serve, 'when { principal.kind == "employee" }') },
    { code: 'anyone-is-served', file: 'seeded.cedar', line: 1 },
  ],
  [
    'critical access that a taken-over Slack account could approve',
    { catalog: (text) => text.replace('        stepUp: [approve]\n', '') },
    { code: 'critical-without-step-up', file: 'catalog.yml', line: lineIn(catalog, 'read-cards:') },
  ],
  [
    'a report on a schedule that there is not',
    { catalog: (text) => `${text}${weekly('revocation')}` },
    { code: 'report-not-possible', file: 'catalog.yml', line: catalog.split('\n').length + 2 },
  ],
  [
    'a report on a schedule about a resource that the catalog has not',
    { catalog: (text) => `${text}${weekly('revocations', '{ resource: order-db }')}` },
    { code: 'report-not-possible', file: 'catalog.yml', line: catalog.split('\n').length + 3 },
  ],
  [
    'a resource that the catalog has not',
    { more: rule('forbid', `principal, action, resource in Resource::"order-db"`) },
    { code: 'unknown-resource', file: 'seeded.cedar', line: 3 },
  ],
  [
    'an entitlement that the catalog has not',
    { more: rule('forbid', request, 'when { resource == Entitlement::"orders-db/red-orders" }') },
    { code: 'unknown-entitlement', file: 'seeded.cedar', line: 4 },
  ],
  [
    'an environment that the catalog has not',
    { more: rule('forbid', request, 'when { resource has environment && resource.environment == "prod" }') },
    { code: 'unknown-environment', file: 'seeded.cedar', line: 4 },
  ],
  [
    'a tag that the catalog has not',
    { more: rule('forbid', request, 'when { resource.tags.contains("personal-data") }') },
    { code: 'unknown-tag', file: 'seeded.cedar', line: 4 },
  ],
  [
    'a risk that does not exist',
    { more: rule('forbid', request, 'when { resource.risk == "hgih" }') },
    { code: 'unknown-risk', file: 'seeded.cedar', line: 4 },
  ],
  [
    'too few approvers when one of them asks',
    { catalog: tooFew },
    { code: 'too-few-approvers', file: 'catalog.yml', line: lineIn(catalog, 'fix-orders:') },
  ],
  [
    'a policy about a user group that Slack does not know',
    { more: rule('forbid', request, 'when { principal in UserGroup::"S0GONE" }'), slack: true },
    { code: 'unknown-group', file: 'seeded.cedar', line: 4 },
  ],
  [
    'an approver whom Slack does not know',
    {
      catalog: (text) => text.replace('approvers: [S0DBAS, U0ERIN]', 'approvers: [S0DBAS, U0ERIN, U0NOBODY]'),
      slack: true,
    },
    { code: 'unknown-user', file: 'catalog.yml', line: lineIn(catalog, 'read-orders:') },
  ],
  [
    'an approver who is a guest',
    {
      catalog: (text) => text.replace('approvers: [S0DBAS, U0ERIN]', 'approvers: [S0DBAS, U0ERIN, U0GUS]'),
      slack: true,
    },
    { code: 'approver-cannot-approve', file: 'catalog.yml', line: lineIn(catalog, 'read-orders:') },
  ],
  [
    'a group of too few members when one of them asks',
    {
      catalog: (text) => text.replace('approvers: [S0DBAS, U0ERIN, U0SAM]', 'approvers: [S0DBAS]'),
      slack: true,
    },
    { code: 'too-few-approvers', file: 'catalog.yml', line: lineIn(catalog, 'fix-orders:') },
  ],
]

describe('daypass check finds, with file, line and remedy,', { timeout: 60_000 }, () => {
  it.each(faults)('%s', async (_what, seed, { code, file, line }) => {
    const findings = await check(seed)
    const found = findings.filter((one) => one.code === code && one.file.endsWith(file))
    expect(found, JSON.stringify(findings)).not.toEqual([])
    if (line > 0) expect(found.map((one) => one.line)).toContain(line)
    expect(found[0]?.remedy).toMatch(/\S/)
  })
})

describe('daypass check finds nothing', { timeout: 60_000 }, () => {
  it.each([
    ['in the catalog of the demo, with its people in Slack', 'fixtures/catalog.yml', true],
    ['in the shipped example', 'catalog.example.yml', false],
  ])('%s', async (_what, file, slack) => {
    expect(await look(file, 'policies', slack)).toEqual([])
  })
})
