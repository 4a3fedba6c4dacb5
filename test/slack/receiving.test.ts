import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RawPost } from '../../sandbox/types.ts'
import { openWorkspace, type Workspace } from './_workspace.ts'

let workspace: Workspace
beforeAll(async () => {
  workspace = await openWorkspace()
})
afterAll(() => workspace.close())

const command: Record<string, string> = {
  command: '/request-access',
  text: 'help',
  api_app_id: 'A0DAYPASS',
  team_id: 'T0DAYPASS',
  user_id: 'U0CARL',
  channel_id: 'C0LOBBY',
  trigger_id: '1.2.3',
  response_url: 'https://hooks.slack.com/commands/1',
}
const form = (changes: Record<string, string> = {}) =>
  new URLSearchParams({ ...command, ...changes }).toString()
const payload = (json: string) => new URLSearchParams({ payload: json }).toString()
const post = (body: string, more: Partial<RawPost> = {}) => workspace.client.post({ body, ...more })
const seconds = () => Math.floor(Date.now() / 1000)

describe('a delivery', () => {
  it('that Slack signed is answered', async () => {
    const { status, body } = await post(form())
    expect(status).toBe(200)
    expect(JSON.parse(body).text).toContain('Ask for access')
  })

  it.each<[string, Partial<RawPost>, string]>([
    ['without a signature', { signature: null }, 'unsigned'],
    ['with a forged signature', { signature: `v0=${'0'.repeat(64)}` }, 'unsigned'],
    ['with another version of signature', { signature: 'v1=x' }, 'unsigned'],
    ['from ten minutes ago', { timestamp: seconds() - 600 }, 'unsigned'],
    ['from two minutes ahead', { timestamp: seconds() + 120 }, 'future'],
    ['from tomorrow', { timestamp: seconds() + 86_400 }, 'future'],
  ])('%s is refused, and counted', async (_what, how, why) => {
    const before = workspace.refused.length
    expect((await post(form(), how)).status).toBe(401)
    expect(workspace.refused.slice(before)).toEqual([why])
  })

  it('from a clock half a minute ahead is answered', async () => {
    expect((await post(form(), { timestamp: seconds() + 30 })).status).toBe(200)
  })

  it.each([
    ['a doubled parameter', `${form()}&user_id=U0LEAD`],
    ['a doubled payload', `${payload('{}')}&${payload('{}')}`],
    ['broken JSON', payload('{"type":')],
    [
      'deeply nested JSON',
      payload(`{"type":"block_actions","a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
    ],
    ['null', payload('null')],
    ['a list', payload('[]')],
    ['__proto__', payload('{"type":"event_callback","__proto__":{"admin":true}}')],
    [
      'an event that is none',
      payload('{"type":"event_callback","api_app_id":"A","team_id":"T","event":null}'),
    ],
    [
      'a click without a person',
      payload('{"type":"block_actions","api_app_id":"A","actions":[{"action_id":"x"}]}'),
    ],
    ['nothing', ''],
    ['binary', '\u0000\u0001\ufffd'],
  ])('of %s is answered with 400', async (_what, body) => {
    expect((await post(body)).status).toBe(400)
  })

  it('of JSON that is none is answered with 400', async () => {
    expect((await post('{', { contentType: 'application/json' })).status).toBe(400)
    expect((await post('null', { contentType: 'application/json' })).status).toBe(400)
  })

  it('of more than a megabyte is answered with 413', async () => {
    expect((await post(form({ text: 'x'.repeat(1_100_000) }))).status).toBe(413)
  })

  it('that asks for the challenge gets it, when it is signed', async () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: 'abc' })
    expect(await post(body, { contentType: 'application/json' })).toMatchObject({
      status: 200,
      body: '{"challenge":"abc"}',
    })
    expect((await post(body, { contentType: 'application/json', signature: null })).status).toBe(401)
  })

  it('that checks the certificate smuggles nothing in', async () => {
    const { status, body } = await post(`${form()}&ssl_check=1`, { signature: null })
    expect({ status, body }).toEqual({ status: 200, body: '' })
  })

  it.each([
    ['another app', { api_app_id: 'A0OTHER' }],
    ['another workspace', { team_id: 'T0OTHER' }],
  ])('meant for %s changes nothing and says so', async (_what, changes) => {
    const { status, body } = await post(
      form({ ...changes, text: 'orders-db read-orders because I say so, at length' }),
    )
    expect(status).toBe(200)
    expect(body).toContain('works for another workspace')
    const everything = { scope: 'any', requesterId: null, resourceIds: null, from: null, to: null } as const
    expect(
      (await workspace.world.ports.store.histories.list(everything, { kind: 'page', page: 1 }, 10)).total,
    ).toBe(0)
  })

  it('of a command that nobody knows is answered honestly', async () => {
    const { status, body } = await post(form({ command: '/constructor' }))
    expect(status).toBe(200)
    expect(JSON.parse(body).text).toContain('I do not know `/constructor`')
  })

  it('leaves the process well: the next one is answered', async () => {
    expect((await post(form())).status).toBe(200)
    expect(await (await fetch(`${workspace.url}/healthz`)).text()).toBe('alive')
    expect((await fetch(`${workspace.url}/slack/events`)).status).toBe(404)
    expect((await fetch(`${workspace.url}/nothing`)).status).toBe(404)
  })
})
