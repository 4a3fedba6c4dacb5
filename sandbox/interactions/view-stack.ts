import { asObject, asString, type Json } from '../json.ts'
import type { Block, VisibleView } from '../types.ts'
import { type App, makeId } from '../workspace.ts'
import { textOf, withIds } from './elements.ts'
import { stateValues, type Values } from './state-values.ts'

/** https://docs.slack.dev/surfaces/modals */
export const MAX_DEPTH = 3

/** An open modal or a published Home tab: the app's payload, with the fields that Slack adds. */
export interface View {
  id: string
  appId: string
  botId: string
  userId: string
  type: 'modal' | 'home'
  /** The app's payload: title, submit, callback_id, ... without blocks. */
  payload: Json
  blocks: Block[]
  values: Values
  errors: Record<string, string>
  hash: string
  externalId: string
  rootId: string
  previousId: string | null
}

/** The open modals of each person (one stack each, newest last), and the published Home tabs. */
export class Views {
  private readonly stacks = new Map<string, View[]>()
  private readonly homes = new Map<string, View>()
  private readonly teamId: string

  constructor(teamId: string) {
    this.teamId = teamId
  }

  stack(userId: string): View[] {
    return this.stacks.get(userId) ?? []
  }

  top(userId: string): View | undefined {
    return this.stack(userId).at(-1)
  }

  home(userId: string, appId: string): View | undefined {
    return this.homes.get(`${appId}:${userId}`)
  }

  find(pick: { id?: string; externalId?: string }, appId: string): View | undefined {
    const all = [...[...this.stacks.values()].flat(), ...this.homes.values()]
    return all.find(
      (v) =>
        v.appId === appId &&
        (pick.id ? v.id === pick.id : v.externalId !== '' && v.externalId === pick.externalId),
    )
  }

  /** Opens a modal as the only one: closes the modals that were open. */
  open(app: App, userId: string, payload: Json): View {
    const view = this.make(app, userId, payload, null)
    this.stacks.set(userId, [view])
    return view
  }

  push(app: App, userId: string, payload: Json): View {
    const stack = this.stack(userId)
    const view = this.make(app, userId, payload, stack.at(-1) ?? null)
    this.stacks.set(userId, [...stack, view])
    return view
  }

  /** Publishes a Home tab, or replaces the published one. */
  publish(app: App, userId: string, payload: Json): View {
    const before = this.home(userId, app.appId)
    if (before) return this.update(before, payload)
    const view = this.make(app, userId, payload, null)
    this.homes.set(`${app.appId}:${userId}`, view)
    return view
  }

  /** Replaces the content of a view. Values stay where block id and action id stay. */
  update(view: View, payload: Json): View {
    const { blocks, ...rest } = payload
    view.payload = rest
    view.blocks = withIds((blocks ?? []) as Block[])
    view.values = stateValues(view.blocks, view.values)
    view.errors = {}
    view.hash = newHash()
    if (typeof rest.external_id === 'string') view.externalId = rest.external_id
    return view
  }

  close(view: View): void {
    const rest = this.stack(view.userId).filter((v) => v.id !== view.id)
    this.stacks.set(view.userId, rest)
  }

  clear(userId: string): View[] {
    const stack = this.stack(userId)
    this.stacks.set(userId, [])
    return stack
  }

  /** A view as the Web API and interaction payloads carry it. */
  toJson(view: View): Json {
    const { payload } = view
    return {
      id: view.id,
      team_id: this.teamId,
      type: view.type,
      blocks: view.blocks,
      private_metadata: asString(payload.private_metadata),
      callback_id: asString(payload.callback_id),
      state: { values: view.values },
      hash: view.hash,
      title: payload.title ?? { type: 'plain_text', text: 'View Title', emoji: true },
      clear_on_close: payload.clear_on_close === true,
      notify_on_close: payload.notify_on_close === true,
      close: payload.close ?? null,
      submit: payload.submit ?? null,
      previous_view_id: view.previousId,
      root_view_id: view.rootId,
      app_id: view.appId,
      external_id: view.externalId,
      app_installed_team_id: this.teamId,
      bot_id: view.botId,
    }
  }

  private make(app: App, userId: string, payload: Json, previous: View | null): View {
    const { blocks, ...rest } = payload
    const id = makeId('V')
    const placed = withIds((blocks ?? []) as Block[])
    return {
      id,
      appId: app.appId,
      botId: app.botId,
      userId,
      type: payload.type === 'home' ? 'home' : 'modal',
      payload: rest,
      blocks: placed,
      values: stateValues(placed),
      errors: {},
      hash: newHash(),
      externalId: asString(rest.external_id),
      rootId: previous?.rootId ?? id,
      previousId: previous?.id ?? null,
    }
  }
}

/** A view as its person sees it. */
export function visibleView(view: View): VisibleView {
  const { payload } = view
  return {
    id: view.id,
    appId: view.appId,
    callbackId: asString(payload.callback_id),
    externalId: view.externalId,
    title: textOf(payload.title),
    ...(asObject(payload.submit).text ? { submit: textOf(payload.submit) } : {}),
    ...(asObject(payload.close).text ? { close: textOf(payload.close) } : {}),
    blocks: view.blocks,
    values: view.values,
    errors: view.errors,
    hash: view.hash,
    privateMetadata: asString(payload.private_metadata),
  }
}

function newHash(): string {
  return `${Math.floor(Date.now() / 1000)}.${Math.random().toString(36).slice(2, 10)}`
}
