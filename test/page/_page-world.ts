import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { type ApiAnswer, callApi } from '../../sandbox/_call-api.ts'
import { type RawAnswerToSlack, type Received, startRawApp } from '../../sandbox/_raw-app.ts'
import { exampleWith } from '../../sandbox/example-workspace.ts'
import { asString, type Json } from '../../sandbox/json.ts'
import { type Sandbox, startSandbox } from '../../sandbox/server.ts'
import type { SandboxOptions } from '../../sandbox/types.ts'
import { startBrowser, windowAs } from './_browser.ts'

/** For tests: the page as Dana sees it, and an app that gives the set answers. A sandbox for each test, one browser for all. */
export interface PageWorld {
  sandbox: Sandbox
  page: Page
  received: Received[]
  /** What the app answers to an interaction of a type (`command` for commands); default: nothing. */
  answers: Record<string, RawAnswerToSlack | ((received: Received) => RawAnswerToSlack)>
  browser: Browser
  /** Calls the Web API as the app; throws where Slack refuses. */
  api(method: string, args: Json): Promise<ApiAnswer['body']>
  /** Posts to #general. */
  post(message: Json): Promise<ApiAnswer['body']>
  /** The last payload of this type that reached the app. */
  heard(type: string): Json
}

export const ACK_MS = 400

export function pageWorld(change: (options: SandboxOptions) => void = () => {}): PageWorld {
  const world = {} as PageWorld
  let app: Awaited<ReturnType<typeof startRawApp>>
  beforeAll(async () => {
    world.browser = await startBrowser()
  }, 60_000)
  afterAll(() => world.browser?.close())

  beforeEach(async () => {
    world.answers = {}
    app = await startRawApp((received) => {
      const answer = world.answers[received.form.has('command') ? 'command' : asString(received.payload.type)]
      return (typeof answer === 'function' ? answer(received) : answer) ?? {}
    })
    const options: SandboxOptions = { ...exampleWith({ requestUrl: app.url }), timing: { ackMs: ACK_MS } }
    change(options)
    world.sandbox = await startSandbox(options)
    world.received = app.received
    world.api = async (method, args) => {
      const { body } = await callApi(world.sandbox, method, args)
      if (!body.ok) throw new Error(`${method}: ${JSON.stringify(body)}`)
      return body
    }
    world.post = (message) =>
      world.api('chat.postMessage', { channel: 'C0GENERAL', text: 'words', ...message })
    world.heard = (type) => world.received.findLast(({ payload }) => payload.type === type)?.payload ?? {}
    world.page = await windowAs(world.browser, {
      url: world.sandbox.url,
      user: 'U0DANA',
      channel: 'C0GENERAL',
    })
  }, 60_000)
  afterEach(async () => {
    await world.page?.context().close()
    await world.sandbox?.close()
    await app?.close()
  })
  return world
}

export const t = (text: string) => ({ type: 'plain_text', text })
export const m = (text: string) => ({ type: 'mrkdwn', text })
export const option = (value: string, patch: Json = {}) => ({ text: t(`The ${value}`), value, ...patch })
export const button = (id: string, patch: Json = {}) => ({
  type: 'button',
  action_id: id,
  text: t(id),
  ...patch,
})
export const input = (id: string, element: Json = {}, block: Json = {}) => ({
  type: 'input',
  block_id: id,
  label: t(id),
  element: { type: 'plain_text_input', action_id: id, ...element },
  ...block,
})
export const modal = (blocks: Json[], patch: Json = {}) => ({
  type: 'modal',
  title: t('Ask'),
  submit: t('Send'),
  blocks,
  ...patch,
})

/** Writes a text in the composer of the channel and sends it. */
export async function send(page: Page, words: string): Promise<void> {
  const composer = page.getByRole('textbox', { name: /^Message #/ })
  await composer.fill(words)
  await composer.press('Enter')
}

/** Opens a modal as an app does: with the trigger of a command. */
export async function openModal(world: PageWorld, view: Json): Promise<void> {
  await send(world.page, '/hello ')
  await world.page.waitForFunction('true')
  const trigger = await world.sandbox.client.waitFor(() => world.received.at(-1)?.form.get('trigger_id'))
  await world.api('views.open', { trigger_id: trigger, view })
  await world.page.getByRole('dialog', { name: asString((view.title as Json).text) }).waitFor()
}
