import type { Json } from '../../../json.ts'
import type {
  ActionOutcome,
  CommandOutcome,
  MessagePlace,
  Option,
  PressOptions,
  SubmitOutcome,
  Target,
  TrafficEntry,
} from '../../../types.ts'
import { me } from './place.ts'

/** Calls a verb of the control API as the person of this window. Rejects with the error of the server. */
async function call<T>(verb: string, args: object = {}): Promise<T> {
  const response = await fetch(`/control/${verb}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: me.value, ...args }),
  })
  const body = (await response.json()) as { result: T; error?: string }
  if (body.error !== undefined) throw new Error(body.error)
  return body.result
}

export const control = {
  say: (channel: string, text: string, threadTs?: string) =>
    call<{ ts: string }>('say', { channel, text, ...(threadTs ? { threadTs } : {}) }),
  command: (channel: string, command: string, text: string) =>
    call<CommandOutcome>('command', { channel, command, text }),
  shortcut: (callbackId: string, message?: MessagePlace) =>
    call<ActionOutcome>('shortcut', { callbackId, ...(message ? { message } : {}) }),
  press: (actionId: string, options: PressOptions) => call<ActionOutcome>('press', { actionId, options }),
  change: (actionId: string, value: string | string[], target: Target) =>
    call<ActionOutcome>('change', { actionId, value, target }),
  fill: (fields: Json[], home: boolean) => call<null>('fill', { fields, home }),
  suggest: (actionId: string, query: string, target: Target) =>
    call<Option[]>('suggest', { actionId, query, target }),
  submit: () => call<SubmitOutcome>('submit', { values: {} }),
  closeView: (all: boolean) => call<null>('closeView', { all }),
  openHome: (appId: string, tab: 'home' | 'messages') =>
    call<{ channel: string }>('openHome', { appId, tab }),
  directChannel: (bot: string) => call<string>('directChannel', { bot }),
  trafficEntry: (id: string) => call<TrafficEntry | null>('trafficEntry', { id }),
  clearTraffic: () => call<null>('clearTraffic'),
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
