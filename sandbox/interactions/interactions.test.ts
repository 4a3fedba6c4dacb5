import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callApi } from '../call-api.ts'
import type { Actor } from '../client.ts'
import { APP, companyWith } from '../fixtures.ts'
import { asArray, asObject, asString, type Json } from '../json.ts'
import { type RawAnswerToSlack, startRawApp } from '../raw-app.ts'
import { type Sandbox, startSandbox } from '../server.ts'

let sandbox: Sandbox
let app: Awaited<ReturnType<typeof startRawApp>>
let dana: Actor
/** What the app answers to an interaction of a type; default: nothing. */
let answers: Record<string, RawAnswerToSlack>

beforeEach(async () => {
  answers = {}
  app = await startRawApp(
    ({ payload, form }) => answers[form.has('command') ? 'command' : asString(payload.type)] ?? {},
  )
  sandbox = await startSandbox({
    ...companyWith({ requestUrl: app.url }),
    timing: { triggerMs: 1500, responseUrlMs: 1500 },
  })
  dana = sandbox.client.as('U0DANA')
})

afterEach(async () => {
  await sandbox.close()
  await app.close()
})

const here = { channel: 'C0GENERAL' }
const t = (text: string) => ({ type: 'plain_text', text })
const input = (id: string, element: Json = {}, block: Json = {}) => ({
  type: 'input',
  block_id: id,
  label: t(id),
  element: { type: 'plain_text_input', action_id: id, ...element },
  ...block,
})
const modal = (blocks: unknown[] = [input('why')], patch: Json = {}) => ({
  type: 'modal',
  title: t('Ask'),
  submit: t('Send'),
  blocks,
  ...patch,
})
const select = (type: string, patch: Json = {}) => ({ type, action_id: 'pick', ...patch })
const opt = (value: string) => ({ text: t(`The ${value}`), value })

async function trigger(actor: Actor = dana): Promise<string> {
  await actor.command('/hello', '', here)
  return app.received.at(-1)?.form.get('trigger_id') ?? ''
}

async function open(view: Json, actor: Actor = dana): Promise<Json> {
  const { body } = await callApi(sandbox, 'views.open', { trigger_id: await trigger(actor), view })
  expect(body).toMatchObject({ ok: true })
  return asObject(body.view)
}

/** The last payload of this type that reached the app. */
function heard(type: string): Json {
  return app.received.findLast((r) => r.payload.type === type)?.payload ?? {}
}

async function error(method: string, args: Json): Promise<string> {
  const { body } = await callApi(sandbox, method, args)
  return body.ok ? 'ok' : asString(body.error)
}

async function kinds(): Promise<string[]> {
  return (await sandbox.client.traffic()).violations.map((v) => v.kind)
}

describe('commands', () => {
  it('escape mentions, channels and markup for apps that ask for it, and leave text alone for others', async () => {
    await dana.command('/escaped', 'for @max in #general & <b> @nobody https://x.test/@max', here)
    expect(app.received.at(-1)?.form.get('text')).toBe(
      'for <@U0MAX|max> in <#C0GENERAL|general> &amp; &lt;b&gt; @nobody <https://x.test/@max>',
    )
    await dana.command('/hello', 'for @max <b>', here)
    expect(app.received.at(-1)?.form.get('text')).toBe('for @max <b>')
  })

  it('are refused to those who may not use them', async () => {
    const { client } = sandbox
    expect((await client.as('U0GINA').command('/hello', '', here)).ok).toBe(true)
    expect((await client.as('U0SOLO').command('/hello', '', here)).error).toContain('Guests may not')
    expect((await client.as('U0STRA').command('/hello', '', here)).error).toContain('another organisation')
    await client.setWorkspaceSetting('guests_may_use_slash_commands', false)
    expect((await client.as('U0GINA').command('/hello', '', here)).error).toContain('Guests may not')
    expect((await dana.command('/nope', '', here)).error).toContain('not a valid command')
    await expect(client.as('U0GONE').command('/hello', '', here)).rejects.toThrow('deactivated')
    await expect(client.as('U0MAX').command('/hello', '', { channel: 'C0SECRET' })).rejects.toThrow(
      'not in C0SECRET',
    )
    expect(app.received).toHaveLength(1)
  })

  it('show an answer with invalid blocks as a failure', async () => {
    answers.command = { body: JSON.stringify({ blocks: [{ type: 'foo' }] }) }
    expect((await dana.command('/hello', '', here)).ok).toBe(false)
    expect(await kinds()).toEqual(['invalid_blocks'])
    answers.command = { body: 'plain words' }
    expect((await dana.command('/hello', '', here)).response).toMatchObject({
      text: 'plain words',
      response_type: 'ephemeral',
    })
    answers.command = { body: JSON.stringify({ response_type: 'in_channel', text: 'all' }) }
    await dana.command('/hello', '', here)
    expect((await sandbox.client.as('U0MAX').messages('C0GENERAL')).map((m) => m.text)).toEqual(['all'])
  })
})

describe('triggers', () => {
  it('are good once, for a while, and only as Slack made them', async () => {
    const id = await trigger()
    expect(await error('views.open', { trigger_id: id, view: modal() })).toBe('ok')
    expect(await error('views.open', { trigger_id: id, view: modal() })).toBe('exchanged_trigger_id')
    expect(await error('views.open', { trigger_id: '1.2.abc', view: modal() })).toBe('invalid_trigger_id')
    const old = await trigger()
    await delay(1550)
    expect(await error('views.open', { trigger_id: old, view: modal() })).toBe('expired_trigger_id')
    expect(await error('views.open', { view: modal() })).toBe('invalid_arguments')
  })

  it('are not used up by a view that is refused', async () => {
    const id = await trigger()
    expect(await error('views.open', { trigger_id: id, view: { type: 'modal' } })).toBe('invalid_arguments')
    expect(await error('views.open', { trigger_id: id, view: modal() })).toBe('ok')
  })

  it('belong to one app', async () => {
    const other = {
      ...APP,
      appId: 'A0TWO',
      name: 'Two',
      botUserId: 'U0TWO',
      botId: 'B0TWO',
      botToken: 'xoxb-two',
      appToken: 'xapp-two',
      commands: [],
    }
    const options = companyWith({ requestUrl: app.url })
    const two = await startSandbox({ ...options, apps: [...options.apps, other] })
    await two.client.as('U0DANA').command('/hello', '', here)
    const trigger_id = app.received.at(-1)?.form.get('trigger_id')
    const { body } = await callApi(two, 'views.open', { trigger_id, view: modal() }, { token: 'xoxb-two' })
    expect(body.error).toBe('invalid_trigger_id')
    await two.close()
  })
})

describe('views', () => {
  it('are refused with what is wrong', async () => {
    const refusal = async (view: Json) => {
      const { body } = await callApi(sandbox, 'views.open', { trigger_id: await trigger(), view })
      expect(body.error).toBe('invalid_arguments')
      return asArray(asObject(body.response_metadata).messages).join()
    }
    expect(await refusal(modal([input('a')], { submit: undefined }))).toContain(
      'missing required field: submit',
    )
    expect(await refusal(modal([input('a')], { title: t('x'.repeat(25)) }))).toContain(
      'no more than 24 characters',
    )
    expect(await refusal(modal([input('a')], { private_metadata: 'x'.repeat(3001) }))).toContain(
      '/view/private_metadata',
    )
    expect(await refusal(modal([input('a')], { callback_id: 'x'.repeat(256) }))).toContain(
      '/view/callback_id',
    )
    expect(await refusal(modal([{ type: 'table', rows: [[{ type: 'raw_text', text: 'a' }]] }]))).toContain(
      'unsupported type: table',
    )
    expect(await refusal(modal([input('a'), input('a')]))).toContain('block_id already exists: a')
    expect(
      await refusal(modal([input('a', { focus_on_load: true }), input('b', { focus_on_load: true })])),
    ).toContain('focus_on_load')
    expect(
      await error('views.open', {
        trigger_id: await trigger(),
        view: modal([input('a')], { private_metadata: 'x'.repeat(256_001) }),
      }),
    ).toBe('view_too_large')
  })

  it('keep a stack of three at most', async () => {
    await open(
      modal([{ type: 'actions', elements: [{ type: 'button', action_id: 'more', text: t('More') }] }]),
    )
    for (const expected of ['ok', 'ok', 'push_limit_reached']) {
      await dana.press('more', { view: true })
      const view = modal([
        { type: 'actions', elements: [{ type: 'button', action_id: 'more', text: t('More') }] },
      ])
      expect(await error('views.push', { trigger_id: heard('block_actions').trigger_id, view })).toBe(
        expected,
      )
    }
    expect(await dana.views()).toHaveLength(3)
    await dana.closeView()
    expect(await dana.views()).toHaveLength(2)
    expect(await error('views.push', { trigger_id: await trigger(), view: modal() })).toBe('not_found')
  })

  it('guard updates by hash, and external ids by uniqueness', async () => {
    const { id, hash } = await open(modal([input('a')], { external_id: 'one' }))
    expect(await error('views.update', { view_id: id, hash: 'old', view: modal() })).toBe('hash_conflict')
    expect(
      await error('views.update', { view_id: id, hash, view: modal([input('a')], { title: t('New') }) }),
    ).toBe('ok')
    expect(await error('views.update', { view_id: id, hash, view: modal() })).toBe('hash_conflict')
    expect(await error('views.update', { external_id: 'one', view: modal() })).toBe('ok')
    expect(await error('views.update', { view_id: 'V0NONE', view: modal() })).toBe('not_found')
    expect(
      await error('views.open', {
        trigger_id: await trigger(),
        view: modal([input('a')], { external_id: 'one' }),
      }),
    ).toBe('duplicate_external_id')
    await dana.closeView()
    expect(await error('views.update', { view_id: id, view: modal() })).toBe('not_found')
  })

  it('keep what was typed across an update where ids stay, and start anew where they change', async () => {
    const { id } = await open(modal([input('why'), input('who', { initial_value: 'me' })]))
    await dana.type('why', 'because')
    await callApi(sandbox, 'views.update', {
      view_id: id,
      view: modal([input('why'), input('who2', { initial_value: 'you' })]),
    })
    expect((await dana.view())?.values).toEqual({
      why: { why: { type: 'plain_text_input', value: 'because' } },
      who2: { who2: { type: 'plain_text_input', value: 'you' } },
    })
  })

  it('send the complete state of every kind of input', async () => {
    const blocks = [
      input('text'),
      input('menu', select('static_select', { action_id: 'menu', options: [opt('a'), opt('b')] })),
      input('many', select('multi_static_select', { action_id: 'many', options: [opt('a'), opt('b')] }), {
        optional: true,
      }),
      input('boxes', select('checkboxes', { action_id: 'boxes', options: [opt('a')] }), { optional: true }),
      input('date', select('datepicker', { action_id: 'date', initial_date: '2030-01-02' })),
      input('when', select('datetimepicker', { action_id: 'when' }), { optional: true }),
      input('who', select('users_select', { action_id: 'who' })),
      input('number', { type: 'number_input', is_decimal_allowed: false, min_value: '2' }),
    ].map((b) => ({ ...b, element: withoutDefaults(b.element) }))
    await open(modal(blocks))
    expect(await dana.submit({ text: 'x', menu: 'The b', who: 'U0MAX', number: '1' })).toMatchObject({
      result: 'errors',
      refusedByForm: true,
      errors: { number: 'Must be at least 2.' },
    })
    expect(await dana.submit({ number: '2' })).toMatchObject({ result: 'closed' })
    expect(asObject(asObject(heard('view_submission').view).state).values).toEqual({
      text: { text: { type: 'plain_text_input', value: 'x' } },
      menu: { menu: { type: 'static_select', selected_option: opt('b') } },
      many: { many: { type: 'multi_static_select', selected_options: [] } },
      boxes: { boxes: { type: 'checkboxes', selected_options: [] } },
      date: { date: { type: 'datepicker', selected_date: '2030-01-02' } },
      when: { when: { type: 'datetimepicker', selected_date_time: null } },
      who: { who: { type: 'users_select', selected_user: 'U0MAX' } },
      number: { number: { type: 'number_input', value: '2' } },
    })
  })

  function withoutDefaults(element: Json): Json {
    return element.type === 'plain_text_input' ? element : { ...element }
  }

  it('are refused by the form itself where a field is missing, too short or too long', async () => {
    await open(modal([input('why', { min_length: 3, max_length: 5 })]))
    expect(await dana.submit()).toMatchObject({
      refusedByForm: true,
      errors: { why: 'Please complete this required field.' },
    })
    expect((await dana.submit({ why: 'ab' })).errors?.why).toContain('at least 3')
    expect((await dana.submit({ why: 'abcdef' })).errors?.why).toContain('no more than 5')
    expect((await dana.view())?.errors).toHaveProperty('why')
    expect(app.received.filter((r) => r.payload.type === 'view_submission')).toEqual([])
    await expect(dana.submit({ nowhere: 'x' })).rejects.toThrow('no element "nowhere"')
  })

  it('follow errors, update, push and clear', async () => {
    const say = (value: Json) =>
      (answers.view_submission = {
        body: JSON.stringify(value),
        headers: { 'content-type': 'application/json' },
      })
    await open(modal())
    say({ response_action: 'errors', errors: { why: 'Too vague' } })
    expect(await dana.submit({ why: 'x' })).toMatchObject({
      ok: true,
      result: 'errors',
      errors: { why: 'Too vague' },
    })
    say({ response_action: 'update', view: modal([input('again')]) })
    expect((await dana.submit()).result).toBe('updated')
    say({ response_action: 'push', view: modal([input('deeper')]) })
    expect((await dana.submit({ again: 'x' })).result).toBe('pushed')
    expect(await dana.views()).toHaveLength(2)
    say({ response_action: 'clear' })
    expect((await dana.submit({ deeper: 'x' })).result).toBe('cleared')
    expect(await dana.views()).toEqual([])
    expect(await kinds()).toEqual([])
  })

  it('show trouble where the answer to a submission is wrong, late or missing', async () => {
    await open(modal())
    const wrong: [RawAnswerToSlack, string][] = [
      [{ body: JSON.stringify({ response_action: 'errors', errors: { nowhere: 'x' } }) }, 'invalid_errors'],
      [{ body: JSON.stringify({ response_action: 'update', view: { type: 'modal' } }) }, 'invalid_view'],
      [{ body: JSON.stringify({ response_action: 'dance' }) }, 'invalid_response_action'],
      [{ status: 500 }, 'not_acknowledged'],
    ]
    for (const [answer, kind] of wrong) {
      answers.view_submission = answer
      expect((await dana.submit({ why: 'x' })).result).toBe('failed')
      expect((await kinds()).at(-1)).toBe(kind)
    }
    expect(await dana.views()).toHaveLength(1)
  })

  it('tell of a closing only where asked to', async () => {
    await open(modal([input('a')], { notify_on_close: true }))
    await dana.closeView()
    expect(heard('view_closed')).toMatchObject({ is_cleared: false, view: { type: 'modal' } })
    const before = app.received.length
    await open(modal())
    await dana.closeView({ all: true })
    expect(app.received).toHaveLength(before + 1)
  })

  it('publish a Home tab, guarded by hash, only where there is one', async () => {
    const view = {
      type: 'home',
      blocks: [
        {
          type: 'section',
          block_id: 's',
          text: t('Hi'),
          accessory: { type: 'button', action_id: 'home', text: t('Go') },
        },
      ],
    }
    expect(await error('views.publish', { user_id: 'U0DANA', view })).toBe('ok')
    expect(await error('views.publish', { user_id: 'U0DANA', view, hash: 'old' })).toBe('hash_conflict')
    expect(await error('views.publish', { user_id: 'U0DANA', view: modal() })).toBe('invalid_arguments')
    await dana.press('home')
    expect(heard('block_actions')).toMatchObject({ container: { type: 'view' }, view: { type: 'home' } })
    const homeless = await startSandbox(companyWith({ homeTab: false }))
    const { body } = await callApi(homeless, 'views.publish', { user_id: 'U0DANA', view })
    expect(body.error).toBe('not_enabled')
    await homeless.close()
  })
})

describe('actions', () => {
  const post = (blocks: unknown[], where: Json = here) =>
    callApi(sandbox, 'chat.postMessage', { ...where, text: 'card', blocks })
  const buttons = [
    {
      type: 'actions',
      block_id: 'b',
      elements: ['1', '2'].map((v) => ({
        type: 'button',
        action_id: v === '1' ? 'one' : 'two',
        text: t(v),
        value: v,
      })),
    },
  ]

  it('need somebody who sees the element', async () => {
    await post(buttons, { channel: 'C0SECRET' })
    await expect(sandbox.client.as('U0MAX').press('one')).rejects.toThrow('sees no element')
    await expect(dana.press('three')).rejects.toThrow('sees no element "three"')
    await expect(dana.press('one', { message: { channel: 'C0SECRET', ts: '1.1' } })).rejects.toThrow(
      'sees no message',
    )
    expect(await dana.press('two')).toMatchObject({ ok: true })
    expect(heard('block_actions')).toMatchObject({
      channel: { id: 'C0SECRET', name: 'privategroup' },
      message: { text: 'card' },
      actions: [{ action_id: 'two', block_id: 'b', value: '2', type: 'button' }],
      state: { values: {} },
    })
  })

  it('on an ephemeral message carry no message, and only its reader can act', async () => {
    await callApi(sandbox, 'chat.postEphemeral', { ...here, user: 'U0DANA', text: 'x', blocks: buttons })
    await expect(sandbox.client.as('U0MAX').press('one')).rejects.toThrow('sees no element')
    await dana.press('one')
    expect(heard('block_actions')).toMatchObject({ container: { is_ephemeral: true } })
    expect(heard('block_actions')).not.toHaveProperty('message')
  })

  it('of menus carry the option picked, and refuse one that is not offered', async () => {
    const accessory = { type: 'overflow', action_id: 'more', options: [opt('edit'), opt('drop')] }
    await post([
      { type: 'section', text: t('x'), accessory },
      { type: 'actions', elements: [select('static_select', { options: [opt('a')] })] },
    ])
    await expect(dana.press('more', { option: 'nope' })).rejects.toThrow('no option "nope"')
    await dana.press('more', { option: 'drop' })
    expect(heard('block_actions').actions).toMatchObject([{ type: 'overflow', selected_option: opt('drop') }])
    await dana.select('pick', 'a')
    expect(heard('block_actions')).toMatchObject({ actions: [{ selected_option: opt('a') }] })
    await expect(dana.select('pick', 'z')).rejects.toThrow('offers no option "z"')
  })

  it('of inputs are told only where the block dispatches', async () => {
    await open(modal([input('quiet'), input('loud', {}, { dispatch_action: true })]))
    const before = app.received.length
    await dana.type('quiet', 'x')
    expect(app.received).toHaveLength(before)
    await dana.type('loud', 'y')
    expect(heard('block_actions')).toMatchObject({
      actions: [{ action_id: 'loud', value: 'y' }],
      view: { state: { values: { quiet: { quiet: { value: 'x' } } } } },
    })
  })

  it('show the person when the app does not answer', async () => {
    await post(buttons)
    answers.block_actions = { status: 404 }
    expect(await dana.press('one')).toMatchObject({
      ok: false,
      error: 'This app responded with Status Code 404.',
    })
  })
})

describe('external selects', () => {
  const external = (patch: Json = {}) => modal([input('what', { type: 'external_select', ...patch })])

  it('ask the app from the shortest query on, and take only what was offered', async () => {
    answers.block_suggestion = {
      body: JSON.stringify({ option_groups: [{ label: t('G'), options: [opt('orders')] }] }),
    }
    await open(external())
    expect(await dana.suggest('what', 'or')).toEqual([])
    expect(heard('block_suggestion')).toEqual({})
    expect(await dana.suggest('what', 'ord')).toEqual([{ text: 'The orders', value: 'orders', group: 'G' }])
    expect(heard('block_suggestion')).toMatchObject({
      action_id: 'what',
      block_id: 'what',
      value: 'ord',
      container: { type: 'view' },
    })
    await expect(dana.select('what', 'payments')).rejects.toThrow('offers no option "payments"')
    expect(await dana.submit({ what: 'orders' })).toMatchObject({ result: 'closed' })
  })

  it.each([
    ['more than 100 options', { options: Array.from({ length: 101 }, (_, i) => opt(String(i))) }],
    ['an option without a value', { options: [{ text: t('x') }] }],
    ['nothing', {}],
  ])('show nothing when the app offers %s', async (_name, body) => {
    answers.block_suggestion = { body: JSON.stringify(body) }
    await open(external({ min_query_length: 0 }))
    expect(await dana.suggest('what', '')).toEqual([])
    expect(await kinds()).toEqual(['invalid_options'])
  })
})

describe('response_url', () => {
  const send = (url: string, payload: Json) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
    })

  async function fromCommand(): Promise<string> {
    await dana.command('/hello', '', here)
    return app.received.at(-1)?.form.get('response_url') ?? ''
  }

  it('takes five answers, then no more', async () => {
    const url = await fromCommand()
    for (let i = 0; i < 5; i++) expect((await send(url, { text: `${i}` })).status).toBe(200)
    const sixth = await send(url, { text: '6' })
    expect([sixth.status, await sixth.json()]).toEqual([404, { ok: false, error: 'used_url' }])
    expect(await dana.messages('C0GENERAL')).toHaveLength(5)
    expect(await kinds()).toEqual(['used_url'])
  })

  it('expires, and is not to be guessed', async () => {
    const url = await fromCommand()
    expect((await send(`${url}x`, { text: 'x' })).status).toBe(404)
    await delay(1550)
    expect(await (await send(url, { text: 'x' })).json()).toMatchObject({ error: 'expired_url' })
  })

  it('answers one person unless it says in_channel, and refuses invalid blocks and nothing', async () => {
    const url = await fromCommand()
    await send(url, { text: 'mine' })
    await send(url, { text: 'all', response_type: 'in_channel' })
    expect((await sandbox.client.as('U0MAX').messages('C0GENERAL')).map((m) => m.text)).toEqual(['all'])
    expect((await send(url, { blocks: [{ type: 'foo' }] })).status).toBe(400)
    expect(await (await send(url, {})).json()).toMatchObject({ error: 'no_text' })
    expect((await send(url, { text: 'x', replace_original: true })).status).toBe(404)
  })

  it('replaces and deletes the message the action came from, ephemeral ones too', async () => {
    const blocks = [{ type: 'actions', elements: [{ type: 'button', action_id: 'go', text: t('Go') }] }]
    await callApi(sandbox, 'chat.postEphemeral', { ...here, user: 'U0DANA', text: 'before', blocks })
    await dana.press('go')
    const url = asString(heard('block_actions').response_url)
    await send(url, { text: 'after', replace_original: true })
    expect((await dana.messages('C0GENERAL')).map((m) => [m.text, m.blocks, m.ephemeral])).toEqual([
      ['after', [], true],
    ])
    await send(url, { delete_original: true })
    expect(await dana.messages('C0GENERAL')).toEqual([])
    expect((await send(url, { text: 'x', replace_original: true })).status).toBe(404)
  })
})
