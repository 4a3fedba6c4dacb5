import { expect, it } from 'vitest'
import { asObject, type Json } from '../../sandbox/json.ts'
import { seriousProblems } from './_axe.ts'
import { shoot } from './_browser.ts'
import { button, input, modal, openModal, option, pageWorld, t } from './_page-world.ts'

const world = pageWorld()
const json = (body: Json) => ({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })

it('a modal keeps what was typed while the app updates it, and sends all of it', async () => {
  const form = (more: Json[]) =>
    modal([
      input('why'),
      input(
        'kind',
        { type: 'static_select', options: [option('a'), option('b')] },
        { dispatch_action: true },
      ),
      ...more,
    ])
  await openModal(world, form([]))
  const dialog = world.page.getByRole('dialog', { name: 'Ask' })
  await dialog.getByLabel('why').fill('because')
  await dialog.getByLabel('kind').selectOption('b')
  const heard = await world.sandbox.client.waitFor(
    () => world.heard('block_actions').view as Json | undefined,
  )
  expect(heard).toMatchObject({ state: { values: { why: { why: { value: 'because' } } } } })
  await world.api('views.update', {
    view_id: heard.id as string,
    view: form([input('more', { max_length: 5 }, { optional: true })]),
  })
  await dialog.getByLabel('more').fill('12345')
  await dialog.getByText('5/5').waitFor()
  expect(await dialog.getByLabel('why').inputValue()).toBe('because')
  await dialog.getByRole('button', { name: 'Send' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(asObject(world.heard('view_submission').view).state).toMatchObject({
    values: {
      why: { why: { value: 'because' } },
      kind: { kind: { selected_option: { value: 'b' } } },
      more: { more: { value: '12345' } },
    },
  })
})

it('opens with the focus in its first field, or in the one that asks for it', async () => {
  await openModal(
    world,
    modal([
      { type: 'section', text: t('Read this.'), accessory: button('help') },
      input('why'),
      input('what'),
    ]),
  )
  const dialog = world.page.getByRole('dialog', { name: 'Ask' })
  const focused = () => world.page.evaluate('document.activeElement.id')
  await expect.poll(focused).toBe(await dialog.getByLabel('why').getAttribute('id'))
  await shoot(world.page, 'focus')
  await world.page.keyboard.type('because')
  expect(await dialog.getByLabel('why').inputValue()).toBe('because')
  await world.page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })

  await openModal(world, modal([input('why'), input('what', { focus_on_load: true })]))
  await expect.poll(focused).toBe(await dialog.getByLabel('what').getAttribute('id'))
})

it('what the app finds wrong stands beside its field, and is read with it', async () => {
  world.answers.view_submission = json({ response_action: 'errors', errors: { why: 'Say more.' } })
  await openModal(world, modal([input('what'), input('why')]))
  const dialog = world.page.getByRole('dialog', { name: 'Ask' })
  await dialog.getByLabel('what').fill('this')
  await dialog.getByLabel('why').fill('so')
  await dialog.getByRole('button', { name: 'Send' }).click()
  await dialog.getByText('Say more.').waitFor()
  const why = dialog.getByLabel('why')
  await expect.poll(() => world.page.evaluate('document.activeElement.id')).toBe(await why.getAttribute('id'))
  const described = (await why.getAttribute('aria-describedby')) ?? ''
  expect(await dialog.locator(`[id="${described}"]`).textContent()).toBe('Say more.')
  expect(await seriousProblems(world.page)).toEqual([])
})

it('modals stack, Escape closes the one on top, and the cross closes all', async () => {
  world.answers.view_submission = json({
    response_action: 'push',
    view: modal([input('deep')], { title: t('Deeper'), notify_on_close: true }),
  })
  await openModal(world, modal([input('why')]))
  const push = async () => {
    await world.page.getByLabel('why').fill('so')
    await world.page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
    await world.page.getByRole('dialog', { name: 'Deeper' }).waitFor()
  }
  await push()
  await world.page.keyboard.press('Escape')
  await world.page.getByRole('dialog', { name: 'Ask' }).waitFor()
  await push()
  await world.page.getByRole('button', { name: 'Close', exact: true }).first().click()
  await world.page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await world.sandbox.client.as('U0DANA').views()).toEqual([])
})

it('a select that asks the app is worked by keyboard alone, one choice or many', async () => {
  world.answers.block_suggestion = ({ payload }) =>
    json({
      options: ['red', 'green', 'grey']
        .filter((one) => one.startsWith(String(payload.value)))
        .map((one) => option(one)),
    })
  await openModal(
    world,
    modal([
      input('colour', { type: 'external_select', min_query_length: 2 }),
      input('colours', { type: 'multi_external_select', min_query_length: 1 }),
    ]),
  )
  const colour = world.page.getByRole('combobox', { name: 'colour', exact: true })
  await colour.press('ArrowDown')
  await world.page.getByText('Type 2 or more characters').waitFor()
  await colour.pressSequentially('gre')
  await world.page.getByRole('option', { name: 'The grey' }).waitFor()
  await colour.press('ArrowDown')
  await colour.press('Enter')
  expect(await colour.inputValue()).toBe('The grey')

  const colours = world.page.getByRole('combobox', { name: 'colours' })
  for (const one of ['red', 'green']) {
    await colours.fill(one)
    await world.page.getByRole('option', { name: `The ${one}` }).waitFor()
    await colours.press('Enter')
  }
  await world.page.getByRole('button', { name: 'Remove The green' }).waitFor()
  await colours.press('Escape')
  await shoot(world.page, 'selects')
  await colours.press('Backspace')
  await world.page.getByRole('button', { name: 'Remove The green' }).waitFor({ state: 'detached' })
  await world.page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
  await world.page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(asObject(world.heard('view_submission').view).state).toMatchObject({
    values: {
      colour: { colour: { selected_option: { value: 'grey' } } },
      colours: { colours: { selected_options: [{ value: 'red' }] } },
    },
  })
})

it('date, time, people, radio buttons and checkboxes send what was picked', async () => {
  const options = [option('a'), option('b')]
  await openModal(
    world,
    modal([
      input('day', { type: 'datepicker' }),
      input('hour', { type: 'timepicker' }),
      input('moment', { type: 'datetimepicker' }),
      input('person', { type: 'users_select' }),
      input('one', { type: 'radio_buttons', options }),
      input('some', { type: 'checkboxes', options }),
      input('number', { type: 'number_input', is_decimal_allowed: false }),
    ]),
  )
  const dialog = world.page.getByRole('dialog', { name: 'Ask' })
  await dialog.getByLabel('day').fill('2026-11-20')
  await dialog.getByLabel('hour').fill('13:05')
  await dialog.getByLabel('moment').fill('2026-11-20T07:00')
  await dialog.getByLabel('person').selectOption('U0GINA')
  await dialog.getByRole('radio', { name: 'The b' }).check()
  await dialog.getByRole('checkbox', { name: 'The a' }).check()
  await dialog.getByRole('checkbox', { name: 'The b' }).check()
  await dialog.getByLabel('number').fill('7')
  await shoot(world.page, 'inputs')
  expect(await seriousProblems(world.page)).toEqual([])
  await dialog.getByRole('button', { name: 'Send' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(asObject(world.heard('view_submission').view).state).toMatchObject({
    values: {
      day: { day: { selected_date: '2026-11-20' } },
      hour: { hour: { selected_time: '13:05' } },
      moment: { moment: { selected_date_time: Date.UTC(2026, 10, 20, 12) / 1000 } },
      person: { person: { selected_user: 'U0GINA' } },
      one: { one: { selected_option: { value: 'b' } } },
      some: { some: { selected_options: [{ value: 'a' }, { value: 'b' }] } },
      number: { number: { value: '7' } },
    },
  })
})
