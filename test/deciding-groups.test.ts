import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, vi } from 'vitest'
import { checkFiles } from '../src/app/check.ts'
import { parseRules } from '../src/app/rules.ts'
import { checkCatalog, parseCatalog } from '../src/catalog-file/read-catalog.ts'
import { connectorKinds } from '../src/connectors/kinds.ts'
import { createConnectors } from '../src/connectors/registry.ts'
import { createLogger } from '../src/logger.ts'

const folder = mkdtempSync(join(tmpdir(), 'daypass-groups-'))
afterAll(() => rmSync(folder, { recursive: true }))

const permit = '@id("all") @reason("Everybody may.") permit (principal, action, resource);\n'
const environment = { SLACK_TOKEN: 'xoxb-1' }

const base = `version: 1
security: { channel: C0SECURITY, leads: [S0SECURITY] }
resources:
  rooms:
    name: Rooms
    owners: { channel: C0OPS, approvers: [S0OPS] }
    connector:
      kind: slack
      token: \${SLACK_TOKEN}
    entitlements:
      on-call: { name: On call, risk: low, maxDuration: 1h, userGroup: S0ONCALL }
  cellar:
    name: Cellar
    owners: { channel: C0OPS, approvers: [U0DANA] }
    connector: { kind: redis, url: 'redis://daypass:x@localhost' }
    entitlements:
      read: { name: Read, risk: low, maxDuration: 1h, commands: ['@read'] }
`
const read = (text: string) => parseCatalog('catalog.yml', text, { environment, connectorKinds })

it('a user group that decides nothing may be given', () => {
  expect(read(base).resources.size).toBe(2)
})

it.each([
  ['the security leads', (text: string) => text.replace('leads: [S0SECURITY]', 'leads: [S0ONCALL]')],
  [
    'the people who do the tasks of a system',
    (text: string) =>
      text
        .replace("kind: redis, url: 'redis://daypass:x@localhost'", 'kind: manual, assignees: [S0ONCALL]')
        .replace("commands: ['@read']", 'role: Reader'),
  ],
  ['the approvers of its resource', (text: string) => text.replace('[S0OPS]', '[S0ONCALL]')],
  ['the approvers of another resource', (text: string) => text.replace('[U0DANA]', '[U0DANA, S0ONCALL]')],
  [
    'the approvers of one entitlement',
    (text: string) => text.replace("commands: ['@read']", "commands: ['@read'], approvers: [S0ONCALL]"),
  ],
  [
    'a stage of approvals',
    (text: string) =>
      text.replace(
        "commands: ['@read']",
        "commands: ['@read'], approvals: { stages: [{ name: One, from: [S0ONCALL] }] }",
      ),
  ],
  [
    'substitutes',
    (text: string) =>
      text.replace(
        "commands: ['@read']",
        "commands: ['@read'], substitutes: { after: 1h, approvers: [S0ONCALL] }",
      ),
  ],
])('a catalog that gives a group which is among %s is refused, with its place', (_, change) => {
  const text = change(base)
  expect(text).not.toBe(base)
  expect(() => read(text)).toThrow(
    /^catalog\.yml:11:7: A lease makes its holder a member of S0ONCALL, and .*Offer another user group/,
  )
})

it('the same is found while the variables of the catalog are absent', () => {
  const path = join(folder, 'absent.yml')
  writeFileSync(path, base.replace('[U0DANA]', '[U0DANA, S0ONCALL]'))
  expect(() => checkCatalog(path, { environment: {}, connectorKinds })).toThrow(/:11:7: A lease makes/)
})

it('policies that depend on a group which a lease gives are refused, with their place; `check` says the same', async () => {
  const [catalogPath, policiesPath] = [join(folder, 'catalog.yml'), folder]
  const naming = '@id("b")\n@reason("B.")\npermit (principal in UserGroup::"S0ONCALL", action, resource);\n'
  const policies = [{ file: join(folder, 'a.cedar'), source: permit + naming }]
  writeFileSync(catalogPath, base)
  writeFileSync(join(folder, 'a.cedar'), permit + naming)
  vi.stubEnv('SLACK_TOKEN', 'xoxb-1')
  vi.stubEnv('SLACK_BOT_TOKEN', '')
  const config = { catalogPath, policiesPath }
  expect(() => parseRules(config, { catalog: base, policies })).toThrow(
    /a\.cedar:4:33: `b` depends on the user group S0ONCALL, and a lease of rooms\/on-call makes/,
  )
  const { findings } = await checkFiles(config, { requireSecrets: false, log: createLogger('silent') })
  expect(findings).toContainEqual({
    code: 'group-given-by-lease',
    severity: 'error',
    problem: expect.objectContaining({ line: 4, column: 33 }),
  })
  const other = [{ file: 'a.cedar', source: permit + naming.replace('S0ONCALL', 'S0OTHER') }]
  expect(parseRules(config, { catalog: base, policies: other }).policies.policyCount).toBe(2)
  vi.unstubAllEnvs()
})

it('the connector learns at each call which groups decide by the present catalog', async () => {
  const connectors = createConnectors(read(base), () => {})
  const order = {
    grantId: 'g',
    reference: 'AR-1',
    resourceId: 'rooms',
    entitlementId: 'on-call',
    content: read(base).resources.get('rooms')?.entitlements.get('on-call')?.content as never,
    holder: { displayName: 'Casey', userId: 'U0CASEY', identity: 'U0CASEY' },
    until: new Date(Date.now() + 60_000),
  }
  const connector = connectors.of('rooms')
  connectors.use(
    read(base.replace('userGroup: S0ONCALL', 'userGroup: S0OTHER').replace('[U0DANA]', '[S0ONCALL]')),
  )
  await expect(connector.grant(order)).rejects.toMatchObject({ code: 'misconfigured', retryable: false })
  await connectors.close()
})
