import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { SandboxClient } from './client.ts'
import { handleControl } from './control/handle.ts'
import { Live } from './control/stream.ts'
import { visibleStateOf } from './control/visible-state.ts'
import type { Core } from './core.ts'
import { Deliverer } from './delivery/deliver.ts'
import { Sockets } from './delivery/socket.ts'
import { Events } from './events.ts'
import { sendJson } from './http-body.ts'
import { ResponseUrls } from './interactions/response-url-store.ts'
import { handleResponseUrl } from './interactions/response-urls.ts'
import { Suggested } from './interactions/suggested.ts'
import { Triggers } from './interactions/triggers.ts'
import { Views } from './interactions/view-stack.ts'
import { handlePage } from './page-files.ts'
import { Traffic } from './traffic.ts'
import type { SandboxOptions, Timing } from './types.ts'
import { warmUp } from './validity/blocks.ts'
import { handleApiCall } from './web-api/dispatch.ts'
import { Faults } from './web-api/faults.ts'
import { handleAuthorize } from './web-api/oauth.ts'
import { OauthCodes } from './web-api/oauth-codes.ts'
import { RateTiers } from './web-api/rate-tiers.ts'
import { handleDownload, handleUpload } from './web-api/uploads.ts'
import { Workspace } from './workspace.ts'

/** https://docs.slack.dev/interactivity/handling-user-interaction and https://docs.slack.dev/apis/events-api (retries) */
const SLACKS_TIMING: Timing = {
  ackMs: 3000,
  triggerMs: 3000,
  responseUrlMs: 30 * 60_000,
  eventRetriesMs: [0, 60_000, 300_000],
  socketPingMs: 10_000,
}

/** A running local Slack. */
export interface Sandbox {
  /** `http://127.0.0.1:<port>` */
  url: string
  /** For `clientOptions.slackApiUrl`; ends in `/api/`. */
  apiUrl: string
  client: SandboxClient
  /** Where Slack posts commands, interactions and events of an app. */
  setRequestUrl(appId: string, url: string): void
  close(): Promise<void>
}

/** Starts a local Slack on 127.0.0.1. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  warmUp()
  const server = http.createServer()
  const core = makeCore(server, options)
  const live = new Live((userId) => visibleStateOf(core, userId))
  core.traffic.onChange = () => live.touch()
  server.on('request', (request, response) => {
    // The state changes only through requests.
    response.once('close', () => live.touch())
    route(core, live, request, response).catch((error: unknown) => {
      core.traffic.violate(
        'sandbox_defect',
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      )
      sendJson(response, 500, { ok: false, error: 'fatal_error' })
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the sandbox has no port')
  core.url = `http://127.0.0.1:${address.port}`
  return {
    url: core.url,
    apiUrl: `${core.url}/api/`,
    client: new SandboxClient(core.url),
    setRequestUrl(appId, url) {
      const app = core.workspace.apps.get(appId)
      if (!app) throw new Error(`no app ${appId}`)
      app.requestUrl = url
    },
    close: () => close(core, live, server),
  }
}

function makeCore(server: http.Server, options: SandboxOptions): Core {
  const timing = { ...SLACKS_TIMING, ...options.timing }
  const workspace = new Workspace(options.workspace, options.apps)
  workspace.settings.rate_limits = options.rateLimits === true
  const traffic = new Traffic(options.log)
  const sockets = new Sockets(server, {
    pingMs: timing.socketPingMs,
    onUnexpected: (appId, detail) => traffic.violate('unexpected_frame', `${appId}: ${detail}`),
  })
  const deliverer = new Deliverer(workspace, sockets, traffic, timing)
  const events = new Events(workspace, deliverer, traffic, timing)
  for (const app of workspace.apps.values()) events.checkSubscriptions(app)
  const core: Core = {
    url: '',
    workspace,
    traffic,
    timing,
    sockets,
    deliverer,
    events,
    triggers: new Triggers(timing.triggerMs),
    views: new Views(workspace.team.id),
    responseUrls: new ResponseUrls(timing.responseUrlMs, () => core.url),
    suggested: new Suggested(),
    faults: new Faults(),
    oauthCodes: new OauthCodes(),
    rateTiers: new RateTiers(),
  }
  return core
}

async function route(
  core: Core,
  live: Live,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A foreign page may let its own host name resolve to 127.0.0.1 (DNS rebinding): it must not reach this server.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) {
    return sendJson(response, 421, { ok: false, error: 'wrong_host' })
  }
  const url = new URL(request.url ?? '/', core.url)
  const [room = '', ...rest] = url.pathname.split('/').filter(Boolean)
  const name = rest.join('/')
  switch (room) {
    case 'api':
      return handleApiCall(core, request, response, name, url.searchParams)
    case 'commands':
    case 'actions':
    case 'app-actions':
      return handleResponseUrl(core, request, response, name)
    case 'control':
      if (name === 'stream') return live.connect(request, response, url.searchParams.get('as') ?? '')
      return handleControl(core, request, response, name)
    case 'oauth':
      return handleAuthorize(core, response, url.searchParams)
    case 'upload':
      return handleUpload(core, request, response, rest.at(-1) ?? '')
    case 'files-pri':
      return handleDownload(core, response, rest)
    default:
      return handlePage(request, response, url.pathname)
  }
}

async function close(core: Core, live: Live, server: http.Server): Promise<void> {
  core.events.close()
  live.close()
  await core.sockets.close()
  core.deliverer.close()
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
