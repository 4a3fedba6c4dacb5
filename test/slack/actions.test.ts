import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import type { VisibleMessage } from '../../sandbox/types.ts'
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
