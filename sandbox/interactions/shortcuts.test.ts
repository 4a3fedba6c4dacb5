import { expect, it } from 'vitest'
import { callApi } from '../_call-api.ts'
import { asString } from '../json.ts'
import { errorOf, heard, here, interactionWorld, modal, violationKinds } from './_interaction-world.ts'

const world = interactionWorld()

it('a global shortcut carries a trigger, and no channel', async () => {
  expect(await world.dana.shortcut('ask')).toMatchObject({ ok: true })
  const sent = heard(world, 'shortcut')
  expect(sent).toMatchObject({ callback_id: 'ask', user: { id: 'U0DANA', team_id: 'T0ACME' } })
  expect(Object.keys(sent)).not.toContain('channel')
  expect(await errorOf(world, 'views.open', { trigger_id: sent.trigger_id, view: modal() })).toBe('ok')
})

it('a message shortcut carries the message, and a response URL for its channel', async () => {
  const message = await world.dana.say('C0GENERAL', 'It broke')
  expect(await world.dana.shortcut('file', { message })).toMatchObject({ ok: true })
  const { response_url, ...sent } = heard(world, 'message_action')
  expect(sent).toMatchObject({ channel: { id: 'C0GENERAL', name: 'general' }, message_ts: message.ts })
  await fetch(asString(response_url), { method: 'POST', body: JSON.stringify({ text: 'Filed' }) })
  expect((await world.dana.messages('C0GENERAL')).map(({ text, ephemeral }) => [text, ephemeral])).toEqual([
    ['It broke', false],
    ['Filed', true],
  ])
  expect(await violationKinds(world)).toEqual([])
})

it('neither is offered where Slack offers it not', async () => {
  const { client } = world.sandbox
  const message = await world.dana.say('C0GENERAL', 'It broke')
  expect((await client.as('U0GINA').shortcut('ask')).ok).toBe(true)
  expect((await client.as('U0SOLO').shortcut('ask')).error).toContain('Guests may not use shortcuts')
  await client.setWorkspaceSetting('guests_may_use_slash_commands', false)
  expect((await client.as('U0GINA').shortcut('file', { message })).error).toContain('Guests may not')
  await expect(world.dana.shortcut('file')).rejects.toThrow('no app has the global shortcut file')
  await expect(world.dana.shortcut('ask', { message })).rejects.toThrow('no app has the message shortcut ask')
  const secret = await world.dana.say('C0SECRET', 'hidden')
  await expect(client.as('U0MAX').shortcut('file', { message: secret })).rejects.toThrow('not in C0SECRET')
  await callApi(world.sandbox, 'chat.postEphemeral', { ...here, user: 'U0DANA', text: 'for you' })
  const [, ephemeral] = await world.dana.messages('C0GENERAL')
  const { channel, ts = '' } = { channel: 'C0GENERAL', ts: ephemeral?.ts }
  await expect(world.dana.shortcut('file', { message: { channel, ts } })).rejects.toThrow('ephemeral')
})
