import { afterEach, beforeEach, expect } from 'vitest'
import { callApi } from '../_call-api.ts'
import { type RawAnswerToSlack, type Received, startRawApp } from '../_raw-app.ts'
import type { Actor } from '../client.ts'
import { exampleWith } from '../example-workspace.ts'
import { asObject, asString, type Json } from '../json.ts'
import { type Sandbox, startSandbox } from '../server.ts'

/** For tests: a sandbox with an app that gives the set answers, and one person. Created anew for each test. */
export interface InteractionWorld {
  sandbox: Sandbox
  /** The app's request URL. */
  appUrl: string
  received: Received[]
  /** What the app answers to an interaction of a type (`command` for commands); default: nothing. */
  answers: Record<string, RawAnswerToSlack>
  dana: Actor
}

export const here = { channel: 'C0GENERAL' }

/** Triggers and response_urls live this long here. */
export const LIFE_MS = 1500

export function interactionWorld(): InteractionWorld {
  const world = {} as InteractionWorld
  let app: Awaited<ReturnType<typeof startRawApp>>

  beforeEach(async () => {
    world.answers = {}
    app = await startRawApp(
      ({ payload, form }) => world.answers[form.has('command') ? 'command' : asString(payload.type)] ?? {},
    )
    const timing = { triggerMs: LIFE_MS, responseUrlMs: LIFE_MS }
    world.sandbox = await startSandbox({ ...exampleWith({ requestUrl: app.url }), timing })
    world.received = app.received
    world.appUrl = app.url
    world.dana = world.sandbox.client.as('U0DANA')
  })

  afterEach(async () => {
    await world.sandbox.close()
    await app.close()
  })
  return world
}

/** A fresh trigger of a command that somebody ran. */
export async function trigger(world: InteractionWorld, actor: Actor = world.dana): Promise<string> {
  await actor.command('/hello', '', here)
  return world.received.at(-1)?.form.get('trigger_id') ?? ''
}

export async function openView(world: InteractionWorld, view: Json): Promise<Json> {
  const { body } = await callApi(world.sandbox, 'views.open', { trigger_id: await trigger(world), view })
  expect(body).toMatchObject({ ok: true })
  return asObject(body.view)
}

/** The last payload of this type that reached the app. */
export function heard(world: InteractionWorld, type: string): Json {
  return world.received.findLast((r) => r.payload.type === type)?.payload ?? {}
}

/** The error a method answers with, or `ok`. */
export async function errorOf(world: InteractionWorld, method: string, args: Json): Promise<string> {
  const { body } = await callApi(world.sandbox, method, args)
  return body.ok ? 'ok' : asString(body.error)
}

export async function violationKinds(world: InteractionWorld): Promise<string[]> {
  return (await world.sandbox.client.traffic()).violations.map((v) => v.kind)
}

export const t = (text: string) => ({ type: 'plain_text', text })

export const option = (value: string) => ({ text: t(`The ${value}`), value })

export const input = (id: string, element: Json = {}, block: Json = {}) => ({
  type: 'input',
  block_id: id,
  label: t(id),
  element: { type: 'plain_text_input', action_id: id, ...element },
  ...block,
})

export const modal = (blocks: unknown[] = [input('why')], patch: Json = {}) => ({
  type: 'modal',
  title: t('Ask'),
  submit: t('Send'),
  blocks,
  ...patch,
})
