import { describe, expect, it, onTestFinished } from 'vitest'
import { callApi } from '../_call-api.ts'
import type { RawAnswerToSlack } from '../_raw-app.ts'
import { exampleWith } from '../example-workspace.ts'
import { asArray, asObject, type Json } from '../json.ts'
import { startSandbox } from '../server.ts'
import {
  errorOf,
  heard,
  input,
  interactionWorld,
  modal,
  openView,
  option,
  t,
  trigger,
  violationKinds,
} from './_interaction-world.ts'

const world = interactionWorld()

const select = (type: string, patch: Json = {}) => ({ type, action_id: 'pick', ...patch })

describe('views', () => {
  it('are refused with what is wrong', async () => {
    const refusal = async (view: Json) => {
      const { body } = await callApi(world.sandbox, 'views.open', { trigger_id: await trigger(world), view })
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
      await errorOf(world, 'views.open', {
        trigger_id: await trigger(world),
        view: modal([input('a')], { private_metadata: 'x'.repeat(256_001) }),
      }),
    ).toBe('view_too_large')
  })

  it('keep a stack of three at most', async () => {
    await openView(
      world,
      modal([{ type: 'actions', elements: [{ type: 'button', action_id: 'more', text: t('More') }] }]),
    )
    for (const expected of ['ok', 'ok', 'push_limit_reached']) {
      await world.dana.press('more', { view: true })
      const view = modal([
        { type: 'actions', elements: [{ type: 'button', action_id: 'more', text: t('More') }] },
      ])
      expect(
        await errorOf(world, 'views.push', { trigger_id: heard(world, 'block_actions').trigger_id, view }),
      ).toBe(expected)
    }
    expect(await world.dana.views()).toHaveLength(3)
    await world.dana.closeView()
    expect(await world.dana.views()).toHaveLength(2)
    expect(await errorOf(world, 'views.push', { trigger_id: await trigger(world), view: modal() })).toBe(
      'not_found',
    )
  })

  it('guard updates by hash, and external ids by uniqueness', async () => {
    const { id, hash } = await openView(world, modal([input('a')], { external_id: 'one' }))
    expect(await errorOf(world, 'views.update', { view_id: id, hash: 'old', view: modal() })).toBe(
      'hash_conflict',
    )
    expect(
      await errorOf(world, 'views.update', {
        view_id: id,
        hash,
        view: modal([input('a')], { title: t('New') }),
      }),
    ).toBe('ok')
    expect(await errorOf(world, 'views.update', { view_id: id, hash, view: modal() })).toBe('hash_conflict')
    expect(await errorOf(world, 'views.update', { external_id: 'one', view: modal() })).toBe('ok')
    expect(await errorOf(world, 'views.update', { view_id: 'V0NONE', view: modal() })).toBe('not_found')
    expect(
      await errorOf(world, 'views.open', {
        trigger_id: await trigger(world),
        view: modal([input('a')], { external_id: 'one' }),
      }),
    ).toBe('duplicate_external_id')
    await world.dana.closeView()
    expect(await errorOf(world, 'views.update', { view_id: id, view: modal() })).toBe('not_found')
  })

  it('keep what was typed across an update where ids stay, and start anew where they change', async () => {
    const { id } = await openView(world, modal([input('why'), input('who', { initial_value: 'me' })]))
    await world.dana.type('why', 'because')
    await callApi(world.sandbox, 'views.update', {
      view_id: id,
      view: modal([input('why'), input('who2', { initial_value: 'you' })]),
    })
    expect((await world.dana.view())?.values).toEqual({
      why: { why: { type: 'plain_text_input', value: 'because' } },
      who2: { who2: { type: 'plain_text_input', value: 'you' } },
    })
  })

  it('send the complete state of every kind of input', async () => {
    const blocks = [
      input('text'),
      input('menu', select('static_select', { action_id: 'menu', options: [option('a'), option('b')] })),
      input(
        'many',
        select('multi_static_select', { action_id: 'many', options: [option('a'), option('b')] }),
        {
          optional: true,
        },
      ),
      input('boxes', select('checkboxes', { action_id: 'boxes', options: [option('a')] }), {
        optional: true,
      }),
      input('date', select('datepicker', { action_id: 'date', initial_date: '2030-01-02' })),
      input('when', select('datetimepicker', { action_id: 'when' }), { optional: true }),
      input('who', select('users_select', { action_id: 'who' })),
      input('number', { type: 'number_input', is_decimal_allowed: false, min_value: '2' }),
    ].map((b) => ({ ...b, element: withoutDefaults(b.element) }))
    await openView(world, modal(blocks))
    expect(await world.dana.submit({ text: 'x', menu: 'The b', who: 'U0MAX', number: '1' })).toMatchObject({
      result: 'errors',
      refusedByForm: true,
      errors: { number: 'Must be at least 2.' },
    })
    expect(await world.dana.submit({ number: '2' })).toMatchObject({ result: 'closed' })
    expect(asObject(asObject(heard(world, 'view_submission').view).state).values).toEqual({
      text: { text: { type: 'plain_text_input', value: 'x' } },
      menu: { menu: { type: 'static_select', selected_option: option('b') } },
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
    await openView(world, modal([input('why', { min_length: 3, max_length: 5 })]))
    expect(await world.dana.submit()).toMatchObject({
      refusedByForm: true,
      errors: { why: 'Please complete this required field.' },
    })
    expect((await world.dana.submit({ why: 'ab' })).errors?.why).toContain('at least 3')
    expect((await world.dana.submit({ why: 'abcdef' })).errors?.why).toContain('no more than 5')
    expect((await world.dana.view())?.errors).toHaveProperty('why')
    expect(world.received.filter((r) => r.payload.type === 'view_submission')).toEqual([])
    await expect(world.dana.submit({ nowhere: 'x' })).rejects.toThrow('no element "nowhere"')
  })

  it('follow errors, update, push and clear', async () => {
    const say = (value: Json) =>
      (world.answers.view_submission = {
        body: JSON.stringify(value),
        headers: { 'content-type': 'application/json' },
      })
    await openView(world, modal())
    say({ response_action: 'errors', errors: { why: 'Too vague' } })
    expect(await world.dana.submit({ why: 'x' })).toMatchObject({
      ok: true,
      result: 'errors',
      errors: { why: 'Too vague' },
    })
    say({ response_action: 'update', view: modal([input('again')]) })
    expect((await world.dana.submit()).result).toBe('updated')
    say({ response_action: 'push', view: modal([input('deeper')]) })
    expect((await world.dana.submit({ again: 'x' })).result).toBe('pushed')
    expect(await world.dana.views()).toHaveLength(2)
    say({ response_action: 'clear' })
    expect((await world.dana.submit({ deeper: 'x' })).result).toBe('cleared')
    expect(await world.dana.views()).toEqual([])
    expect(await violationKinds(world)).toEqual([])
  })

  it('show trouble where the answer to a submission is wrong, late or missing', async () => {
    await openView(world, modal())
    const wrong: [RawAnswerToSlack, string][] = [
      [{ body: JSON.stringify({ response_action: 'errors', errors: { nowhere: 'x' } }) }, 'invalid_errors'],
      [{ body: JSON.stringify({ response_action: 'update', view: { type: 'modal' } }) }, 'invalid_view'],
      [{ body: JSON.stringify({ response_action: 'dance' }) }, 'invalid_response_action'],
      [{ status: 500 }, 'not_acknowledged'],
    ]
    for (const [answer, kind] of wrong) {
      world.answers.view_submission = answer
      expect((await world.dana.submit({ why: 'x' })).result).toBe('failed')
      expect((await violationKinds(world)).at(-1)).toBe(kind)
    }
    expect(await world.dana.views()).toHaveLength(1)
  })

  it('tell of a closing only where asked to', async () => {
    await openView(world, modal([input('a')], { notify_on_close: true }))
    await world.dana.closeView()
    expect(heard(world, 'view_closed')).toMatchObject({ is_cleared: false, view: { type: 'modal' } })
    const before = world.received.length
    await openView(world, modal())
    await world.dana.closeView({ all: true })
    expect(world.received).toHaveLength(before + 1)
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
    expect(await errorOf(world, 'views.publish', { user_id: 'U0DANA', view })).toBe('ok')
    expect(await errorOf(world, 'views.publish', { user_id: 'U0DANA', view, hash: 'old' })).toBe(
      'hash_conflict',
    )
    expect(await errorOf(world, 'views.publish', { user_id: 'U0DANA', view: modal() })).toBe(
      'invalid_arguments',
    )
    await world.dana.press('home')
    expect(heard(world, 'block_actions')).toMatchObject({
      container: { type: 'view' },
      view: { type: 'home' },
    })
    const homeless = await startSandbox(exampleWith({ homeTab: false }))
    onTestFinished(() => homeless.close())
    const { body } = await callApi(homeless, 'views.publish', { user_id: 'U0DANA', view })
    expect(body.error).toBe('not_enabled')
  })
})
