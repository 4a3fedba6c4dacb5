import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it, vi } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import { decideActionIds } from '../../src/slack/features/decide/ids.ts'
import { taskActionIds, taskInputIds } from '../../src/slack/features/tasks/ids.ts'
import { directMessage } from '../end-to-end/_daypass.ts'
import { type Killable, openKillable } from './_killable.ts'

// A killed worker's hold on what it had begun lasts 30 s.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

const catalog = `version: 1
security: { channel: C0SECURITY, leads: [S0SECURITY] }
resources:
  payroll:
    name: Payroll
    owners: { channel: C0ORDERS, approvers: [S0DBAS] }
    connector: { kind: manual, assignees: [U0ERIN] }
    entitlements:
      approve: { name: Approve payroll, risk: low, maxDuration: 1h, role: Payroll approver }
`
const folder = mkdtempSync(join(tmpdir(), 'daypass-by-hand-'))
const file = join(folder, 'catalog.yml')
let world: Killable
beforeAll(() => writeFileSync(file, catalog))
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(async () => {
  const { url } = inject('postgres')
  const noTarget = { port: Number(new URL(url).port), superuserUrl: url }
  world = await openKillable(noTarget, { DAYPASS_CATALOG: file })
  await world.start()
})
afterEach(() => world.close())

const grant = async () => (await world.database`select status from grants`)[0]?.status
const reaches = (wanted: string) =>
  world.client.waitFor(async () => (await grant()) === wanted, {
    timeoutMs: 60_000,
    what: `it to be ${wanted}`,
  })
const messages = async (words: RegExp) =>
  (await world.as('erin').messages('C0ORDERS')).filter(({ blocks }) => words.test(plainText(blocks ?? [])))
const asked = (words: RegExp) =>
  world.client.waitFor(async () => (await messages(words))[0], { timeoutMs: 60_000, what: `${words}` })
async function answers(words: RegExp): Promise<void> {
  const { ts } = await asked(words)
  const erin = world.as('erin')
  await erin.press(taskActionIds.done, { message: { channel: 'C0ORDERS', ts } })
  await world.client.waitFor(() => erin.view(), { what: 'the form' })
  const typed = { [taskInputIds.whatWasDone]: 'Done by hand.', [taskInputIds.evidence]: 'DESK-17' }
  expect(await erin.submit(typed)).toMatchObject({ ok: true, result: 'cleared' })
}
async function asks(lease: string): Promise<void> {
  const line = `payroll approve for ${lease} because Closing the month of May`
  await world.as('carla').command('/request-access', line, { channel: 'C0GENERAL' })
  const dana = world.as('dana')
  await world.client.waitFor(async () => (await dana.messages('C0ORDERS')).length > 0, { what: 'the card' })
  await dana.press(decideActionIds.approve)
}

it('killed after it has asked, and after it was told: each task is asked once, and each answer counts', async () => {
  await asks('1h')
  await asked(/Give access · AR-/)
  await world.kill()
  await world.start()
  await answers(/Give access · AR-/)
  await world.kill()
  await world.start()
  await reaches('active')
  await world.client.waitFor(() => directMessage(world.as('carla'), /you have .*Approve payroll/), {
    timeoutMs: 60_000,
    what: 'the news',
  })
  await world.as('carla').press('daypass.release')
  await answers(/Take access away · AR-/)
  await world.kill()
  await world.start()
  await reaches('revoked')
  expect(await world.database`select direction, status from tasks order by opened_at`).toEqual([
    { direction: 'give', status: 'done' },
    { direction: 'take_away', status: 'done' },
  ])
  const opened = await world.database`
    select count(*)::integer as count from audit_events where action in ('task.opened', 'task.done')`
  expect(opened).toEqual([{ count: 4 }])
  // Those that Slack had posted when the process died are known again since the press, and edited like all others.
  await world.client.waitFor(async () => (await messages(/✋/)).length === 0, {
    timeoutMs: 60_000,
    what: 'the edits',
  })
  expect((await messages(/✅ Taken away · AR-/)).length).toBe(1)
})
