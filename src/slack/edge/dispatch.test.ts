import type { ModalView } from '@slack/types'
import { pino } from 'pino'
import { beforeEach, describe, expect, it } from 'vitest'
import { DirectoryUnavailable } from '../../domain/directory.ts'
import type { Listeners } from '../kit/listener.ts'
import type {
  ActionPayload,
  CommandPayload,
  EventPayload,
  ShortcutPayload,
  SubmissionPayload,
  SuggestionPayload,
} from '../kit/payload.ts'
import { createDispatch } from './dispatch.ts'

const by = { teamId: 'T1', userId: 'U1' }
const ours = { appId: 'A1', teamId: 'T1', by }
const view = { id: 'V1', isHome: false, callbackId: 'none', privateMetadata: '', inputs: new Map() }
const command: CommandPayload = {
  ...ours,
  kind: 'command',
  command: '/x',
  text: '',
  channelId: 'C1',
  triggerId: '1',
  responseUrl: 'https://slack.test/1',
}
const action: ActionPayload = {
  ...ours,
  kind: 'action',
  triggerId: '1',
  responseUrl: 'https://slack.test/1',
  channelId: 'C1',
  messageTs: '1.1',
  view: null,
  actionId: 'none',
  value: '',
}
const shortcut: ShortcutPayload = {
  ...ours,
  appId: null,
  kind: 'shortcut',
  callbackId: 'none',
  triggerId: '1',
  responseUrl: null,
  message: null,
}
const submission: SubmissionPayload = { ...ours, kind: 'submission', view }
const suggestion: SuggestionPayload = { ...ours, kind: 'suggestion', actionId: 'none', typed: '', view: null }
const event: EventPayload = { kind: 'event', appId: 'A1', teamId: 'T1', event: { type: 'none' } }

const broken = async () => {
  throw new Error('the pipe with xoxb-1 burst')
}
const unavailable = async () => {
  throw new DirectoryUnavailable('no')
}
const listeners: Listeners = {
  commands: new Map([
    ['/broken', broken],
    ['/unavailable', unavailable],
    ['/silent', async () => {}],
  ]),
  shortcuts: new Map([['broken', broken]]),
  actions: new Map([['broken', broken]]),
  forms: new Map([['broken', broken]]),
  suggestions: new Map([['broken', broken]]),
  events: new Map([['broken', broken]]),
}

let acknowledged: unknown[]
let responded: { text: string }[]
let log: string[]
let windows: string[]
let claiming: () => boolean
const dispatch = createDispatch({
  listeners: () => listeners,
  claim: async () => claiming(),
  identity: { appId: 'A1', teamId: 'T1' },
  logger: pino({}, { write: (line: string) => void log.push(line) }),
  openWindow: async (_, text) => void windows.push(text),
  fetch: async (_, init) => {
    responded.push(JSON.parse(String(init?.body)))
    return new Response('ok')
  },
})
let deliveries = 0
const send = (payload: Parameters<typeof dispatch>[0], body: unknown = { delivery: deliveries++ }) =>
  dispatch(payload, body, async (answer) => {
    acknowledged.push(answer)
  })
const shown = () => JSON.stringify((acknowledged[0] as { view: ModalView }).view)
beforeEach(() => {
  windows = []
  acknowledged = []
  responded = []
  log = []
  claiming = () => true
})

describe('whatever comes is answered, once', () => {
  it('a command that nobody knows', async () => {
    await send(command)
    expect(acknowledged).toMatchObject([
      { response_type: 'ephemeral', text: expect.stringContaining('I do not know `/x`') },
    ])
  })

  it.each(['toString', 'constructor', '__proto__', 'none'])(
    'a button that nobody knows: %s',
    async (actionId) => {
      await send({ ...action, actionId })
      expect(acknowledged).toEqual([undefined])
      expect(responded).toMatchObject([{ replace_original: false, text: expect.stringContaining('too old') }])
    },
  )

  it('a button on the Home tab: its answer is a window, because it has no response URL', async () => {
    await send({ ...action, responseUrl: null, view: { ...view, isHome: true } })
    expect(acknowledged).toEqual([undefined])
    expect(windows).toMatchObject([expect.stringContaining('too old')])
  })

  it('a shortcut that nobody knows, in a window or, about a message, beside it', async () => {
    await send(shortcut)
    expect(windows).toMatchObject([expect.stringContaining('I do not know this shortcut')])
    const message = { channelId: 'C1', ts: '1.1', threadTs: null, text: '' }
    await send({ ...shortcut, responseUrl: 'https://slack.test/1', message })
    expect(responded).toMatchObject([{ text: expect.stringContaining('I do not know this shortcut') }])
  })

  it('a form and a list that nobody knows', async () => {
    await send(submission)
    expect(shown()).toContain('too old')
    await send(suggestion)
    expect(acknowledged[1]).toEqual({ options: [] })
  })

  it('a listener that says nothing', async () => {
    await send({ ...command, command: '/silent' })
    expect(acknowledged).toEqual([undefined])
  })

  it('a listener that breaks: with a reference that finds it in the log, and without what broke', async () => {
    await send({ ...command, command: '/broken' })
    const { text } = acknowledged[0] as { text: string }
    const reference = /E-[0-9a-f]{6}/.exec(text)?.[0]
    expect(reference).toBeDefined()
    expect(text).not.toContain('pipe')
    expect(log.join()).toContain(reference)
    await send({ ...submission, view: { ...view, callbackId: 'broken' } })
    expect(JSON.stringify(acknowledged[1])).toContain('Something went wrong')
    await send({ ...suggestion, actionId: 'broken' })
    expect(JSON.stringify(acknowledged[2])).toContain('type again')
  })

  it('a listener that Slack does not tell who asks', async () => {
    await send({ ...command, command: '/unavailable' })
    expect(acknowledged).toMatchObject([{ text: expect.stringContaining('nothing was changed') }])
  })

  it('what is meant for another app or workspace, without a listener', async () => {
    await send({ ...command, command: '/broken', teamId: 'T2' })
    expect(acknowledged).toMatchObject([{ text: expect.stringContaining('another workspace') }])
    await send({ ...submission, appId: 'A2', view: { ...view, callbackId: 'broken' } })
    expect(JSON.stringify(acknowledged[1])).toContain('another workspace')
    for (const teamId of ['T2', null]) await send({ ...shortcut, callbackId: 'broken', teamId })
    expect(windows).toMatchObject(Array(2).fill(expect.stringContaining('another workspace')))
    await send({ ...event, teamId: 'T2', event: { type: 'broken' } })
    expect(log).toEqual([])
  })
})

describe('the same delivery again', () => {
  it('is answered as before, and reaches no listener', async () => {
    await send({ ...command, command: '/broken' }, 'twice')
    await send({ ...command, command: '/broken' }, 'twice')
    expect(acknowledged[1]).toEqual(acknowledged[0])
    expect(log).toHaveLength(1)
  })

  it('that another process handled reaches no listener either', async () => {
    claiming = () => false
    await send({ ...command, command: '/broken' })
    await send({ ...action, actionId: 'broken' })
    await send({ ...submission, view: { ...view, callbackId: 'broken' } })
    expect(JSON.stringify(acknowledged[0])).toContain('handled')
    expect(acknowledged[1]).toBeUndefined()
    expect(JSON.stringify(acknowledged[2])).toContain('handled')
    expect(responded).toEqual([])
    expect(log).toEqual([])
  })

  it('may be tried again when it could not be claimed', async () => {
    claiming = () => {
      throw new Error('no database')
    }
    await send({ ...command, command: '/silent' }, 'again')
    expect(JSON.stringify(acknowledged[0])).toContain('Something went wrong')
    claiming = () => true
    await send({ ...command, command: '/silent' }, 'again')
    expect(acknowledged[1]).toBeUndefined()
  })
})

it('an event whose listener breaks rejects, so that Slack delivers it again', async () => {
  await expect(send({ ...event, event: { type: 'broken' } })).rejects.toThrow('burst')
})
