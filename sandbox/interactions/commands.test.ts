import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { callApi } from '../_call-api.ts'
import { exampleApp, exampleWith } from '../example-workspace.ts'
import { startSandbox } from '../server.ts'
import {
  errorOf,
  here,
  interactionWorld,
  LIFE_MS,
  modal,
  trigger,
  violationKinds,
} from './_interaction-world.ts'

const world = interactionWorld()

describe('commands', () => {
  it('escape mentions, channels and markup for apps that ask for it, and leave text alone for others', async () => {
    await world.dana.command('/escaped', 'for @max in #general & <b> @nobody https://x.test/@max', here)
    expect(world.received.at(-1)?.form.get('text')).toBe(
      'for <@U0MAX|max> in <#C0GENERAL|general> &amp; &lt;b&gt; @nobody <https://x.test/@max>',
    )
    await world.dana.command('/hello', 'for @max <b>', here)
    expect(world.received.at(-1)?.form.get('text')).toBe('for @max <b>')
  })

  it('are refused to those who may not use them', async () => {
    const { client } = world.sandbox
    expect((await client.as('U0GINA').command('/hello', '', here)).ok).toBe(true)
    expect((await client.as('U0SOLO').command('/hello', '', here)).error).toContain('Guests may not')
    expect((await client.as('U0STRA').command('/hello', '', here)).error).toContain('another organisation')
    await client.setWorkspaceSetting('guests_may_use_slash_commands', false)
    expect((await client.as('U0GINA').command('/hello', '', here)).error).toContain('Guests may not')
    expect((await world.dana.command('/nope', '', here)).error).toContain('not a valid command')
    await expect(client.as('U0GONE').command('/hello', '', here)).rejects.toThrow('deactivated')
    await expect(client.as('U0MAX').command('/hello', '', { channel: 'C0SECRET' })).rejects.toThrow(
      'not in C0SECRET',
    )
    expect(world.received).toHaveLength(1)
  })

  it('show an answer with invalid blocks as a failure', async () => {
    world.answers.command = { body: JSON.stringify({ blocks: [{ type: 'foo' }] }) }
    expect((await world.dana.command('/hello', '', here)).ok).toBe(false)
    expect(await violationKinds(world)).toEqual(['invalid_blocks'])
    world.answers.command = { body: 'plain words' }
    expect((await world.dana.command('/hello', '', here)).response).toMatchObject({
      text: 'plain words',
      response_type: 'ephemeral',
    })
    world.answers.command = { body: JSON.stringify({ response_type: 'in_channel', text: 'all' }) }
    await world.dana.command('/hello', '', here)
    expect((await world.sandbox.client.as('U0MAX').messages('C0GENERAL')).map((m) => m.text)).toEqual(['all'])
  })
})

describe('triggers', () => {
  it('are good once, for a while, and only as Slack made them', async () => {
    const id = await trigger(world)
    expect(await errorOf(world, 'views.open', { trigger_id: id, view: modal() })).toBe('ok')
    expect(await errorOf(world, 'views.open', { trigger_id: id, view: modal() })).toBe('exchanged_trigger_id')
    expect(await errorOf(world, 'views.open', { trigger_id: '1.2.abc', view: modal() })).toBe(
      'invalid_trigger_id',
    )
    const old = await trigger(world)
    await delay(LIFE_MS + 50)
    expect(await errorOf(world, 'views.open', { trigger_id: old, view: modal() })).toBe('expired_trigger_id')
    expect(await errorOf(world, 'views.open', { view: modal() })).toBe('invalid_arguments')
  })

  it('are not used up by a view that is refused', async () => {
    const id = await trigger(world)
    expect(await errorOf(world, 'views.open', { trigger_id: id, view: { type: 'modal' } })).toBe(
      'invalid_arguments',
    )
    expect(await errorOf(world, 'views.open', { trigger_id: id, view: modal() })).toBe('ok')
  })

  it('belong to one app', async () => {
    const other = {
      ...exampleApp,
      appId: 'A0TWO',
      name: 'Two',
      botUserId: 'U0TWO',
      botId: 'B0TWO',
      botToken: 'xoxb-two',
      appToken: 'xapp-two',
      commands: [],
    }
    const options = exampleWith({ requestUrl: world.appUrl })
    const two = await startSandbox({ ...options, apps: [...options.apps, other] })
    onTestFinished(() => two.close())
    await two.client.as('U0DANA').command('/hello', '', here)
    const trigger_id = world.received.at(-1)?.form.get('trigger_id')
    const open = (token: string) => callApi(two, 'views.open', { trigger_id, view: modal() }, { token })
    expect((await open('xoxb-two')).body.error).toBe('invalid_trigger_id')
    expect((await open(exampleApp.botToken)).body.ok).toBe(true)
  })
})
