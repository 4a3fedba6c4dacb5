import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { manual } from '../../src/connectors/manual/connector.ts'
import { ConnectorError } from '../../src/domain/connector.ts'
import { cannot, didIt } from '../_by-hand.ts'
import { failure } from './_contract-tools.ts'
import { openConnector } from './_open-connector.ts'
import { leaseOf } from './connector-logins.ts'
import type { ManualWorld } from './manual-world.ts'

/** What holds where only a person can act. */
export function manualRules(world: () => ManualWorld): void {
  it('waits for the person to give and to take away, however often it asks, and asks once', async () => {
    const { alone, freshAccess, store, does, tasks, holds } = world()
    const access = freshAccess()
    await store(access)
    for (let asked = 0; asked < 3; asked += 1)
      expect(await failure(alone.grant(access))).toMatchObject({ code: 'awaiting_person', retryable: true })
    const given = await tasks.find(access.grantId, 'give')
    await does(access, 'give')
    const evidence = await alone.grant(access)
    expect(evidence).toMatchObject({ proof: 'attested', facts: { task: given?.id } })
    for (let asked = 0; asked < 3; asked += 1)
      expect(await failure(alone.revoke(access))).toMatchObject({ code: 'awaiting_person', retryable: true })
    expect(await holds(access)).toBe(true)
    await does(access, 'take_away')
    expect(await alone.revoke(access)).toMatchObject({ proof: 'attested' })
    expect(await holds(access)).toBe(false)
  })

  it('says in advance that the end is attested, and never proven', () => {
    const settings = (residual?: string) =>
      manual.readSettings((schema) => schema.parse(residual === undefined ? {} : { residual }))?.assurance
    expect(settings()).toEqual({ proof: 'attested', nativeExpiry: false, residual: null })
    expect(settings('Sessions go on for 8h.')).toMatchObject({ residual: 'Sessions go on for 8h.' })
  })

  it('evidence and errors hold nothing that people wrote', async () => {
    const { connector, alone, freshAccess, store, does } = world()
    const said = { ...didIt, whatWasDone: 'WRITTEN', evidence: 'WRITTEN', howToConnect: 'WRITTEN' }
    const access = freshAccess()
    await store(access)
    await failure(alone.grant(access))
    await does(access, 'give', said)
    const evidence = [await alone.grant(access), await connector.revoke(access)]
    expect(JSON.stringify(evidence)).not.toContain('WRITTEN')
    const refused = freshAccess()
    await store(refused)
    await failure(alone.grant(refused))
    await does(refused, 'give', { ...cannot, reason: 'WRITTEN' })
    const error = await failure(alone.grant(refused))
    expect(error).toMatchObject({ code: 'conflict', retryable: false })
    expect(error.message).not.toContain('WRITTEN')
    // Nobody has anything to take away.
    await expect(alone.revoke(refused)).resolves.toMatchObject({ proof: 'attested' })
  })

  it('somebody who cannot take it away fails the revocation, until somebody else has done it', async () => {
    const { connector, alone, freshAccess, does, holds } = world()
    const access = freshAccess()
    await connector.grant(access)
    await failure(alone.revoke(access))
    await does(access, 'take_away', cannot)
    expect(await failure(alone.revoke(access))).toMatchObject({ code: 'still_present', retryable: true })
    expect(await holds(access)).toBe(true)
    await does(access, 'take_away', didIt, 'U0FRED')
    await expect(alone.revoke(access)).resolves.toBeDefined()
  })

  it('taken back while somebody gives it: that task is withdrawn, and somebody looks whether it is there', async () => {
    const { alone, freshAccess, store, does, tasks, payroll, holds } = world()
    const access = freshAccess()
    await store(access)
    await failure(alone.grant(access))
    // Erin has given it, and not said so yet.
    payroll.give(access.holder.identity ?? '', 'Payroll approver')
    expect(await failure(alone.revoke(access))).toMatchObject({ code: 'awaiting_person' })
    expect(await does(access, 'give', cannot)).toMatchObject({ kind: 'not_needed' })
    expect(await tasks.find(access.grantId, 'take_away')).toMatchObject({ work: { isUncertain: true } })
    expect(await failure(alone.grant(access))).toMatchObject({ code: 'conflict' })
    await does(access, 'take_away')
    await alone.revoke(access)
    expect(await holds(access)).toBe(false)
  })

  it('a late attempt to give what is over asks nobody', async () => {
    const { alone, freshAccess, store, tasks, world: base } = world()
    const access = freshAccess()
    await store(access)
    await base.database.sql`
      update grants set status = 'revoking', revocation_cause = 'released', revocation_started_at = now() where id = ${access.grantId}`
    expect(await failure(alone.grant(access))).toMatchObject({ code: 'conflict', retryable: true })
    expect(await tasks.find(access.grantId, 'give')).toBeNull()
    await expect(alone.revoke(access)).resolves.toMatchObject({
      summary: 'Nobody was asked to give this access.',
    })
  })

  it('an order without a login gives nothing', async () => {
    const { alone, freshAccess, store } = world()
    const access = freshAccess()
    await store(access)
    const { identity: _, ...holder } = access.holder
    expect(await failure(alone.grant({ ...access, holder }))).toMatchObject({ code: 'misconfigured' })
  })

  it('the same role by another lease stays, and is told as going on', async () => {
    const { connector, alone, freshAccess, holds } = world()
    const one = freshAccess()
    const other = { ...freshAccess(), holder: one.holder }
    await connector.grant(one)
    await connector.grant({ ...other, alsoHeld: [leaseOf(one)] })
    expect(await alone.revoke({ ...one, alsoHeld: [leaseOf(other)] })).toMatchObject({
      proof: 'attested',
      remains: expect.stringMatching(/another lease/),
    })
    expect(await holds(other)).toBe(true)
    await connector.revoke(other)
    expect(await holds(one)).toBe(false)
  })

  it('content that this version does not understand is taken away under the name of the entitlement', async () => {
    const { connector, alone, freshAccess, tasks, does } = world()
    const access = freshAccess()
    await connector.grant(access)
    await failure(alone.revoke({ ...access, content: { odd: true } as never }))
    expect(await tasks.find(access.grantId, 'take_away')).toMatchObject({ work: { role: 'read-orders' } })
    await does(access, 'take_away')
    await alone.revoke(access)
  })

  it('shows how to connect only while the access is there', async () => {
    const { alone, freshAccess, store, does } = world()
    const access = freshAccess()
    await store(access)
    const shown = () => alone.issueCredentials?.(access) ?? Promise.resolve(null)
    expect(await failure(shown())).toMatchObject({ code: 'not_granted' })
    await failure(alone.grant(access))
    expect(await failure(shown())).toMatchObject({ code: 'not_granted' })
    await does(access, 'give', { ...didIt, howToConnect: 'At payroll.test' })
    expect(await shown()).toEqual({
      fields: [{ label: 'How to connect', value: 'At payroll.test' }],
      commands: [],
      expiresAt: access.until,
      isSecret: false,
    })
    await failure(alone.revoke(access))
    expect(await failure(shown())).toMatchObject({ code: 'not_granted' })
    await does(access, 'take_away')
  })

  it('says how many tasks wait', async () => {
    const { alone, freshAccess, store, does } = world()
    const waiting = async () => {
      const diagnosis = await alone.check()
      return diagnosis.ok ? Number(/(\d+) tasks/.exec(diagnosis.summary)?.[1]) : Number.NaN
    }
    const before = await waiting()
    const access = freshAccess()
    await store(access)
    await failure(alone.grant(access))
    expect(await waiting()).toBe(before + 1)
    await does(access, 'give', cannot)
    expect(await waiting()).toBe(before)
  })

  it('without a place for tasks it gives nothing, and says so', async () => {
    const { freshAccess } = world()
    const settings = { assignees: ['U0DANA'] }
    const connector = openConnector(manual, {
      id: 'payroll',
      settings,
      entitlements: { read: { role: 'Reader' } },
    })
    expect(
      await failure(connector.grant({ ...freshAccess(), content: { role: 'Reader' } as never })),
    ).toBeInstanceOf(ConnectorError)
    expect(await connector.check()).toMatchObject({ ok: false })
  })
}

/** What the catalog may say. */
export function manualCatalogRules(): void {
  const read = (settings: object) => manual.settings.safeParse(settings)

  it('takes what its page shows, with every key', async () => {
    const page = await readFile('docs/connectors/manual.md', 'utf8')
    const { payroll } = parse(/^```yaml\n([\s\S]*?)^```/m.exec(page)?.[1] ?? '').resources
    const { kind, ...settings } = payroll.connector
    expect(kind).toBe('manual')
    expect(read(settings).error).toBeUndefined()
    expect(Object.keys(settings).sort()).toEqual(Object.keys(manual.settings.shape).sort())
    const content = payroll.entitlements['approve-payroll']
    expect(manual.entitlement.safeParse(content).error).toBeUndefined()
    expect(Object.keys(content).sort()).toEqual(Object.keys(manual.entitlement.shape).sort())
  })

  it('asks the approvers of the resource unless it names somebody', () => {
    const people = (settings: object) => manual.readSettings((schema) => schema.parse(settings))?.taskPeople
    expect(people({})).toEqual({ assignees: null, channel: null, direct: false, remindAfterSeconds: 1_800 })
    const named = { assignees: ['U0DANA'], directMessages: true, remindAfter: '1h' }
    expect(people(named)).toEqual({
      assignees: ['U0DANA'],
      channel: null,
      direct: true,
      remindAfterSeconds: 3_600,
    })
  })

  it.each([
    ['a name in place of an id', { assignees: ['dana'] }],
    ['nobody', { assignees: [] }],
    ['direct messages to a user group', { assignees: ['S0HELPDESK'], directMessages: true }],
    ['direct messages to nobody', { directMessages: true }],
    ['direct messages and a channel', { assignees: ['U0DANA'], directMessages: true, channel: 'C0HELP' }],
    ['a pause of seconds', { remindAfter: '10s' }],
    ['a pause of months', { escalateAfter: '90d' }],
    ['an unknown key', { people: ['U0DANA'] }],
  ])('is refused: %s', (_, settings) => {
    expect(read(settings).success).toBe(false)
  })

  it.each([
    ['no role', {}],
    ['a page that is no address', { role: 'Reader', runbook: 'the wiki' }],
    ['a script in place of a page', { role: 'Reader', runbook: 'javascript:alert(1)' }],
  ])('is refused of an entitlement: %s', (_, content) => {
    expect(manual.entitlement.safeParse(content).success).toBe(false)
  })
}
