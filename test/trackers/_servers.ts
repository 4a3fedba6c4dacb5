import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A ticket, as the stubs of all trackers hold it. */
export interface StubTicket {
  state: 'open' | 'closed'
  assignee: string | null
}

/** An HTTP server that answers as Jira, Linear and GitHub do, in their own shapes and with their own refusals. */
export async function startTrackers() {
  const tickets = new Map<string, StubTicket>()
  const state = { mode: 'up' as 'up' | 'down' | 'hanging', asked: [] as string[] }
  const server = createServer(async (request, response) => {
    if (state.mode === 'hanging') return
    const answer = state.mode === 'down' ? { status: 503, body: {} } : await answerTo(request, tickets, state)
    response.writeHead(answer.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tickets,
    state,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Answer = { status: number; body: unknown }

async function answerTo(
  request: IncomingMessage,
  tickets: ReadonlyMap<string, StubTicket>,
  state: { asked: string[] },
): Promise<Answer> {
  const { authorization } = request.headers
  const path = request.url ?? ''
  state.asked.push(`${request.method} ${path}`)
  if (path.startsWith('/rest/api/2/issue/')) {
    if (authorization !== `Basic ${Buffer.from('bot@example.com:jira-token').toString('base64')}`)
      return { status: 401, body: { errorMessages: ['You are not authenticated.'] } }
    const key = path.slice('/rest/api/2/issue/'.length).split('?')[0] ?? ''
    const ticket = tickets.get(key)
    if (!ticket)
      return {
        status: 404,
        body: {
          errorMessages: ['Issue does not exist or you do not have permission to see it.'],
          errors: {},
        },
      }
    return { status: 200, body: jiraIssue(key, ticket) }
  }
  if (path === '/graphql') {
    if (authorization !== 'lin_api_token')
      return { status: 401, body: { errors: [{ message: 'Authentication required' }] } }
    const { variables } = JSON.parse(await bodyOf(request))
    const ticket = tickets.get(variables.id)
    if (!ticket)
      return {
        status: 200,
        body: { errors: [{ message: 'Entity not found: Issue', path: ['issue'] }], data: null },
      }
    const { assignee } = ticket
    const type = ticket.state === 'open' ? 'started' : 'canceled'
    const issue = {
      state: { name: ticket.state === 'open' ? 'In Progress' : 'Canceled', type },
      assignee: assignee === null ? null : { id: assignee, displayName: `Name of ${assignee}` },
    }
    return { status: 200, body: { data: { issue } } }
  }
  const github = /^\/repos\/([^/]+\/[^/]+)\/issues\/(\d+)$/.exec(path)
  if (github) {
    if (authorization !== 'Bearer github-token') return { status: 401, body: { message: 'Bad credentials' } }
    const ticket = tickets.get(`${github[1]}#${github[2]}`)
    if (!ticket) return { status: 404, body: { message: 'Not Found', status: '404' } }
    const assignees = ticket.assignee === null ? [] : [{ login: ticket.assignee, id: 1 }]
    const reason = ticket.state === 'closed' ? 'completed' : null
    return { status: 200, body: { state: ticket.state, state_reason: reason, assignees } }
  }
  return { status: 404, body: {} }
}

/** As Jira sends it, also in its deliveries. */
export function jiraIssue(key: string, { state, assignee }: StubTicket) {
  const category =
    state === 'open' ? { key: 'indeterminate', name: 'In Progress' } : { key: 'done', name: 'Done' }
  return {
    id: '10042',
    key,
    fields: {
      status: {
        id: '3',
        name: state === 'open' ? 'In Progress' : 'Done',
        statusCategory: { id: 4, ...category },
      },
      assignee:
        assignee === null ? null : { accountId: assignee, displayName: `Name of ${assignee}`, active: true },
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}
