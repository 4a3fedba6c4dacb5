import { expect, it } from 'vitest'
import { asObject } from '../../sandbox/json.ts'
import { seriousProblems } from './_axe.ts'
import { shoot, windowAs } from './_browser.ts'
import { button, input, m, pageWorld, send, t } from './_page-world.ts'

const world = pageWorld()

it('the Home of an app opens, is told to the app, and acts', async () => {
  await world.api('views.publish', {
    user_id: 'U0DANA',
    view: {
      type: 'home',
      blocks: [
        { type: 'section', text: m('*Welcome home*') },
        input('note', {}, { dispatch_action: true }),
        { type: 'actions', elements: [button('Refresh', { value: '1' })] },
      ],
    },
  })
  await world.page.getByRole('button', { name: /Test App/ }).click()
  await world.page.getByRole('button', { name: 'Home', exact: true }).click()
  await world.page.getByText('Welcome home').waitFor()
  await world.sandbox.client.waitFor(
    () => asObject(world.heard('event_callback').event).type === 'app_home_opened',
  )
  await world.page.getByLabel('note').fill('to myself')
  await world.page.getByLabel('note').press('Enter')
  await world.sandbox.client.waitFor(() => world.heard('block_actions').actions)
  expect(world.heard('block_actions')).toMatchObject({
    actions: [{ action_id: 'note', value: 'to myself' }],
    view: { type: 'home', state: { values: { note: { note: { value: 'to myself' } } } } },
  })
  await world.page.getByRole('button', { name: 'Refresh' }).click()
  await world.sandbox.client.waitFor(() => JSON.stringify(world.heard('block_actions')).includes('Refresh'))
  await shoot(world.page, 'home')
  expect(await seriousProblems(world.page)).toEqual([])
})

it('two people stand side by side in two windows, each in their own zone and with their own channels', async () => {
  const gina = await windowAs(world.browser, { url: world.sandbox.url, user: 'U0GINA', channel: 'C0GENERAL' })
  await send(world.page, 'Good morning @gina')
  await gina.locator('.message', { hasText: 'Good morning @Gina Guest' }).locator('.mention.me').waitFor()
  expect(await gina.getByRole('link', { name: /secret/ }).count()).toBe(0)
  expect(await world.page.getByRole('link', { name: /secret/ }).count()).toBe(1)
  await gina.context().close()
})

it('a place has an address: back goes back, and a new window opens there', async () => {
  await world.page.getByRole('link', { name: /^other/ }).click()
  await world.page.getByRole('heading', { name: 'other' }).waitFor()
  const address = world.page.url()
  await world.page.goBack()
  await world.page.getByRole('heading', { name: 'general' }).waitFor()
  await world.page.goto(address)
  await world.page.getByRole('heading', { name: 'other' }).waitFor()
})

it('becomes another person at a click, who is where they may be', async () => {
  await world.page.getByRole('link', { name: /^secret/ }).click()
  await world.page.getByRole('button', { name: /^You are/ }).click()
  await world.page.getByRole('searchbox').fill('solo')
  await world.page.keyboard.press('ArrowDown')
  await world.page.keyboard.press('Enter')
  await world.page.getByRole('button', { name: 'You are Solo Guest Single-channel guest' }).waitFor()
  await world.page.getByRole('heading', { name: 'general' }).waitFor()
  await send(world.page, '/hello ')
  await world.page.getByText('Guests may not use slash commands in this workspace.').waitFor()
})

it('keeps the colours that somebody chose', async () => {
  const ground = () => world.page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
  const light = await ground()
  await world.page.getByRole('button', { name: /Switch to light/ }).click()
  await world.page.getByRole('button', { name: /Switch to dark/ }).click()
  await expect.poll(ground).not.toBe(light)
  await world.page.reload()
  await expect.poll(ground).not.toBe(light)
})

it('serves nothing but itself, and lets no foreign script run', async () => {
  const page = await fetch(`${world.sandbox.url}/`)
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
  for (const path of ['/assets/../../build.ts', '/assets/%2e%2e/%2e%2e/build.ts', '/package.json']) {
    expect((await fetch(`${world.sandbox.url}${path}`)).status).toBe(404)
  }
  expect(await (await fetch(`${world.sandbox.url}/`)).text()).toContain(t('Local Slack').text)
})
