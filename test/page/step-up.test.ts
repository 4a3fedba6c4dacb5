import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { usualStepUp } from '../../src/domain/step-up.ts'
import { issuePasskeyCode } from '../../src/usecases/step-up/issue-code.ts'
import type { PersonId } from '../_world.ts'
import { openWorkspace, type Workspace } from '../slack/_workspace.ts'
import { seriousProblems } from './_axe.ts'
import { shoot, startBrowser, windowAs } from './_browser.ts'

/** A person at the page of Slack, and the tab in which their browser opens links. It has an authenticator of its own. */
interface Person {
  readonly slack: Page
  readonly tab: Page
  readonly device: CDPSession
  readonly authenticatorId: string
}

/** The tests run in order: each continues where the one before ended. */
describe('a proof of who is clicking, in a browser', () => {
  let workspace: Workspace
  let browser: Browser
  let dana: Person
  let lead: Person

  beforeAll(async () => {
    const [opened, launched] = await Promise.all([openWorkspace({ stepUp: true }), startBrowser()])
    workspace = opened
    browser = launched
    const { catalog } = workspace.world.ports
    const security = {
      ...catalog.security,
      stepUp: { ...usualStepUp, otherwise: 'other-approvers' as const, revokeAll: true },
    }
    const orders = catalog.resources.get('orders-db')
    const read = orders?.entitlements.get('read-orders')
    if (!orders || !read) throw new Error('no such entitlement')
    const entitlements = new Map(orders.entitlements).set('read-orders', {
      ...read,
      risk: 'critical',
      stepUp: ['approve'],
    })
    Object.assign(catalog, {
      security,
      resources: new Map(catalog.resources).set('orders-db', { ...orders, entitlements }),
    })
    dana = await personAs('U0DANA', 'C0ORDERS')
    lead = await personAs('U0LEAD', 'C0ORDERS')
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await workspace?.close()
  }, 60_000)

  async function personAs(user: PersonId, channel: string): Promise<Person> {
    const slack = await windowAs(browser, { url: workspace.sandbox.url, user, channel })
    const tab = await slack.context().newPage()
    tab.setDefaultTimeout(15_000)
    const device = await slack.context().newCDPSession(tab)
    await device.send('WebAuthn.enable')
    return { slack, tab, device, authenticatorId: await plugIn(device) }
  }

  async function asks(reason: string): Promise<string> {
    const line = `orders-db read-orders for 1h because ${reason}`
    const answer = await workspace.as('U0CARL').command('/request-access', line, { channel: 'C0LOBBY' })
    await workspace.settle()
    return /AR-\d+/.exec(JSON.stringify(answer.response))?.[0] ?? 'no reference'
  }

  /** A key that is pressed while the window changes may be lost. */
  async function closeWindow({ slack }: Person): Promise<void> {
    const open = slack.getByRole('dialog')
    await vi.waitFor(
      async () => {
        if ((await open.count()) > 0) await slack.keyboard.press('Escape')
        expect(await open.count()).toBe(0)
      },
      { timeout: 10_000, interval: 200 },
    )
  }

  const cardOf = (person: Person, words: string) =>
    person.slack.locator('.message', { hasText: words }).first()

  /** Opens the link of the window in Slack, as its button does. */
  async function follow({ slack, tab }: Person): Promise<void> {
    const link = slack.getByRole('dialog').getByRole('link', { name: 'Open the page' })
    await tab.goto('about:blank')
    await tab.goto((await link.getAttribute('href')) ?? '')
  }

  async function openPasskeys({ slack }: Person): Promise<void> {
    const app = slack
      .getByRole('button', { name: /^Daypass/ })
      .or(slack.getByRole('link', { name: /^Daypass/ }))
    await app.first().click()
    await slack.getByRole('button', { name: 'Home', exact: true }).click()
    // The tab is drawn anew when it is opened, and a click in that moment may be lost.
    const opened = slack.getByRole('dialog', { name: 'Your passkeys' })
    await vi.waitFor(
      async () => {
        if (!(await opened.isVisible()))
          await slack.getByRole('button', { name: 'Passkeys…' }).click({ timeout: 2_000 })
        await opened.waitFor({ timeout: 5_000 })
      },
      { timeout: 30_000, interval: 100 },
    )
  }

  async function enrol(person: Person, userId: PersonId, name: string): Promise<void> {
    const issued = await issuePasskeyCode(workspace.world.ports, userId)
    if (issued.kind !== 'issued') throw new Error('no code')
    await openPasskeys(person)
    await person.slack.getByRole('button', { name: 'Add a passkey…', exact: true }).click()
    await follow(person)
    await person.tab.getByLabel('A name for the new passkey').fill(name)
    await person.tab.getByLabel('One-time code').fill(issued.code.toLowerCase())
    await person.tab.getByRole('button', { name: 'Add the passkey' }).click()
    await person.tab.getByRole('heading', { name: 'Added' }).waitFor()
    await person.slack
      .getByRole('dialog')
      .getByText(/is yours now/)
      .waitFor()
    await closeWindow(person)
  }

  it('a first passkey is added with a code, and another code is refused', async () => {
    await openPasskeys(dana)
    await dana.slack.getByRole('button', { name: 'Add a passkey…', exact: true }).click()
    await shoot(dana.slack, 'step-up-1-add-in-slack')
    await follow(dana)
    await dana.tab.getByLabel('A name for the new passkey').fill('Laptop')
    await dana.tab.getByLabel('One-time code').fill('ABCDE-12345')
    await shoot(dana.tab, 'step-up-2-add')
    expect(await seriousProblems(dana.tab)).toEqual([])
    await dana.tab.getByRole('button', { name: 'Add the passkey' }).click()
    await dana.tab
      .getByRole('alert')
      .getByText(/code is wrong/)
      .waitFor()
    await closeWindow(dana)
    await enrol(dana, 'U0DANA', 'Laptop')
    await shoot(dana.tab, 'step-up-3-added')
    await enrol(lead, 'U0LEAD', 'Security key')
  })

  it('it does not count for critical yet, and the page says when', async () => {
    const reference = await asks('Totals of INC-42 are wrong')
    await dana.slack
      .getByRole('link', { name: /orders/ })
      .first()
      .click()
    await cardOf(dana, reference).getByRole('button', { name: 'Approve', exact: true }).click()
    await follow(dana)
    await dana.tab.getByText(/too new: it counts for this in/).waitFor()
    await shoot(dana.tab, 'step-up-4-too-new')
    await closeWindow(dana)
  })

  it('later it approves: the page says what, the card and the window tell it', async () => {
    workspace.world.clock.advance(86_400)
    const reference = await asks('Invoices of INC-43 are wrong')
    const card = cardOf(dana, reference)
    await card.getByRole('button', { name: 'Approve', exact: true }).click()
    await dana.slack.getByRole('dialog', { name: 'Prove who you are' }).waitFor()
    await shoot(dana.slack, 'step-up-5-window')
    await follow(dana)
    await dana.tab.getByRole('heading', { name: `Approve ${reference}` }).waitFor()
    await dana.tab.getByText('Invoices of INC-43 are wrong').waitFor()
    await shoot(dana.tab, 'step-up-6-page')
    expect(await seriousProblems(dana.tab)).toEqual([])
    await dana.tab.setViewportSize({ width: 390, height: 844 })
    await dana.tab.emulateMedia({ colorScheme: 'dark' })
    await shoot(dana.tab, 'step-up-7-page-390-dark')
    expect(await seriousProblems(dana.tab)).toEqual([])
    await dana.tab.keyboard.press('Tab')
    await dana.tab.keyboard.press('Enter')
    await dana.tab.getByRole('heading', { name: 'Approved' }).waitFor()
    await shoot(dana.tab, 'step-up-8-approved-390')
    await dana.slack
      .getByRole('dialog')
      .getByText(/is on record/)
      .waitFor()
    await shoot(dana.slack, 'step-up-9-window-done')
    await closeWindow(dana)
    await workspace.settle()
    await card
      .getByText(/Approved by/)
      .first()
      .waitFor()
    await dana.tab.goBack()
    await dana.tab.goForward()
    await dana.tab.reload()
    await dana.tab.getByText(/a link works once/).waitFor()
  })

  it('with the passkey lost nothing is done, until a lead gives a code for another one', async () => {
    await unplug(dana)
    const reference = await asks('Refunds of INC-44 are wrong')
    await cardOf(dana, reference).getByRole('button', { name: 'Approve', exact: true }).click()
    await follow(dana)
    await dana.tab.getByText(/Let other approvers decide/).waitFor()
    await closeWindow(dana)

    await openPasskeys(lead)
    await lead.slack.getByRole('button', { name: 'Let somebody add a passkey…' }).click()
    await lead.slack.getByLabel('Who may add a passkey?').selectOption('U0DANA')
    await lead.slack.getByRole('button', { name: 'Go on' }).click()
    await follow(lead)
    await lead.tab.getByRole('button', { name: 'Confirm with a passkey' }).click()
    await lead.tab.getByRole('heading', { name: 'Hand this code over' }).waitFor()
    await shoot(lead.tab, 'step-up-10-code')
    const code = (await lead.tab.locator('#secret').textContent()) ?? ''
    expect(code).toMatch(/^[A-Z0-9]{5}-[A-Z0-9]{5}$/)
    await lead.slack
      .getByRole('dialog')
      .getByText(/face to face/)
      .waitFor()
    expect(await lead.slack.getByRole('dialog').textContent()).not.toContain(code)
  })

  it('a lead takes everything back, and proves it first', async () => {
    const { slack, tab } = lead
    await closeWindow(lead)
    await slack
      .getByRole('link', { name: /security/ })
      .first()
      .click()
    const composer = slack.getByRole('textbox', { name: /^Message/ })
    await composer.fill('/revoke everything because A laptop was stolen')
    await composer.press('Enter')
    const form = slack.getByRole('dialog', { name: 'Revoke everything' })
    await form.getByText(/1 lease of 1 person/).waitFor()
    await shoot(slack, 'step-up-11-revoke-everything')
    await form.getByRole('button', { name: 'Revoke now' }).click()
    await slack.getByRole('dialog', { name: 'Prove who you are' }).getByText('Frozen afterwards').waitFor()
    await shoot(slack, 'step-up-12-revoke-window')
    await follow(lead)
    await tab.getByText('All access to all systems, from everybody').waitFor()
    await shoot(tab, 'step-up-13-revoke-page')
    await tab.getByRole('button', { name: 'Confirm with a passkey' }).click()
    await tab.getByRole('heading', { name: 'Under way' }).waitFor()
    await slack
      .getByRole('dialog')
      .getByText(/being taken back/)
      .waitFor()
    await closeWindow(lead)
    await workspace.settle()
    workspace.world.clock.advance(3)
    await workspace.settle()
    await slack
      .getByText(/The one lease is proven gone/)
      .first()
      .waitFor()
    await shoot(slack, 'step-up-14-revoked')
  })

  it('nothing secret is in the history of Slack', async () => {
    const said = JSON.stringify(await workspace.as('U0DANA').messages('C0ORDERS'))
    expect(said).not.toContain('/step-up')
  })
})

/** https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn/ */
async function plugIn(device: CDPSession): Promise<string> {
  const { authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return authenticatorId
}

async function unplug({ device, authenticatorId }: Person): Promise<void> {
  await device.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
}
