import type { Browser, Page } from 'playwright-core'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Environment, startEnvironment } from '../../fixtures/environment.ts'
import { slackApp } from '../../fixtures/slack-app.ts'
import { seriousProblems } from './_axe.ts'
import { shoot, startBrowser, windowAs } from './_browser.ts'

/** The tests run in order: each continues where the one before ended. Three people have a window each. */
describe('the whole story, by clicking', () => {
  let environment: Environment
  let browser: Browser
  let carla: Page
  let erin: Page
  let sam: Page
  let url = ''

  beforeAll(async () => {
    ;[environment, browser] = await Promise.all([startEnvironment(() => {}), startBrowser()])
    const at = { url: environment.slack.url }
    carla = await windowAs(browser, { ...at, user: 'U0CARLA', channel: 'C0GENERAL' })
    erin = await windowAs(browser, { ...at, user: 'U0ERIN', channel: 'C0ORDERS' })
    sam = await windowAs(browser, { ...at, user: 'U0SAM', channel: 'C0ORDERS' })
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await environment?.stop()
  }, 60_000)

  it('completes a slash command by keyboard and opens the form', async () => {
    await composer(carla).press('/')
    await shoot(carla, 'story-1-completion')
    await carla.keyboard.press('Enter')
    expect(await composer(carla).inputValue()).toBe('/request-access ')
    await carla.keyboard.press('Enter')
    await carla.getByRole('dialog', { name: 'Request access' }).waitFor()
    const system = carla.getByRole('combobox', { name: 'What system?' })
    await expect.poll(() => carla.evaluate('document.activeElement.id')).toBe(await system.getAttribute('id'))
  })

  it('asks for a required field beside that field, before the app is asked', async () => {
    await carla.getByRole('button', { name: 'Send request' }).click()
    await carla.getByText('Please complete this required field.').first().waitFor()
    const field = carla.getByRole('combobox', { name: 'What system?' })
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    await shoot(carla, 'story-2-required')
  })

  it('is filled in with type-ahead, and sends the request', async () => {
    const system = carla.getByRole('combobox', { name: 'What system?' })
    await system.click()
    await system.fill('ord')
    await carla.getByRole('option', { name: /Orders database/ }).waitFor()
    await shoot(carla, 'story-3-type-ahead')
    await system.press('Enter')
    await fillForm(carla, 'read-orders', 'Checking the refunds of INC-42')
    await shoot(carla, 'story-4-form')
    expect(await seriousProblems(carla)).toEqual([])
    await carla.getByRole('button', { name: 'Send request' }).click()
    await carla.getByRole('dialog').waitFor({ state: 'detached' })
    await erin.getByText('Checking the refunds of INC-42').waitFor()
    await shoot(erin, 'story-5-card')
  })

  it('refuses the click of somebody who may not approve, before their eyes only', async () => {
    await sam.getByRole('button', { name: 'Approve', exact: true }).click()
    const refusal = sam.locator('.message.ephemeral')
    await refusal.waitFor()
    await shoot(sam, 'story-6-refused-click')
    expect(await refusal.textContent()).toContain('Only visible to you')
    expect(await erin.locator('.message.ephemeral').count()).toBe(0)
    expect(await erin.getByRole('button', { name: 'Approve', exact: true }).count()).toBe(1)
  })

  it('is approved by one click, and every window shows it', async () => {
    await erin.getByRole('button', { name: 'Approve', exact: true }).click()
    for (const page of [erin, sam]) {
      await page.getByRole('heading', { name: /Access is active/ }).waitFor({ timeout: 30_000 })
      expect(await page.getByRole('button', { name: 'Approve', exact: true }).count()).toBe(0)
    }
    await shoot(erin, 'story-7-active')
  })

  it('tells the requester, who sees that there is news', async () => {
    const daypass = carla.getByRole('link', { name: /Daypass/ })
    await daypass.filter({ hasText: /\d new/ }).waitFor()
    await daypass.click()
    await carla.getByRole('button', { name: 'Show credentials' }).waitFor()
    await shoot(carla, 'story-8-told')
  })

  it('shows credentials that open the database, ready to be copied', async () => {
    await carla.getByRole('button', { name: 'Show credentials' }).click()
    const line = carla.locator('.code-block', { hasText: /psql/ }).last()
    await line.waitFor()
    await shoot(carla, 'story-9-credentials')
    await line.getByRole('button', { name: /^Copy/ }).click()
    await line.getByText('Copied').waitFor()
    const copied = String(await carla.evaluate('navigator.clipboard.readText()'))
    expect(copied).toBe(await line.locator('pre').textContent())
    url = (await carla.locator('pre', { hasText: /^postgres/ }).textContent()) ?? ''
    expect(await query(url, 'select id from public.orders order by id limit 1')).toEqual([{ id: 1001 }])
    await carla.keyboard.press('Escape')
    await carla.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('takes access back at a click, and the login is gone', async () => {
    await carla.getByRole('button', { name: /done/ }).click()
    await shoot(carla, 'story-10-confirm')
    await carla.getByRole('dialog').getByRole('button').last().click()
    await erin.getByText(/it is gone/).waitFor({ timeout: 30_000 })
    await expect(query(url, 'select 1')).rejects.toThrow()
    await carla.getByRole('button', { name: /again/ }).waitFor()
    await shoot(carla, 'story-11-released')
  })

  it('tells the requester why a request was denied', async () => {
    await send(carla, '/request-access orders-db read-orders for 1h because Curious about INC-43')
    await erin.getByText('Curious about INC-43').waitFor()
    await erin.getByRole('button', { name: 'Deny…' }).click()
    await erin.getByRole('dialog').getByRole('textbox').fill('Ask the finance team instead')
    await shoot(erin, 'story-12-denying')
    await erin.getByRole('dialog').getByRole('button').last().click()
    await carla.getByText('Ask the finance team instead').first().waitFor()
    await shoot(carla, 'story-13-denied')
    await erin.getByText('Ask the finance team instead').first().waitFor()
  })

  it('keeps the thread of a card beside the channel', async () => {
    await erin
      .getByRole('button', { name: /repl(y|ies)/ })
      .first()
      .click()
    const thread = erin.getByRole('complementary', { name: 'Thread' })
    await thread
      .getByText(/AR-\d+/)
      .first()
      .waitFor()
    await thread.getByRole('textbox').fill('Thanks all')
    await erin.keyboard.press('Enter')
    await thread.getByText('Thanks all').waitFor()
    await shoot(erin, 'story-14-thread')
    await erin.keyboard.press('Escape')
    await thread.waitFor({ state: 'detached' })
  })

  it('answers /audit to a security lead alone, with the story behind each line', async () => {
    await sam.getByRole('link', { name: /security/ }).click()
    await send(sam, '/audit @carla')
    const answer = sam.locator('.message.ephemeral', { hasText: 'AR-1001' })
    await answer.waitFor()
    expect(await answer.textContent()).toContain('Erin Kowalski')
    await shoot(sam, 'story-15-audit')
    await send(sam, '/audit AR-1001')
    await sam.locator('.message.ephemeral', { hasText: 'Checking the refunds of INC-42' }).waitFor()
    await shoot(sam, 'story-16-audit-story')
  })

  it('shows the same as a table that sorts, and as a list again', async () => {
    const answer = sam.locator('.message.ephemeral', { hasText: 'Requests of' })
    await answer.getByRole('button', { name: 'As a table' }).click()
    await answer.getByRole('table', { name: /times in Europe\/London/ }).waitFor()
    const state = answer.getByRole('columnheader', { name: /State/ })
    const requests = () => answer.locator('tbody th').allTextContents()
    await answer
      .getByRole('columnheader', { name: /Request/ })
      .getByRole('button')
      .click()
    expect(await requests()).toEqual(['AR-1001', 'AR-1002'])
    await state.getByRole('button').click()
    await state.getByRole('button').click()
    expect(await state.getAttribute('aria-sort')).toBe('descending')
    const rows = await answer.locator('tbody tr').allTextContents()
    expect(rows.find((row) => row.startsWith('AR-1001'))).toMatch(
      /Carla Mendes \(U0CARLA\).*revoked.*Erin Kowalski \(U0ERIN\)/,
    )
    expect(rows.find((row) => row.startsWith('AR-1002'))).toContain('denied')
    await shoot(sam, 'story-16-audit-table')
    expect(await seriousProblems(sam)).toEqual([])
    await answer.getByRole('button', { name: 'As a list' }).click()
    await answer.getByRole('button', { name: 'As a table' }).waitFor()
  })

  it('shows in the inspector what went over the wire, without secrets', async () => {
    await sam.getByRole('button', { name: /Inspector/ }).click()
    const inspector = sam.getByRole('complementary', { name: 'Inspector' })
    await inspector.getByRole('searchbox').fill('slash')
    const row = inspector.getByRole('button', { name: /slash_commands/ }).first()
    expect(await row.textContent()).toMatch(/Slack → app.*200.*ack \d+ ms/)
    await row.click()
    await inspector.getByText('AR-1001').first().waitFor()
    await inspector.getByText('Headers').click()
    const words = (await inspector.textContent()) ?? ''
    expect(words).toContain('x-slack-signature')
    expect(words).not.toMatch(/v0=[0-9a-f]{8}/)
    expect(words).not.toContain(slackApp.botToken)
    await shoot(sam, 'story-17-inspector')
  })

  describe.each([
    { width: 1280, colours: 'light' },
    { width: 1280, colours: 'dark' },
    { width: 390, colours: 'light' },
    { width: 390, colours: 'dark' },
  ] as const)('at $width pixels in $colours colours', (look) => {
    it('has no serious fault for those who see or use a page differently, and nothing sticks out', async () => {
      const name = `${look.width}-${look.colours}`
      const at = { url: environment.slack.url, ...look }
      const page = await windowAs(browser, { ...at, user: 'U0ERIN', channel: 'C0ORDERS' })
      await page.getByText('Checking the refunds of INC-42').waitFor()
      await inspect(page, `look-channel-${name}`)

      if (look.width === 390) {
        await page.getByRole('button', { name: 'Channels' }).click()
        await page.getByRole('link', { name: 'general' }).waitFor()
        await inspect(page, `look-drawer-${name}`)
        await page.keyboard.press('Escape')
      }
      await page.getByRole('button', { name: /^You are/ }).click()
      await page.getByRole('link', { name: /Carla Mendes Guest/ }).waitFor()
      await inspect(page, `look-people-${name}`)
      await page.keyboard.press('Escape')

      await page.getByRole('button', { name: /Inspector/ }).click()
      await page.locator('.row').first().waitFor()
      await shoot(page, `look-wire-${name}`)
      await page.locator('.row > button').first().click()
      await page.locator('.detail .json').first().waitFor()
      await inspect(page, `look-inspector-${name}`)
      await page.getByRole('button', { name: 'Close the inspector' }).click()

      await send(page, '/request-access')
      await page.getByRole('dialog', { name: 'Request access' }).waitFor()
      const system = page.getByRole('combobox', { name: 'What system?' })
      await system.click()
      await page.getByRole('option').first().waitFor()
      await inspect(page, `look-modal-${name}`)
      await system.press('Escape')
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.context().close()
    })
  })

  it('ends with nothing that Slack would have refused', async () => {
    expect((await environment.slack.client.traffic()).violations).toEqual([])
  })
})

function composer(page: Page) {
  return page.getByRole('textbox', { name: /^Message/ })
}

async function send(page: Page, words: string): Promise<void> {
  await composer(page).fill(words)
  await composer(page).press('Enter')
}

async function fillForm(page: Page, entitlement: string, why: string): Promise<void> {
  await page.getByLabel('What do you need there?').selectOption(entitlement)
  await page.getByLabel('For how long?').fill('45m')
  await page.getByLabel('Why do you need it?').fill(why)
}

async function inspect(page: Page, name: string): Promise<void> {
  await shoot(page, name)
  expect(await seriousProblems(page)).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
}

async function query(url: string, text: string): Promise<unknown[]> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} })
  try {
    return [...(await sql.unsafe(text))]
  } finally {
    await sql.end({ timeout: 1 })
  }
}
