import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalogPath } from '../../fixtures/orders-target.ts'
import { slackApp } from '../../fixtures/slack-app.ts'
import type { TestPostgres } from '../_postgres.ts'
import { startTarget, startWorld, type World } from '../end-to-end/_daypass.ts'
import { seriousProblems } from './_axe.ts'
import { shoot, startBrowser, windowAs } from './_browser.ts'

const twoStages = `
        approvals:
          stages:
            - { name: Sponsor, from: [sponsor] }
            - { name: Owners, from: [owners] }
        breakGlass: { maxDuration: 30m }`
const onCall = `@id("owners-may-break-glass") @reason("You own this database, so you may take this in an emergency.")
permit (principal, action == Action::"breakGlass", resource) when { principal in UserGroup::"S0DBAS" };`

/** The tests run in order: each continues where the one before ended. */
describe('a contractor from the first day to the last, by clicking', () => {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-people-'))
  let target: TestPostgres
  let world: World
  let browser: Browser
  let erin: Page
  let noor: Page
  let dana: Page
  let sam: Page
  let cut: Promise<Error>

  beforeAll(async () => {
    const [started, launched] = await Promise.all([startTarget(), startBrowser()])
    target = started
    browser = launched
    world = await startWorld(target, rulesIn(folder))
    await world.client.addUser({
      ...{ id: 'U0NOOR', name: 'noor', realName: 'Noor Haddad', tz: 'Europe/Paris' },
      ...{ email: 'noor@haddad.example', role: 'multi_channel_guest' },
    })
    await world.client.addToChannel('C0GENERAL', 'U0NOOR')
    const open = (user: string, channel: string) => windowAs(browser, { url: world.slack.url, user, channel })
    erin = await open('U0ERIN', 'C0ORDERS')
    noor = await open('U0NOOR', 'C0GENERAL')
    dana = await open('U0DANA', 'C0ORDERS')
    sam = await open('U0SAM', 'C0SECURITY')
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await world?.close()
    await target?.close()
    rmSync(folder, { recursive: true })
  }, 60_000)

  it('a sponsor adds a contractor with /contractors', async () => {
    await send(erin, '/contractors')
    await erin.getByRole('button', { name: 'Add a contractor…' }).click()
    const form = erin.getByRole('dialog', { name: 'Add a contractor' })
    await form.getByLabel('Who?').selectOption('U0NOOR')
    await form.getByLabel('Company').fill('Haddad Data')
    await form.getByLabel('Last day').fill(inNinetyDays())
    await form.getByLabel('Tags').fill('databases')
    await shoot(erin, 'people-1-add')
    expect(await seriousProblems(erin)).toEqual([])
    await form.getByRole('button', { name: 'Add', exact: true }).click()
    await erin.getByText(/They can now ask for access/).waitFor()
    await shoot(erin, 'people-2-added')
    await erin.keyboard.press('Escape')
    await erin.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('the contractor asks; the sponsor approves the first stage, an owner the second for less', async () => {
    await send(
      noor,
      '/request-access orders-db fix-orders for 1h ticket OPS-77 because Order 1004 is stuck in pending',
    )
    const card = erin.locator('.message', { hasText: 'Order 1004 is stuck' })
    await card.getByRole('button', { name: 'Approve', exact: true }).click()
    const second = dana.locator('.message', { hasText: 'Order 1004 is stuck' })
    await second.getByText(/Missing: 1 approval from .*approvers of Orders database/).waitFor()
    await shoot(dana, 'people-3-second-stage')
    await second.getByRole('button', { name: 'Approve for less…' }).click()
    const form = dana.getByRole('dialog')
    await form.getByLabel('For how long?').fill('20m')
    await shoot(dana, 'people-4-for-less')
    await form.getByRole('button', { name: 'Approve', exact: true }).click()
    await second.getByRole('heading', { name: /Access is active/ }).waitFor()
    await shoot(dana, 'people-5-active')

    await noor.getByRole('link', { name: /Daypass/ }).click()
    await noor.getByRole('button', { name: 'Show credentials' }).click()
    const line = noor.locator('pre', { hasText: /^postgresql:/ })
    const session = new pg.Client({ connectionString: (await line.textContent()) ?? '' })
    cut = new Promise((resolve) => session.on('error', resolve))
    await session.connect()
    expect((await session.query('select id from public.orders')).rows).toHaveLength(4)
    await noor.keyboard.press('Escape')
  })

  it('an owner breaks glass, security takes it back, and it waits for a review', async () => {
    await send(
      dana,
      '/request-access break-glass orders-db fix-orders for 10m because Orders are stuck, INC-42',
    )
    const form = dana.getByRole('dialog', { name: 'Break glass' })
    await form.getByRole('checkbox').check()
    await shoot(dana, 'people-6-break-glass')
    await form.getByRole('button', { name: 'Take access now' }).click()
    const alert = sam.locator('.message', { hasText: 'Break-glass · AR-1002' })
    await alert.getByRole('heading', { name: /active/ }).waitFor()
    await alert.getByRole('button', { name: 'Revoke now' }).click()
    await sam.getByRole('dialog').getByRole('button').last().click()
    await erin.getByRole('button', { name: 'Review…' }).waitFor()
    await alert.getByRole('heading', { name: /revoked/ }).waitFor()
    await alert
      .getByText(/Until it is done, .* cannot break glass again/)
      .first()
      .waitFor()
    await shoot(sam, 'people-7-security')
  })

  describe.each([
    { width: 1280, colours: 'light' },
    { width: 1280, colours: 'dark' },
    { width: 390, colours: 'light' },
    { width: 390, colours: 'dark' },
  ] as const)('App Home at $width pixels in $colours colours', (look) => {
    it.each([
      ['U0NOOR', 'Your access (1)'],
      ['U0ERIN', 'Your contractors (2)'],
      ['U0SAM', 'Break-glass to review (1)'],
    ])('shows %s: %s', async (user, title) => {
      const page = await windowAs(browser, { url: world.slack.url, user, ...look })
      await world.client.as(user).openHome()
      await page.goto(`${world.slack.url}/?as=${user}&app=${slackApp.appId}&tab=home`)
      await page.getByRole('heading', { name: title }).waitFor()
      await shoot(page, `people-home-${user.slice(2).toLowerCase()}-${look.width}-${look.colours}`)
      expect(await seriousProblems(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
      await page.context().close()
    })
  })

  it('another owner reviews it', async () => {
    await erin.getByRole('button', { name: 'Review…' }).click()
    const form = erin.getByRole('dialog')
    await form.getByLabel('Yes, it was an emergency').check()
    await form.getByLabel('What did you find?').fill('One row was corrected, as the incident says.')
    await shoot(erin, 'people-8-review')
    await form.getByRole('button', { name: 'Reviewed' }).click()
    await sam.getByText('One row was corrected, as the incident says.').first().waitFor()
    await shoot(sam, 'people-9-reviewed')
  })

  it('the sponsor ends the engagement: the open session is cut and the login is gone', async () => {
    await send(erin, '/contractors')
    await contractor(erin, 'Haddad Data').getByRole('button', { name: 'More actions' }).click()
    await shoot(erin, 'people-10-menu')
    await erin.getByRole('menuitem', { name: 'End now…' }).click()
    const form = erin.getByRole('dialog')
    await form.getByRole('button', { name: 'End now' }).click()
    await erin.getByText(/The engagement has ended/).waitFor()
    await shoot(erin, 'people-11-ended')
    expect((await cut).message).toMatch(/terminating connection/)
    await noor
      .getByText(/is gone, read back/)
      .first()
      .waitFor()
    await noor
      .getByText(/your engagement no longer holds/)
      .first()
      .waitFor()
    await shoot(noor, 'people-12-told')
    const roles = await world.target`select from pg_roles where rolname ~ '^daypass_[0-9a-f]{32}$'`
    expect(roles).toHaveLength(0)
    expect((await world.client.traffic()).violations).toEqual([])
  })
})

/** The catalog and the policies of the demo, with two stages and break-glass for one entitlement. */
function rulesIn(folder: string): { catalog: string; policies: string } {
  const catalog = join(folder, 'catalog.yml')
  const policies = join(folder, 'policies')
  const plain = readFileSync(catalogPath, 'utf8')
  const staged = plain.replace(
    /(name: Correct rows in orders\n[\s\S]*?)\n {8}approvals: 2\n {8}approvers: .*/,
    `$1${twoStages}`,
  )
  if (staged === plain) throw new Error('the catalog of the demo has changed')
  writeFileSync(catalog, staged)
  cpSync('policies', policies, { recursive: true })
  writeFileSync(join(policies, 'break-glass.cedar'), onCall)
  return { catalog, policies }
}

function inNinetyDays(): string {
  return new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10)
}

/** The row of a contractor in the newest list. */
function contractor(page: Page, company: string): Locator {
  return page.locator('.message.ephemeral').last().locator('.section', { hasText: company })
}

async function send(page: Page, text: string): Promise<void> {
  const composer = page.getByRole('textbox', { name: /^Message/ })
  await composer.fill(text)
  await composer.press('Enter')
}
