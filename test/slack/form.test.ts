import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { plainText } from '../../sandbox/plain-text.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let workspace: Workspace
let before: number | null
beforeAll(async () => {
  workspace = await openWorkspace()
})
beforeEach(async () => {
  // Nobody asks thirty times in an hour here: each test comes an hour later.
  workspace.world.clock.advance(3_601)
  before = (await requests()).total
})
afterEach(async () => {
  await workspace.client.clearFaults()
  if (await carl().view()) await carl().closeView({ all: true })
})
afterAll(async () => {
  const { violations } = await workspace.client.traffic()
  await workspace.close()
  expect(violations).toEqual([])
})

const carl = () => workspace.as('U0CARL')
const command = (text: string) => carl().command('/request-access', text, { channel: 'C0LOBBY' })
const sees = (words: RegExp) =>
  workspace.client.waitFor(
    async () => {
      const view = await carl().view()
      return view && words.test(plainText(view.blocks)) ? view : undefined
    },
    { what: `the form to say ${words}` },
  )
const everything = { scope: 'any', requesterId: null, resourceIds: null, from: null, to: null } as const
const requests = () => workspace.world.ports.store.histories.list(everything, { kind: 'page', page: 1 }, 10)
const newest = async () => (await requests()).rows[0]?.request
const expectNothingNew = async () => expect((await requests()).total).toBe(before)
const fine = { 'daypass.form.duration': '1h', 'daypass.form.justification': 'Fixing the totals of INC-42' }

/** Opens the form and chooses what Carl usually wants. */
async function chosen(): Promise<void> {
  await command('')
  await sees(/What system/)
  await carl().select('daypass.form.resource', 'orders-db')
  await sees(/What do you need there/)
  await carl().select('daypass.form.entitlement', 'read-orders')
  await sees(/For how long/)
}

describe('the form', () => {
  it('offers what this person may ask for, as they type', async () => {
    await command('')
    await sees(/What system/)
    expect(await carl().suggest('daypass.form.resource', '')).toMatchObject([
      { value: 'orders-db', text: 'Orders database' },
    ])
    expect(await carl().suggest('daypass.form.resource', 'ORD')).toMatchObject([{ value: 'orders-db' }])
    expect(await carl().suggest('daypass.form.resource', 'billing')).toMatchObject([
      { text: 'Nothing matches; type fewer letters' },
    ])
  })

  it('says who will be asked and how many must agree, and keeps what was typed as it grows', async () => {
    await command('')
    await sees(/What system/)
    await carl().type('daypass.form.justification', 'Typed before anything was chosen')
    await carl().select('daypass.form.resource', 'orders-db')
    await sees(/What do you need there/)
    await carl().select('daypass.form.entitlement', 'fix-orders')
    const view = await sees(/2 approvals needed/)
    expect(plainText(view.blocks)).toContain('Asks @U0DANA')
    expect(JSON.stringify(view.values)).toContain('Typed before anything was chosen')
    expect(JSON.stringify(view.values)).toContain('1h')
  })

  it.each([
    ['daypass.form.duration', '0', 'zero'],
    ['daypass.form.duration', '-5m', 'is not a duration'],
    ['daypass.form.duration', '1.5h', 'is not a duration'],
    ['daypass.form.duration', '2h30', 'is not a duration'],
    ['daypass.form.duration', 'NaN', 'is not a duration'],
    ['daypass.form.duration', '8h1s', 'is given for 8h at the most'],
    ['daypass.form.duration', '12345678901234567890h', 'longer than any lease'],
    ['daypass.form.justification', '   \n ', 'Say why you need it'],
    ['daypass.form.justification', 'short', 'at least 10 characters'],
    ['daypass.form.ticket', 'not a ticket', 'is not such a ticket. Write it as in OPS-12.'],
  ])('says beside %s what is wrong with %j', async (field, typed, words) => {
    await chosen()
    const { result, errors } = await carl().submit({ ...fine, [field]: typed })
    expect(result).toBe('errors')
    expect(Object.values(errors ?? {}).join(' ')).toContain(words)
    await expectNothingNew()
  })

  it.each([
    '<!channel> <@U0DANA> <https://evil.test|x> `code`',
    'שלום עולם, I need it 😀',
    'line one\nline two > three & four',
    "Robert'); drop table requests; --",
  ])('submits %j as typed', async (typed) => {
    await chosen()
    expect(await carl().submit({ ...fine, 'daypass.form.justification': typed })).toMatchObject({
      result: 'cleared',
    })
    expect((await newest())?.justification).toBe(typed)
    await workspace.settle()
    const card = (await workspace.as('U0DANA').messages('C0ORDERS')).findLast(({ threadTs }) => !threadTs)
    expect(JSON.stringify(card?.blocks)).toContain(
      JSON.stringify({ type: 'plain_text', text: typed, emoji: false }).slice(1, -1),
    )
  })

  it('keeps NUL, half a surrogate pair and what reorders text off the record and off the card', async () => {
    await chosen()
    const typed = 'Fixing\u0000 the \ud83d totals \u202Eof 24-CNI\u202C, שלום'
    expect(await carl().submit({ ...fine, 'daypass.form.justification': typed })).toMatchObject({
      result: 'cleared',
    })
    const kept = 'Fixing the \ufffd totals of 24-CNI, שלום'
    expect((await newest())?.justification).toBe(kept)
    await workspace.settle()
    const card = (await workspace.as('U0DANA').messages('C0ORDERS')).findLast(({ threadTs }) => !threadTs)
    expect(plainText(card?.blocks ?? [])).toContain(kept)
  })

  it('answers at once, to the asker alone, where the command was typed', async () => {
    await chosen()
    expect(await carl().submit(fine)).toMatchObject({ result: 'cleared' })
    const asked = `Asked. *${(await newest())?.reference}*`
    const hears = async (userId: string) =>
      (await workspace.as(userId).messages('C0LOBBY')).some(({ blocks }) =>
        JSON.stringify(blocks).includes(asked),
      )
    await workspace.client.waitFor(() => hears('U0CARL'), { what: `Carl to read ${asked}` })
    expect(await hears('U0DANA')).toBe(false)
  })

  it('loses nothing that was typed while Slack cannot say who asks', async () => {
    await chosen()
    workspace.world.clock.advance(600)
    await workspace.client.fault({ method: 'users.info', kind: 'server_error', times: 10 })
    expect(await carl().submit(fine)).toMatchObject({ result: 'updated' })
    const view = await sees(/Slack did not tell me who you are/)
    expect(JSON.stringify(view.values)).toContain('Fixing the totals of INC-42')
    await workspace.client.clearFaults()
    expect(await carl().submit(fine)).toMatchObject({ result: 'cleared' })
    expect((await requests()).total).toBe((before ?? 0) + 1)
  })
})

describe('one line', () => {
  it('that is complete submits without a form, and says where it went', async () => {
    const { response } = await command(
      'orders-db read-orders for 45m ticket OPS-12 because Fixing the totals',
    )
    const request = await newest()
    expect(response?.text).toContain(`*${request?.reference}*`)
    expect(request).toMatchObject({
      durationSeconds: 2_700,
      ticket: 'OPS-12',
      justification: 'Fixing the totals',
    })
    expect(await carl().view()).toBeUndefined()
  })

  it.each([
    ['ordrs-db read-orders because Fixing the totals', /Did you mean “orders-db”/],
    ['orders-db red-orders because Fixing the totals', /Did you mean “read-orders”/],
    ['orders-db read-orders for 2h30 because Fixing the totals', /is not a duration/],
    ['orders-db read-orders for 9h because Fixing the totals', /8h at the most/],
    ['orders-db', /Choose what you need/],
    ['orders-db read-orders please because Fixing the totals', /did not understand “please”/],
    [`orders-db read-orders because ${'x'.repeat(10_000)}`, /is the most that fits/],
  ])('that is wrong opens the form with what was typed: %s', async (line, words) => {
    await command(line)
    const view = await sees(words)
    if (line.includes('Fixing')) expect(JSON.stringify(view.values)).toContain('Fixing the totals')
    await expectNothingNew()
  })

  it('of somebody who was deactivated is refused with the reason', async () => {
    await workspace.client.updateUser('U0GUEST', { role: 'deactivated' })
    onTestFinished(() => workspace.client.updateUser('U0GUEST', { role: 'multi_channel_guest' }))
    const body = new URLSearchParams({
      command: '/request-access',
      text: 'orders-db read-orders because Fixing the totals',
      api_app_id: 'A0DAYPASS',
      team_id: 'T0DAYPASS',
      user_id: 'U0GUEST',
      channel_id: 'C0LOBBY',
      trigger_id: '1.2.3',
      response_url: `${workspace.sandbox.url}/commands/none`,
    }).toString()
    expect(JSON.parse((await workspace.client.post({ body })).body).text).toMatch(/^⛔ .{10,}/)
    await expectNothingNew()
  })

  it('of somebody whom Slack does not know is told so, and not that Slack could not be asked', async () => {
    const body = new URLSearchParams({
      command: '/request-access',
      text: 'orders-db read-orders because Fixing the totals',
      api_app_id: 'A0DAYPASS',
      team_id: 'T0DAYPASS',
      user_id: 'U0NOBODY',
      channel_id: 'C0LOBBY',
      trigger_id: '1.2.4',
      response_url: `${workspace.sandbox.url}/commands/none`,
    }).toString()
    expect(JSON.parse((await workspace.client.post({ body })).body).text).toBe(
      '⚠️ Slack knows nobody with the id `U0NOBODY`, so nothing was changed. Please ask a workspace admin.',
    )
    await expectNothingNew()
  })

  it('asks for help', async () => {
    expect((await command('help')).response?.text).toContain('Ask for access')
  })
})

it('a form that does not open says so', async () => {
  await workspace.client.fault({ method: 'views.open', kind: 'timeout', ms: 4_000 })
  await command('')
  const heard = async () =>
    (await carl().messages('C0LOBBY')).some(({ blocks }) =>
      plainText(blocks ?? []).includes('did not open the form'),
    )
  await workspace.client.waitFor(heard, { timeoutMs: 10_000 })
})
