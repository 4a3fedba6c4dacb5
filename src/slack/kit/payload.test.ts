import { describe, expect, it } from 'vitest'
import { parsePayload } from './payload.ts'

const command = {
  command: '/request-access',
  text: '',
  api_app_id: 'A1',
  team_id: 'T1',
  user_id: 'U1',
  channel_id: 'C1',
  trigger_id: '1.2.3',
  response_url: 'https://hooks.slack.com/commands/1',
}

describe('a payload', () => {
  it('is read into what it is', () => {
    expect(parsePayload(command)).toMatchObject({ kind: 'command', by: { teamId: 'T1', userId: 'U1' } })
    expect(
      parsePayload({ type: 'event_callback', api_app_id: 'A1', team_id: 'T1', event: { type: 'x' } })?.kind,
    ).toBe('event')
  })

  it.each(['user_id', 'team_id', 'text', 'command', 'trigger_id', 'api_app_id'])(
    'with %s doubled is refused',
    (name) => {
      expect(parsePayload({ ...command, [name]: ['U1', 'U0ADMIN'] })).toBeNull()
    },
  )

  it.each([
    {},
    { type: 'block_actions' },
    { type: 'nothing' },
    { command: null },
    { type: 'block_actions', actions: [] },
  ])('that Slack does not send is refused: %j', (body) => expect(parsePayload(body)).toBeNull())

  it('names a person of another workspace by that workspace', () => {
    const action = {
      type: 'block_actions',
      api_app_id: 'A1',
      team: { id: 'T1' },
      user: { id: 'U2', team_id: 'T2' },
      trigger_id: '1.2.3',
      container: { type: 'message', message_ts: '1.1', channel_id: 'C1' },
      actions: [{ action_id: 'a', value: 'v' }],
    }
    expect(parsePayload(action)).toMatchObject({
      teamId: 'T1',
      by: { teamId: 'T2', userId: 'U2' },
      value: 'v',
    })
  })
  it('of a message shortcut without its message is refused; a global one has none', () => {
    const used = { team: { id: 'T1' }, user: { id: 'U2' }, callback_id: 'x', trigger_id: '1.2.3' }
    expect(parsePayload({ ...used, type: 'shortcut' })).toMatchObject({ kind: 'shortcut', message: null })
    expect(parsePayload({ ...used, type: 'message_action' })).toBeNull()
    const of = {
      response_url: 'https://hooks.slack.com/app-actions/1',
      channel: { id: 'C1' },
      message_ts: '1.1',
    }
    const attachments = [{ fallback: 'Disk full on db-1' }, {}]
    expect(
      parsePayload({ ...used, ...of, type: 'message_action', message: { text: '', attachments } }),
    ).toMatchObject({ message: { channelId: 'C1', ts: '1.1', threadTs: null, text: 'Disk full on db-1\n' } })
  })
})
