import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Environment, startEnvironment } from '../../fixtures/environment.ts'
import { seriousProblems } from './_axe.ts'
import { shoot, startBrowser, windowAs } from './_browser.ts'

/** The tests run in order: each continues where the one before ended. */
describe('one exact action, by clicking', () => {
  let environment: Environment
  let browser: Browser
  let carla: Page
  let erin: Page

  beforeAll(async () => {
    ;[environment, browser] = await Promise.all([startEnvironment(() => {}), startBrowser()])
    const at = { url: environment.slack.url }
    carla = await windowAs(browser, { ...at, user: 'U0CARLA', channel: 'C0GENERAL' })
    erin = await windowAs(browser, { ...at, user: 'U0ERIN', channel: 'C0ORDERS' })
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await environment?.stop()
  }, 60_000)

  it('a value that does not fit opens the form, with the problem beside its field', async () => {
    await send(carla, '/request-access orders-db refund-order order=12x because The parcel of INC-42 is lost')
    await carla.getByRole('dialog', { name: 'Request access' }).waitFor()
    await carla.getByText(/Order number is a whole number/).waitFor()
    await shoot(carla, 'actions-1-form')
    expect(await seriousProblems(carla)).toEqual([])
    await carla.getByRole('textbox', { name: 'Order number' }).fill('1003')
    await carla.getByRole('button', { name: 'Send request' }).click()
    await carla.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('the card shows the exact text and what it would change, before anybody approves', async () => {
    await erin.getByText(/update public.orders set status = 'refunded'/).waitFor({ timeout: 30_000 })
    await erin.getByText(/it changes 1 row/).waitFor()
    await erin.getByText(/1003\s+paid/).waitFor()
    await erin.getByText(/1003\s+refunded/).waitFor()
    await shoot(erin, 'actions-2-card')
    expect(await seriousProblems(erin)).toEqual([])
  })

  it('approved, it is run, and the card says so', async () => {
    await erin.getByRole('button', { name: 'Approve', exact: true }).click()
    await erin.getByRole('heading', { name: /It was run/ }).waitFor({ timeout: 30_000 })
    await shoot(erin, 'actions-3-done')
  })

  it('its requester sees the output in a window', async () => {
    await carla.getByRole('link', { name: /Daypass/ }).click()
    await carla.getByRole('button', { name: 'Show output' }).click()
    await carla.getByText(/1003\s+refunded\s+230\.50/).waitFor({ timeout: 30_000 })
    await shoot(carla, 'actions-4-output')
  })
})

async function send(page: Page, words: string): Promise<void> {
  const composer = page.getByRole('textbox', { name: /^Message #/ })
  await composer.fill(words)
  await composer.press('Enter')
}
