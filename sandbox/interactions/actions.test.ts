import { describe, expect, it } from 'vitest'
import { callApi } from '../_call-api.ts'
import { asArray, asObject, type Json } from '../json.ts'
import {
  heard,
  here,
  input,
  interactionWorld,
  modal,
  openView,
  option,
  t,
  violationKinds,
} from './_interaction-world.ts'

const world = interactionWorld()

const select = (type: string, patch: Json = {}) => ({ type, action_id: 'pick', ...patch })

describe('actions', () => {
  const post = (blocks: unknown[], where: Json = here) =>
    callApi(world.sandbox, 'chat.postMessage', { ...where, text: 'card', blocks })
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
    await expect(world.sandbox.client.as('U0MAX').press('one')).rejects.toThrow('sees no element')
    await expect(world.dana.press('three')).rejects.toThrow('sees no element "three"')
    await expect(world.dana.press('one', { message: { channel: 'C0SECRET', ts: '1.1' } })).rejects.toThrow(
      'sees no message',
    )
    expect(await world.dana.press('two')).toMatchObject({ ok: true })
    expect(heard(world, 'block_actions')).toMatchObject({
      channel: { id: 'C0SECRET', name: 'privategroup' },
      message: { text: 'card' },
      actions: [{ action_id: 'two', block_id: 'b', value: '2', type: 'button' }],
      state: { values: {} },
    })
  })

  it('on an ephemeral message carry no message, and only its reader can act', async () => {
    await callApi(world.sandbox, 'chat.postEphemeral', {
      ...here,
      user: 'U0DANA',
      text: 'x',
      blocks: buttons,
    })
    await expect(world.sandbox.client.as('U0MAX').press('one')).rejects.toThrow('sees no element')
    await world.dana.press('one')
    expect(heard(world, 'block_actions')).toMatchObject({ container: { is_ephemeral: true } })
    expect(heard(world, 'block_actions')).not.toHaveProperty('message')
  })

  it('of menus carry the option picked, and refuse one that is not offered', async () => {
    const accessory = { type: 'overflow', action_id: 'more', options: [option('edit'), option('drop')] }
    await post([
      { type: 'section', text: t('x'), accessory },
      { type: 'actions', elements: [select('static_select', { options: [option('a')] })] },
    ])
    await expect(world.dana.press('more', { option: 'nope' })).rejects.toThrow('no option "nope"')
    await world.dana.press('more', { option: 'drop' })
    expect(heard(world, 'block_actions').actions).toMatchObject([
      { type: 'overflow', selected_option: option('drop') },
    ])
    await world.dana.select('pick', 'a')
    expect(heard(world, 'block_actions')).toMatchObject({ actions: [{ selected_option: option('a') }] })
    await expect(world.dana.select('pick', 'z')).rejects.toThrow('offers no option "z"')
  })

  it('of pickers refuse what cannot be picked', async () => {
    const elements = [
      'datepicker',
      'timepicker',
      'datetimepicker',
      'users_select',
      'channels_select',
      'multi_users_select',
    ]
    await post([{ type: 'actions', elements: elements.map((type) => ({ type, action_id: type })) }])
    const bad = ['2030-13-45', '25:00', 'noon', 'U0NOBODY', 'C0SECRET', 'U0NOBODY']
    for (const [i, type] of elements.entries()) {
      await expect(world.dana.select(type, bad[i] ?? '')).rejects.toThrow('offers no')
    }
    const good = ['2030-12-31', '23:59', '1893456000', 'U0MAX', 'C0OTHER', ['U0MAX', 'U0OLGA']]
    for (const [i, type] of elements.entries()) await world.dana.select(type, good[i] ?? '')
    const picked = world.received
      .flatMap((r) => asArray(r.payload.actions))
      .map((a) => Object.entries(asObject(a)))
    const values = picked.map((entries) => entries.find(([key]) => key.startsWith('selected_'))?.[1])
    expect(values).toEqual(['2030-12-31', '23:59', 1893456000, 'U0MAX', 'C0OTHER', ['U0MAX', 'U0OLGA']])
  })

  it('of inputs are told only where the block dispatches', async () => {
    await openView(world, modal([input('quiet'), input('loud', {}, { dispatch_action: true })]))
    const before = world.received.length
    await world.dana.type('quiet', 'x')
    expect(world.received).toHaveLength(before)
    await world.dana.type('loud', 'y')
    expect(heard(world, 'block_actions')).toMatchObject({
      actions: [{ action_id: 'loud', value: 'y' }],
      view: { state: { values: { quiet: { quiet: { value: 'x' } } } } },
    })
  })

  it('show the person when the app does not answer', async () => {
    await post(buttons)
    world.answers.block_actions = { status: 404 }
    expect(await world.dana.press('one')).toMatchObject({
      ok: false,
      error: 'This app responded with Status Code 404.',
    })
  })
})

describe('external selects', () => {
  const external = (patch: Json = {}) => modal([input('what', { type: 'external_select', ...patch })])

  it('ask the app from the shortest query on, and take only what was offered', async () => {
    world.answers.block_suggestion = {
      body: JSON.stringify({ option_groups: [{ label: t('G'), options: [option('orders')] }] }),
    }
    await openView(world, external())
    expect(await world.dana.suggest('what', 'or')).toEqual([])
    expect(heard(world, 'block_suggestion')).toEqual({})
    expect(await world.dana.suggest('what', 'ord')).toEqual([
      { text: 'The orders', value: 'orders', group: 'G' },
    ])
    expect(heard(world, 'block_suggestion')).toMatchObject({
      action_id: 'what',
      block_id: 'what',
      value: 'ord',
      container: { type: 'view' },
    })
    await expect(world.dana.select('what', 'payments')).rejects.toThrow('offers no option "payments"')
    expect(await world.dana.submit({ what: 'orders' })).toMatchObject({ result: 'closed' })
  })

  it.each([
    ['more than 100 options', { options: Array.from({ length: 101 }, (_, i) => option(String(i))) }],
    ['an option without a value', { options: [{ text: t('x') }] }],
    ['nothing', {}],
  ])('show nothing when the app offers %s', async (_name, body) => {
    world.answers.block_suggestion = { body: JSON.stringify(body) }
    await openView(world, external({ min_query_length: 0 }))
    expect(await world.dana.suggest('what', '')).toEqual([])
    expect(await violationKinds(world)).toEqual(['invalid_options'])
  })
})
