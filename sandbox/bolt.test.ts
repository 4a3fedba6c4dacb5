import { createServer } from 'node:net'
import { App, type BlockAction, HTTPReceiver, LogLevel } from '@slack/bolt'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { exampleApp, exampleWith } from './example-workspace.ts'
import { plainText } from './plain-text.ts'
import { type Sandbox, startSandbox } from './server.ts'

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = address && typeof address === 'object' ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}

async function startBolt(sandbox: Sandbox, socketMode: boolean): Promise<App> {
  const clientOptions = { slackApiUrl: sandbox.apiUrl, retryConfig: { retries: 0 } }
  const common = {
    token: exampleApp.botToken,
    logLevel: LogLevel.ERROR,
    clientOptions,
    convoStore: false as const,
  }
  if (socketMode) {
    const app = new App({ ...common, socketMode: true, appToken: exampleApp.appToken ?? '' })
    listen(app)
    await app.start()
    return app
  }
  const port = await freePort()
  const app = new App({
    ...common,
    receiver: new HTTPReceiver({ signingSecret: exampleApp.signingSecret, logLevel: LogLevel.ERROR }),
  })
  listen(app)
  await app.start(port)
  sandbox.setRequestUrl(exampleApp.appId, `http://127.0.0.1:${port}/slack/events`)
  return app
}

/** A command, an action, a modal, an options listener and events, as Bolt's own documentation writes them. */
function listen(app: App): void {
  app.command('/hello', async ({ ack, command, client, say }) => {
    if (command.text === 'modal') {
      await ack()
      await client.views.open({ trigger_id: command.trigger_id, view: MODAL })
      return
    }
    await ack({ text: `Hello <@${command.user_id}>, you said ${command.text}` })
    await say({
      text: 'Press me',
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: 'Press *me*' } },
        {
          type: 'actions',
          elements: [
            { type: 'button', action_id: 'pressed', text: { type: 'plain_text', text: 'Go' }, value: 'v1' },
          ],
        },
      ],
    })
  })
  app.action<BlockAction>('pressed', async ({ ack, body, respond, client }) => {
    await ack()
    await respond({ text: `pressed by ${body.user.id}`, response_type: 'ephemeral', replace_original: false })
    await client.chat.update({
      channel: body.channel?.id ?? '',
      ts: body.message?.ts ?? '',
      text: 'Done',
      blocks: [],
    })
  })
  app.options('pick', async ({ ack, options }) => {
    const all = ['orders', 'users', 'payments'].filter((name) => name.includes(options.value))
    await ack({
      options: all.map((name) => ({
        text: { type: 'plain_text' as const, text: `The ${name}` },
        value: name,
      })),
    })
  })
  app.view('form', async ({ ack, view, body, client }) => {
    const why = view.state.values.why?.why?.value ?? ''
    if (why.includes('bad')) return ack({ response_action: 'errors', errors: { why: 'Not like that' } })
    await ack()
    const picked = view.state.values.what?.pick?.selected_option?.value
    await client.chat.postMessage({ channel: body.user.id, text: `You asked for ${picked}: ${why}` })
  })
  app.event('app_home_opened', async ({ event, client }) => {
    await client.views.publish({
      user_id: event.user,
      view: {
        type: 'home',
        blocks: [{ type: 'header', text: { type: 'plain_text', text: 'Welcome home' } }],
      },
    })
  })
  app.event('user_change', async ({ event, client }) => {
    if (event.user.deleted)
      await client.chat.postMessage({ channel: 'C0GENERAL', text: `${event.user.id} is gone` })
  })
}

const MODAL = {
  type: 'modal' as const,
  callback_id: 'form',
  title: { type: 'plain_text' as const, text: 'Ask' },
  submit: { type: 'plain_text' as const, text: 'Send' },
  blocks: [
    {
      type: 'input' as const,
      block_id: 'what',
      label: { type: 'plain_text' as const, text: 'What' },
      element: { type: 'external_select' as const, action_id: 'pick', min_query_length: 0 },
    },
    {
      type: 'input' as const,
      block_id: 'why',
      label: { type: 'plain_text' as const, text: 'Why' },
      element: { type: 'plain_text_input' as const, action_id: 'why', min_length: 3 },
    },
  ],
}

describe.each([
  ['HTTP', false],
  ['Socket Mode', true],
])('an unmodified Bolt app over %s', (_name, socketMode) => {
  let sandbox: Sandbox
  let app: App

  beforeEach(async () => {
    sandbox = await startSandbox(exampleWith({ socketMode }))
    app = await startBolt(sandbox, socketMode)
  })

  afterEach(async () => {
    await app.stop()
    await sandbox.close()
  })

  it('answers a command for that person alone and posts a message for all', async () => {
    const { client } = sandbox
    const dana = client.as('U0DANA')
    const outcome = await dana.command('/hello', 'there', { channel: 'C0GENERAL' })
    expect(outcome).toMatchObject({
      ok: true,
      response: { text: 'Hello <@U0DANA>, you said there', response_type: 'ephemeral' },
    })
    await client.waitFor(async () => (await client.as('U0MAX').messages('C0GENERAL')).length === 1)
    expect((await dana.messages('C0GENERAL')).map((m) => [m.text, m.ephemeral])).toEqual([
      ['Hello <@U0DANA>, you said there', true],
      ['Press me', false],
    ])
    expect((await client.traffic()).violations).toEqual([])
  })

  it('hears a button, answers through response_url and updates the message', async () => {
    const { client } = sandbox
    await client.as('U0DANA').command('/hello', 'x', { channel: 'C0GENERAL' })
    const max = client.as('U0MAX')
    const [message] = await client.waitFor(async () => {
      const seen = await max.messages('C0GENERAL')
      return seen.length > 0 ? seen : undefined
    })
    expect(plainText(message?.blocks ?? [])).toBe('Press *me*\n[Go]')
    expect(
      await max.press('pressed', { message: { channel: 'C0GENERAL', ts: message?.ts ?? '' } }),
    ).toMatchObject({ ok: true })
    await client.waitFor(async () =>
      (await max.messages('C0GENERAL')).some((m) => m.text === 'Done' && m.edited),
    )
    expect((await max.messages('C0GENERAL')).filter((m) => m.ephemeral).map((m) => m.text)).toEqual([
      'pressed by U0MAX',
    ])
    await expect(max.press('pressed')).rejects.toThrow(/sees no element/)
    expect((await client.traffic()).violations).toEqual([])
  })

  it('fills a modal with type-ahead, shows errors beside the field, then submits', async () => {
    const { client } = sandbox
    const dana = client.as('U0DANA')
    await dana.command('/hello', 'modal', { channel: 'C0GENERAL' })
    const view = await client.waitFor(() => dana.view())
    expect(view.title).toBe('Ask')
    expect(await dana.submit()).toMatchObject({
      result: 'errors',
      refusedByForm: true,
      errors: { what: expect.any(String), why: expect.any(String) },
    })
    expect(await dana.suggest('pick', 'ord')).toEqual([{ text: 'The orders', value: 'orders' }])
    expect(await dana.submit({ what: 'orders', why: 'bad reason' })).toMatchObject({
      ok: true,
      result: 'errors',
      errors: { why: 'Not like that' },
    })
    expect(await dana.submit({ why: 'good reason' })).toMatchObject({ ok: true, result: 'closed' })
    expect(await dana.view()).toBeUndefined()
    await client.waitFor(async () => (await dana.directMessages()).length === 1)
    expect((await dana.directMessages())[0]?.text).toBe('You asked for orders: good reason')
    expect((await client.traffic()).violations).toEqual([])
  })

  it('hears events and publishes the Home tab', async () => {
    const { client } = sandbox
    const dana = client.as('U0DANA')
    await dana.openHome()
    const home = await client.waitFor(() => dana.home())
    expect(plainText(home.blocks)).toBe('Welcome home')
    await client.updateUser('U0GINA', { role: 'deactivated' })
    await client.waitFor(async () =>
      (await dana.messages('C0GENERAL')).some((m) => m.text === 'U0GINA is gone'),
    )
    expect((await client.traffic()).violations).toEqual([])
  })
})

it('reconnects over Socket Mode when Slack asks to, and works on', { timeout: 30_000 }, async () => {
  const sandbox = await startSandbox(exampleWith({ socketMode: true }))
  onTestFinished(() => sandbox.close())
  const app = await startBolt(sandbox, true)
  onTestFinished(async () => {
    await app.stop()
  })
  const { client } = sandbox
  await client.sendDisconnect('refresh_requested')
  await client.waitFor(async () => (await client.sockets(exampleApp.appId)) === 0, { timeoutMs: 10_000 })
  expect((await client.as('U0DANA').command('/hello', '', { channel: 'C0GENERAL' })).error).toContain(
    'dispatch_failed',
  )
  await client.waitFor(async () => (await client.sockets(exampleApp.appId)) === 1, { timeoutMs: 20_000 })
  expect(await client.as('U0DANA').command('/hello', 'again', { channel: 'C0GENERAL' })).toMatchObject({
    ok: true,
  })
})
