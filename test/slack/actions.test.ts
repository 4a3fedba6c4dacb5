import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import type { VisibleMessage } from '../../sandbox/types.ts'
import { ConnectorError, type Runs } from '../../src/domain/connector.ts'
import { refreshHomes } from '../../src/usecases/home/publish-home.ts'
import { startPostgres18, type TestPostgres } from '../_postgres.ts'
import { addActions } from '../actions/_action-world.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let server: TestPostgres
let workspace: Workspace
let actions: Awaited<ReturnType<typeof addActions>>
beforeAll(async () => {
  server = await startPostgres18()
})
afterAll(() => server.close())
beforeEach(async () => {
  workspace = await openWorkspace()
  actions = await addActions(workspace.world, server)
})
afterEach(async () => {
  const { violations } = await workspace.client.traffic()
  await workspace.stop()
  await workspace.sandbox.close()
  await actions.close()
  expect(violations).toEqual([])
})

const read = (message: VisibleMessage | undefined) =>
  message ? plainText(message.blocks ?? []).replaceAll('*', '') : ''
const card = async () =>
  read(
    (await workspace.as('U0DANA').messages('C0ORDERS')).find(
      ({ threadTs, ephemeral }) => !threadTs && !ephemeral,
    ),
  )
const thread = async () =>
  (await workspace.as('U0DANA').messages('C0ORDERS'))
    .filter(({ threadTs }) => threadTs)
    .map(read)
    .join('\n')
const told = async () => (await workspace.as('U0CARL').directMessages()).map(read).join('\n')
const sees = (words: RegExp) =>
  workspace.client.waitFor(
    async () => {
      const view = await workspace.as('U0CARL').view()
      return view && words.test(plainText(view.blocks).replaceAll('*', '')) ? view : undefined
    },
    { what: `Carl to see ${words}` },
  )
const ask = (line: string) => workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })

it('is asked for in the form, with a problem beside its field; the card shows the exact text and the preview', async () => {
  const carl = workspace.as('U0CARL')
  await ask('')
  await carl.select('daypass.form.resource', 'orders-db')
  await sees(/What do you need there/)
  await carl.select('daypass.form.entitlement', 'refund-order')
  await sees(/run once, as soon as it is approved/)
  const fields = {
    'daypass.form.parameter.order': '70000',
    'daypass.form.parameter.why': 'lost',
    'daypass.form.justification': 'The parcel of INC-42 is lost',
  }
  expect(await carl.submit(fields)).toMatchObject({
    result: 'errors',
    errors: { 'parameter:orders-db refund-order order': 'Order is from 1 to 9999.' },
  })
  expect(await carl.submit({ ...fields, 'daypass.form.parameter.order': '7' })).toMatchObject({
    result: 'cleared',
  })
  await workspace.settle()
  expect(await card()).toContain('Refund an order')
  expect(await card()).toContain(
    `refund-order on orders-db\nupdate public.orders set status = 'refunded', note = :why where id = :order and status = 'paid'\n\nwhy = "lost"\norder = "7"`,
  )
  expect(await card()).toMatch(/Preview.*it changes 1 row/)
  expect(await card()).toMatch(
    /Before:\s+id\s+status\s+note\s+─+\s+─+\s+─+\s+7\s+paid\s+∅\s+After:\s[\s\S]*7\s+refunded\s+lost/,
  )
  expect(await card()).not.toContain('Approve for less')

  await workspace.as('U0DANA').press('daypass.approve')
  await workspace.settle()
  expect(await actions.statusOf(7)).toBe('refunded')
  expect(await card()).toContain('✅ It was run')
  expect(await thread()).toContain('Refund an order on Orders database (production) was run for')
  expect(await told()).toMatch(/was run, .*It changed 1 row\./)
})

it('is asked for in one line, and the output is shown to its requester in a window', async () => {
  await actions.shop.shop.query(`update public.orders set note = 'secret' where id = 1`)
  await ask('orders-db show-order text="two words" day=2026-12-01 because Looking at INC-42')
  await workspace.settle()
  expect(await card()).toContain('text = "two words"')
  await workspace.as('U0DANA').press('daypass.approve')
  await workspace.settle()
  expect(await told()).toContain('Only you see the output')
  await workspace.as('U0CARL').press('daypass.run.output')
  const view = await sees(/two words/)
  expect(plainText(view.blocks)).toMatch(/1\s+paid\s+\(redacted\)\s+two words/)
  // Nothing of it is in a message, which Slack would keep.
  expect(JSON.stringify(await workspace.as('U0CARL').directMessages())).not.toContain('two words')
  expect(await card()).not.toContain('secret')
})

it('with a value that does not fit opens the form, with what was typed and the problem', async () => {
  await ask('orders-db refund-order order=7 why=stolen because The parcel of INC-42 is gone')
  const view = await sees(/why is one of: damaged, lost/)
  expect(JSON.stringify(view)).toContain('"initial_value":"7"')
})

it('that cannot be run like this is asked of nobody, and its requester reads why and asks again', async () => {
  await ask('orders-db refund-order order=777 why=lost because The parcel of INC-42 is lost')
  await workspace.settle()
  expect(await card()).toBe('')
  expect(await told()).toContain('It would have changed 0 rows, and this action changes exactly 1 row.')
  await workspace.as('U0CARL').press('daypass.again')
  const view = await sees(/run once/)
  expect(JSON.stringify(view)).toContain('"initial_value":"777"')
})

it('is on the Home tab while it waits and when it is over, and `/revoke` with its reference stops it', async () => {
  const down: Runs['ready'] = () =>
    Promise.reject(new ConnectorError('unreachable', 'The database does not answer.', { retryable: true }))
  actions.between.runs = (runs) => ({ ...runs, ready: down })
  const carl = workspace.as('U0CARL')
  const home = async (userId: string) => {
    await refreshHomes(workspace.world.ports, null, 10)
    return plainText((await workspace.as(userId).home())?.blocks ?? []).replaceAll('*', '')
  }
  await Promise.all(['U0CARL', 'U0LEAD'].map((id) => workspace.as(id).openHome()))
  const line = 'orders-db show-order text="two words" day=2026-12-01 because Looking at INC-42'
  await ask(line)
  await ask(line.replace('INC-42', 'INC-43'))
  await workspace.settle()
  for (const reference of ['AR-1001', 'AR-1002'] as const) {
    const asked = await workspace.world.ports.store.histories.byReference(reference)
    await actions.approve(asked?.request.id ?? '')
  }
  await workspace.settle()
  expect(await home('U0CARL')).toMatch(/Your access \(2\)[\s\S]*AR-1001[\s\S]*⏳ being run/)
  expect(await home('U0LEAD')).toMatch(/Active on your systems \(2\)[\s\S]*Look at an order[\s\S]*being run/)

  const revoke = (userId: string) =>
    workspace.as(userId).command('/revoke', 'AR-1001 because It is the wrong day', { channel: 'C0ORDERS' })
  await revoke('U0CARL')
  expect(await carl.view()).toBeUndefined()
  await revoke('U0LEAD')
  const form = await workspace.as('U0LEAD').view()
  expect(plainText(form?.blocks ?? [])).toMatch(/show-order on orders-db[\s\S]*What has not begun never will/)
  await workspace.as('U0LEAD').submit({})
  actions.between.runs = null
  workspace.world.clock.advance(60)
  await workspace.settle()
  const of = async (reference: string) =>
    (await workspace.world.ports.store.histories.byReference(reference))?.run?.status
  expect([await of('AR-1001'), await of('AR-1002')]).toEqual(['cancelled', 'done'])
  expect(await home('U0CARL')).toMatch(
    /You hold no access now[\s\S]*that are over \(2\)[\s\S]*AR-1002[\s\S]*✅ was run[\s\S]*AR-1001[\s\S]*⚪ run cancelled/,
  )
  await carl.press('daypass.run.output', { home: true })
  await sees(/two words/)
  await revoke('U0LEAD')
  const said = (await workspace.as('U0LEAD').messages('C0ORDERS')).map(read).join('\n')
  expect(said).toContain('The run of AR-1001 is over: ⚪ run cancelled. There is nothing left to stop.')
  const refusals = await workspace.world.database.sql`
    select action from audit_events where action = 'run.cancellation_refused'`
  expect(refusals).toHaveLength(1)
})

it('an output that is longer than a window is shown in parts, all of it', async () => {
  await ask('orders-db show-order text=x day=2026-12-01 because Looking at INC-42')
  await workspace.settle()
  await workspace.as('U0DANA').press('daypass.approve')
  await workspace.settle()
  const { sql } = workspace.world.database
  const lines = Array.from({ length: 30_000 }, (_, at) => `line ${at}`).join('\n')
  const [run] = await sql`select id from runs`
  const sealed = workspace.world.ports.vault.seal(
    JSON.stringify({ kind: 'text', text: lines, isCut: false }),
    `run ${run?.id}`,
  )
  const { owner } = workspace.world
  await owner.sql`alter table run_outputs disable trigger run_outputs_stay`
  await owner.sql`update run_outputs set sealed = ${sealed}`
  await owner.sql`alter table run_outputs enable trigger run_outputs_stay`
  const carl = workspace.as('U0CARL')
  await carl.press('daypass.run.output')
  const first = plainText((await sees(/part 1 of 3/)).blocks)
  await carl.press('daypass.run.output_next')
  const second = plainText((await sees(/part 2 of 3/)).blocks)
  expect(second).toContain('Previous part')
  const numbers = [...`${first}\n${second}`.matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number))
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, at) => at))
  const [looks] = await sql`select count(*)::int as count from audit_events where action = 'run.output_shown'`
  expect(looks).toEqual({ count: 2 })
})
