import { afterEach, beforeEach, expect, it } from 'vitest'
import { slackApp } from '../../fixtures/slack-app.ts'
import { callApi } from '../../sandbox/_call-api.ts'
import { plainText } from '../../sandbox/plain-text.ts'
import type { VisibleMessage } from '../../sandbox/types.ts'
import { type ByHand, byHand, payrollContent } from '../_by-hand.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

// Access by hand, pressed and typed in a local Slack over HTTP. Erin and Fred (a user group) are asked in #orders.

let workspace: Workspace
let hand: ByHand
let requestId: string
const open = async (settings: Readonly<Record<string, unknown>> = {}) => {
  workspace = await openWorkspace()
  hand = byHand(workspace.world, { channel: undefined, assignees: ['S0DBAS'], ...settings })
}
beforeEach(async () => {
  await open()
  requestId = await hand.approved()
})
afterEach(async () => {
  const { violations } = await workspace.client.traffic()
  await workspace.close()
  expect(violations).toEqual([])
})

const read = (message: VisibleMessage | undefined) => (message ? plainText(message.blocks ?? []) : '')
const posts = async (channel = 'C0ORDERS') =>
  (await workspace.as('U0DANA').messages(channel)).filter(
    ({ ephemeral, threadTs }) => !ephemeral && !threadTs,
  )
const find = async (words: RegExp, channel = 'C0ORDERS') =>
  (await posts(channel)).find((message) => words.test(read(message)))
const told = async (userId: string) => (await workspace.as(userId).directMessages()).map(read).join('\n')
const status = async () => (await hand.history(requestId)).grant?.status
const later = async (seconds: number) => {
  workspace.world.clock.advance(seconds)
  await workspace.settle()
}
/** Presses a button on the message that says so. */
const press = async (userId: string, button: 'done' | 'cannot', words: RegExp) => {
  const message = await find(words)
  if (!message) throw new Error(`no message says ${words}`)
  await workspace
    .as(userId)
    .press(`daypass.task.${button}`, { message: { channel: 'C0ORDERS', ts: message.ts } })
}
const sees = (userId: string, words: RegExp) =>
  workspace.client.waitFor(
    async () => {
      const view = await workspace.as(userId).view()
      return view && words.test(`${view.title} ${plainText(view.blocks)}`) ? view : undefined
    },
    { what: `${userId} to see ${words}` },
  )
const hears = (userId: string, words: RegExp) =>
  workspace.client.waitFor(
    async () =>
      (await workspace.as(userId).messages('C0ORDERS')).some(
        (message) => message.ephemeral && words.test(read(message)),
      ),
    { what: `${userId} to hear ${words}` },
  )
const report = {
  'daypass.form.what_was_done': 'Added the role.',
  'daypass.form.evidence': 'https://desk.test/17',
}
const does = async (userId: string, words: RegExp, typed: object = report) => {
  await press(userId, 'done', words)
  await sees(userId, /What did you do\?/)
  return workspace.as(userId).submit(typed as Record<string, string>)
}
const giving = /Give access · AR-/
const takingAway = /Take access away · AR-/

it('the whole way: the task, the form, the lease, the second task, and the audit', async () => {
  const asked = read(await find(giving))
  expect(asked).toContain(
    'Please give @U0CARL the role *Payroll approver* in *Orders database* (production).',
  )
  expect(asked).toContain(payrollContent.instructions)
  expect(await told('U0CARL')).toContain('A person gives this access by hand and has not confirmed it yet.')
  expect(
    await does('U0ERIN', giving, { ...report, 'daypass.form.how_to_connect': 'At payroll.test' }),
  ).toMatchObject({ ok: true, result: 'cleared' })
  await workspace.settle()
  expect(await status()).toBe('active')
  expect(read(await find(/✅ Given · AR-/))).toContain('Given by @U0ERIN')
  expect(await find(giving)).toBeUndefined()
  expect(await told('U0CARL')).toContain('At payroll.test')

  await workspace.as('U0CARL').press('daypass.release')
  await workspace.settle()
  expect(read(await find(takingAway))).toContain(payrollContent.takeAway)
  expect(
    await does('U0FRED', takingAway, { ...report, 'daypass.form.what_was_done': 'Removed it.' }),
  ).toMatchObject({
    result: 'cleared',
  })
  await workspace.settle()
  expect(await status()).toBe('revoked')
  expect(await told('U0CARL')).toContain('was reported as removed')

  const { response } = await workspace.as('U0LEAD').command('/audit', 'AR-1001', { channel: 'C0AUDIT' })
  const audit = JSON.stringify(response)
  for (const words of [
    'Given by <@U0ERIN>',
    'Taken away by <@U0FRED>',
    'Removed it.',
    'https://desk.test/17',
    'At payroll.test',
  ])
    expect(audit).toContain(words)
  for (const words of ['task opened', 'task done', 'to take it away']) expect(audit).toContain(words)
})

it('the holder and those whom nobody asked are refused, in public and in a form that was open before', async () => {
  for (const [userId, why] of [
    ['U0CARL', /Nobody answers the task about their own access/],
    ['U0DANA', /Only those who are named in the task/],
  ] as const) {
    await press(userId, 'done', giving)
    await hears(userId, why)
  }
  await press('U0ERIN', 'done', giving)
  await sees('U0ERIN', /What did you do\?/)
  await workspace.client.setUsergroupUsers('S0DBAS', ['U0FRED'])
  workspace.world.clock.advance(120)
  await workspace.as('U0ERIN').submit(report)
  await sees('U0ERIN', /Only those who are named in the task/)
  await workspace.settle()
  expect(await status()).toBe('activating')
})

it('two with open forms: the second reads who was faster', async () => {
  for (const userId of ['U0ERIN', 'U0FRED']) {
    await press(userId, 'done', giving)
    await sees(userId, /What did you do\?/)
  }
  expect(await workspace.as('U0ERIN').submit(report)).toMatchObject({ result: 'cleared' })
  await workspace.as('U0FRED').submit(report)
  await sees('U0FRED', /is answered already\. Given by @U0ERIN/)
})

it('a secret in the form is refused beside its field, and nothing is stored', async () => {
  const typed = { ...report, 'daypass.form.how_to_connect': 'user carl, password: Winter-2026' }
  expect(JSON.stringify(await does('U0ERIN', giving, typed))).toContain('This looks like a password')
  const [{ count } = { count: -1 }] = await workspace.world.database.sql<{ count: number }[]>`
    select count(*)::integer as count from tasks where how_to_connect is not null`
  expect(count).toBe(0)
})

it('somebody cannot do it: the reason is on the card, and the person is told', async () => {
  await press('U0ERIN', 'cannot', giving)
  await sees('U0ERIN', /Why can it not be done\?/)
  await workspace.as('U0ERIN').submit({ 'daypass.form.reason': 'The vendor is closed.' })
  await workspace.settle()
  expect(await status()).toBe('activation_failed')
  expect(read(await find(/access could not be given · AR-/))).toContain('The vendor is closed.')
  expect(read(await find(/Cannot be given · AR-/))).toContain('The vendor is closed.')
  expect(await told('U0CARL')).toContain('could not open')
})

it('somebody cannot take it away: security is told at once, and the task stays', async () => {
  await does('U0ERIN', giving)
  await workspace.settle()
  await later(3600)
  await press('U0ERIN', 'cannot', takingAway)
  await sees('U0ERIN', /Security is told at once/)
  await workspace.as('U0ERIN').submit({ 'daypass.form.reason': 'I have no rights any more.' })
  await workspace.settle()
  const alert = (await workspace.as('U0LEAD').messages('C0SECURITY')).map(read).join('\n')
  expect(alert).toContain('ACCESS MAY STILL BE OPEN')
  expect(alert).toContain('I have no rights any more.')
  expect(await does('U0FRED', takingAway)).toMatchObject({ result: 'cleared' })
  await workspace.settle()
  expect(await status()).toBe('ended')
})

it('a message that somebody deleted comes back with the reminder, and both can be answered', async () => {
  const message = await find(giving)
  const place = { channel: 'C0ORDERS', ts: message?.ts ?? '' }
  const { body } = await callApi(workspace.sandbox, 'chat.delete', place, { token: slackApp.botToken })
  expect(body).toMatchObject({ ok: true })
  expect(await find(giving)).toBeUndefined()
  await later(31 * 60)
  expect(read(await find(/still waits/))).toContain('Please give @U0CARL')
  expect(await find(giving)).toBeDefined()
  await does('U0ERIN', /still waits/)
  await workspace.settle()
  expect(await status()).toBe('active')
  expect(await find(/still waits/)).toBeUndefined()
})

it('a message whose answer Slack lost is known again when somebody presses its button, and edited then', async () => {
  await workspace.close()
  await open()
  await workspace.client.fault({ method: 'chat.postMessage', kind: 'lost_response', times: 6 })
  requestId = await hand.approved()
  await later(120)
  const copies = async (words: RegExp) => (await posts()).filter((message) => words.test(read(message)))
  expect((await copies(giving)).length).toBeGreaterThan(1)
  for (const { ts } of await copies(giving)) {
    await workspace.as('U0FRED').press('daypass.task.done', { message: { channel: 'C0ORDERS', ts } })
    await sees('U0FRED', /What did you do\?/)
    await workspace.as('U0FRED').closeView()
  }
  await does('U0ERIN', giving)
  await workspace.settle()
  expect(await copies(giving)).toEqual([])
})

it('a message like it in another channel opens the form of the task, and is not taken for one of ours', async () => {
  const value = `${requestId} give`
  const button = {
    type: 'button',
    action_id: 'daypass.task.done',
    text: { type: 'plain_text', text: 'Yes' },
    value,
  }
  const { body } = await callApi(
    workspace.sandbox,
    'chat.postMessage',
    { channel: 'C0AUDIT', text: 'Win a prize', blocks: [{ type: 'actions', elements: [button] }] },
    { token: slackApp.botToken },
  )
  await workspace
    .as('U0LEAD')
    .press('daypass.task.done', { message: { channel: 'C0AUDIT', ts: String(body.ts) } })
  // The form says what it is about, whatever the message said.
  await sees('U0LEAD', /You were asked to give @U0CARL the role/)
  await workspace.settle()
  const rows = await workspace.world.database.sql`select from slack_messages where channel_id = 'C0AUDIT'`
  expect(rows).toHaveLength(0)
})

it('the Home tab of those who are asked lists the task, and its button opens the form', async () => {
  for (const userId of ['U0ERIN', 'U0CARL', 'U0DANA']) await workspace.as(userId).openHome()
  const tabOf = async (userId: string) => plainText((await workspace.as(userId).home())?.blocks ?? [])
  await workspace.client.waitFor(async () => /To do by hand \(1\)/.test(await tabOf('U0ERIN')), {
    what: 'the task',
  })
  expect(await tabOf('U0ERIN')).toContain('please give @U0CARL the role *Payroll approver*')
  for (const userId of ['U0CARL', 'U0DANA']) expect(await tabOf(userId)).not.toContain('To do by hand')
  await workspace.as('U0ERIN').press('daypass.task.done', { home: true })
  await sees('U0ERIN', /What did you do\?/)
  await workspace.as('U0ERIN').submit(report)
  await workspace.settle()
  expect(await status()).toBe('active')
})

it('people who are named are asked in direct messages, and all of them see the answer', async () => {
  await workspace.close()
  await open({ assignees: ['U0ERIN', 'U0FRED'], directMessages: true })
  requestId = await hand.approved()
  expect(await find(giving)).toBeUndefined()
  for (const userId of ['U0ERIN', 'U0FRED']) expect(await told(userId)).toContain('Give access')
  await workspace.as('U0FRED').press('daypass.task.done')
  await sees('U0FRED', /What did you do\?/)
  await workspace.as('U0FRED').submit(report)
  await workspace.settle()
  expect(await status()).toBe('active')
  expect(await told('U0ERIN')).toContain('Given by @U0FRED')
})
