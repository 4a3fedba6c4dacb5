import { expect, it } from 'vitest'
import type { VisibleState } from './stream-types.ts'
import { SentState } from './visible-change.ts'

const message = (ts: string, text: string) => ({
  channel: 'C1',
  ts,
  user: 'U1',
  text,
  blocks: [],
  ephemeral: false,
})

const state = (): VisibleState => ({
  workspace: {
    team: { id: 'T1', name: 'Acme', domain: 'acme' },
    users: [],
    channels: [],
    usergroups: [],
    apps: [],
  },
  messages: [message('1.1', 'one'), message('1.2', 'two')],
  views: [],
  homes: {},
  traffic: [],
  violations: [],
})

it('tells everything first, and then only what is new, also where things were changed in place', () => {
  const told = new SentState()
  const now = state()
  expect(told.next(now)).toMatchObject({
    reset: true,
    workspace: now.workspace,
    messages: { changed: now.messages },
  })
  expect(told.next(now)).toBeUndefined()

  const [one] = now.messages
  if (one) one.text = 'one, edited'
  expect(told.next(now)).toEqual({ messages: { changed: [one], gone: [] } })
})

it('tells what is gone', () => {
  const told = new SentState()
  told.next(state())
  expect(told.next({ ...state(), messages: [message('1.2', 'two')] })).toEqual({
    messages: { changed: [], gone: [{ channel: 'C1', ts: '1.1' }] },
  })
})
