import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse } from 'node:querystring'
import { slack } from '../world/people.ts'

// A Web API that answers at once and checks nothing, so that Slack adds nothing to the measurement.
const counts: Record<string, number> = {}
let stamp = 0

const answers: Record<string, (form: Record<string, unknown>) => object> = {
  'auth.test': () => ({
    url: 'https://bench.slack.com/',
    team: 'Bench',
    user: 'daypass',
    team_id: slack.teamId,
    user_id: slack.botUserId,
    bot_id: slack.botId,
    is_enterprise_install: false,
  }),
  'bots.info': () => ({
    bot: { id: slack.botId, app_id: slack.appId, user_id: slack.botUserId, name: 'daypass' },
  }),
  'users.info': ({ user }) => ({ user: member(String(user)) }),
  'chat.postMessage': ({ channel }) => ({ channel, ts: nextStamp(), message: {} }),
  'chat.update': ({ channel, ts }) => ({ channel, ts }),
  'chat.postEphemeral': () => ({ message_ts: nextStamp() }),
  'conversations.open': ({ users }) => ({ channel: { id: `D${String(users).slice(1)}` } }),
  'conversations.info': ({ channel }) => ({
    channel: { id: channel, is_ext_shared: false, is_member: true },
  }),
  'usergroups.users.list': () => ({ users: [] }),
}

function nextStamp(): string {
  stamp += 1
  return `1800000000.${String(stamp).padStart(6, '0')}`
}

function member(id: string): object {
  const name = `Person ${id}`
  return {
    id,
    team_id: slack.teamId,
    name: id.toLowerCase(),
    real_name: name,
    deleted: false,
    is_bot: false,
    is_restricted: id.startsWith('U0ASK'),
    is_ultra_restricted: false,
    is_email_confirmed: true,
    tz: 'Europe/Berlin',
    profile: { display_name: name, real_name: name, email: `${id.toLowerCase()}@bench.example` },
  }
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const method = (request.url ?? '').replace(/^\/(api\/)?/, '').split('?', 1)[0] ?? ''
    counts[method] = (counts[method] ?? 0) + 1
    const answer = answers[method]?.(parse(Buffer.concat(chunks).toString())) ?? {}
    response.writeHead(200, { 'content-type': 'application/json', 'x-oauth-scopes': scopes })
    response.end(JSON.stringify({ ok: true, ...answer }))
  })
})

const scopes =
  'commands,chat:write,chat:write.public,users:read,users:read.email,usergroups:read,channels:read,groups:read,im:write,team:read'

server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('message', () => process.send?.({ counts }))
