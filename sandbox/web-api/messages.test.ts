import { describe, expect, it, onTestFinished } from 'vitest'
import { callApi } from '../_call-api.ts'
import { exampleWith } from '../example-workspace.ts'
import type { Json } from '../json.ts'
import { startSandbox } from '../server.ts'
import { apiWorld, general, posted, refused, violations } from './_api-world.ts'

const world = apiWorld()

const t = (text: string) => ({ type: 'plain_text', text })
const button = (patch: Json = {}) => ({ type: 'button', action_id: 'a', text: t('Go'), ...patch })

describe('messages', () => {
  it('refuses channels that the bot cannot see, is not in, or that are archived', async () => {
    expect(await refused(world, 'chat.postMessage', { channel: 'C0HIDDEN', text: 'x' })).toBe(
      'channel_not_found',
    )
    expect(await refused(world, 'chat.postMessage', { channel: 'C0NOWHERE', text: 'x' })).toBe(
      'channel_not_found',
    )
    expect(await refused(world, 'chat.postMessage', { channel: 'C0OTHER', text: 'x' })).toBe('not_in_channel')
    expect(await refused(world, 'chat.postMessage', { channel: 'C0OLD', text: 'x' })).toBe('is_archived')
    expect(await refused(world, 'conversations.history', { channel: 'C0OTHER' })).toBe('not_in_channel')
    expect(await refused(world, 'conversations.members', { channel: 'C0HIDDEN' })).toBe('channel_not_found')
    await callApi(world.sandbox, 'conversations.join', { channel: 'C0OTHER' })
    await posted(world, { channel: 'C0OTHER', text: 'x' })
  })

  it('posts to a public channel unjoined only with chat:write.public', async () => {
    const loud = await startSandbox(exampleWith({ scopes: ['chat:write', 'chat:write.public'] }))
    onTestFinished(() => loud.close())
    expect((await callApi(loud, 'chat.postMessage', { channel: 'C0OTHER', text: 'x' })).body.ok).toBe(true)
  })

  it('refuses empty messages', async () => {
    expect(await refused(world, 'chat.postMessage', { channel: 'C0GENERAL' })).toBe('no_text')
    expect(await refused(world, 'chat.postMessage', { channel: 'C0GENERAL', text: '  ', blocks: [] })).toBe(
      'no_text',
    )
    expect(await refused(world, 'chat.postMessage', { ...general, markdown_text: 'x' })).toBe(
      'markdown_text_conflict',
    )
  })

  it.each([
    ['an unknown block', [{ type: 'foo' }], 'unsupported type: foo [json-pointer:/blocks/0/type]'],
    [
      'a section over 3000 characters',
      [{ type: 'section', text: t('x'.repeat(3001)) }],
      'must be no more than 3000 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'a button label over 75 characters',
      [{ type: 'actions', elements: [button({ text: t('x'.repeat(76)) })] }],
      'must be no more than 75 characters [json-pointer:/blocks/0/elements/0/text/text]',
    ],
    [
      'an unknown field on a button',
      [{ type: 'actions', elements: [button({ colour: 'red' })] }],
      'unsupported field: colour [json-pointer:/blocks/0/elements/0]',
    ],
    [
      'mrkdwn in a header',
      [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }],
      'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
    ],
    [
      'two elements of one action_id in a block',
      [{ type: 'actions', elements: [button(), button()] }],
      'action_id already exists: a [json-pointer:/blocks/0]',
    ],
    [
      'two blocks of one block_id',
      [
        { type: 'divider', block_id: 'b' },
        { type: 'divider', block_id: 'b' },
      ],
      'block_id already exists: b [json-pointer:/blocks]',
    ],
    [
      'two tables',
      [1, 2].map(() => ({
        type: 'data_table',
        caption: 'c',
        rows: [[{ type: 'raw_text', text: 'a' }], [{ type: 'raw_text', text: 'b' }]],
      })),
      'only_one_table_allowed [json-pointer:/blocks]',
    ],
    [
      'a data_table over 10,000 characters',
      [
        {
          type: 'data_table',
          caption: 'c',
          rows: [[{ type: 'raw_text', text: 'a' }], [{ type: 'raw_text', text: 'b'.repeat(10_000) }]],
        },
      ],
      'no more than 10000 characters in a data_table [json-pointer:/blocks]',
    ],
    [
      'an alert in a message',
      [{ type: 'alert', text: t('x') }],
      'unsupported type: alert in a message [json-pointer:/blocks/0/type]',
    ],
    [
      'more than 50 blocks',
      Array.from({ length: 51 }, () => ({ type: 'divider' })),
      'no more than 50 items allowed [json-pointer:/blocks]',
    ],
  ])('refuses %s, pointing at it', async (_name, blocks, problem) => {
    const { body } = await callApi(world.sandbox, 'chat.postMessage', { ...general, blocks })
    expect(body).toMatchObject({
      ok: false,
      error: 'invalid_blocks',
      response_metadata: { messages: [`[ERROR] ${problem}`] },
    })
    expect(await violations(world)).toEqual(['invalid_blocks'])
  })

  it('refuses blocks that are no array, blocks that are too long together, and too long texts', async () => {
    expect(await refused(world, 'chat.postMessage', { ...general, blocks: '{"type":"section"}' })).toBe(
      'invalid_blocks_format',
    )
    const long = Array.from({ length: 5 }, () => ({ type: 'section', text: t('x'.repeat(2900)) }))
    expect(await refused(world, 'chat.postMessage', { ...general, blocks: long })).toBe('msg_blocks_too_long')
    const ts = await posted(world)
    expect(await refused(world, 'chat.update', { channel: 'C0GENERAL', ts, text: 'x'.repeat(4001) })).toBe(
      'msg_too_long',
    )
    const cut = await callApi(world.sandbox, 'chat.postMessage', { ...general, text: 'x'.repeat(40_001) })
    expect((cut.body.message as Json).text).toHaveLength(40_000)
  })

  it('changes and deletes only messages that exist and are its own', async () => {
    const said = await world.sandbox.client.as('U0DANA').say('C0GENERAL', 'mine')
    expect(await refused(world, 'chat.update', { channel: 'C0GENERAL', ts: said.ts, text: 'x' })).toBe(
      'cant_update_message',
    )
    expect(await refused(world, 'chat.delete', { channel: 'C0GENERAL', ts: said.ts })).toBe(
      'cant_delete_message',
    )
    expect(await refused(world, 'chat.update', { channel: 'C0GENERAL', ts: '1.000001', text: 'x' })).toBe(
      'message_not_found',
    )
    const ts = await posted(world)
    await callApi(world.sandbox, 'chat.delete', { channel: 'C0GENERAL', ts })
    expect(await refused(world, 'chat.delete', { channel: 'C0GENERAL', ts })).toBe('message_not_found')
  })

  it('removes the blocks of a message that is updated with text alone', async () => {
    const ts = await posted(world, { ...general, blocks: [{ type: 'divider' }] })
    await callApi(world.sandbox, 'chat.update', {
      channel: 'C0GENERAL',
      ts,
      metadata: { event_type: 'a', event_payload: {} },
    })
    const seen = async () => (await world.sandbox.client.as('U0DANA').messages('C0GENERAL'))[0]
    expect((await seen())?.blocks).toHaveLength(1)
    await callApi(world.sandbox, 'chat.update', { channel: 'C0GENERAL', ts, text: 'new' })
    expect(await seen()).toMatchObject({ text: 'new', blocks: [], edited: true })
  })

  it('shows an ephemeral message to one person who is in the channel, and to no method', async () => {
    const { body } = await callApi(world.sandbox, 'chat.postEphemeral', { ...general, user: 'U0DANA' })
    expect(body).toEqual({ ok: true, message_ts: expect.any(String) })
    expect(await world.sandbox.client.as('U0DANA').messages('C0GENERAL')).toHaveLength(1)
    expect(await world.sandbox.client.as('U0MAX').messages('C0GENERAL')).toEqual([])
    expect(
      await refused(world, 'chat.update', { channel: 'C0GENERAL', ts: body.message_ts, text: 'x' }),
    ).toBe('message_not_found')
    expect(
      (await callApi(world.sandbox, 'conversations.history', { channel: 'C0GENERAL' })).body.messages,
    ).toEqual([])
    expect(
      await refused(world, 'chat.postEphemeral', { channel: 'C0SECRET', user: 'U0MAX', text: 'x' }),
    ).toBe('user_not_in_channel')
    expect(
      await refused(world, 'chat.postEphemeral', { channel: 'C0HIDDEN', user: 'U0OLGA', text: 'x' }),
    ).toBe('channel_not_found')
  })
})

describe('blocks.validate', () => {
  it('points at what is wrong, without a token', async () => {
    const blocks = [{ type: 'section', text: { type: 'invalid', text: 'x' } }]
    const { body } = await callApi(world.sandbox, 'blocks.validate', { blocks }, { token: null })
    expect(body).toMatchObject({
      error: 'invalid_blocks',
      errors: [{ code: 'failed_constraint', pointer: '/0/text/type' }],
    })
    expect(
      (await callApi(world.sandbox, 'blocks.validate', { blocks: [{ type: 'divider' }] }, { token: null }))
        .body,
    ).toEqual({ ok: true })
    expect(await refused(world, 'blocks.validate', {}, { token: null })).toBe('invalid_arguments')
  })
})
