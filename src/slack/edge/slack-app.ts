import { App, type Receiver, SocketModeReceiver } from '@slack/bolt'
import type { Logger } from 'pino'
import type { Ports } from '../../domain/ports.ts'
import { claimInteraction } from '../../usecases/claim-interaction.ts'
import type { Channels } from '../api/channels.ts'
import { fetchOnlySlack, type SlackClients, slackLogger, webClientOptions } from '../api/clients.ts'
import type { SlackDirectory } from '../api/directory.ts'
import type { SlackIdentity } from '../api/identity.ts'
import { createOpener } from '../api/open-view.ts'
import { allFeatures } from '../features/all.ts'
import { joinFeatures } from '../kit/listener.ts'
import { type Payload, parsePayload } from '../kit/payload.ts'
import type { Acknowledge } from '../kit/reply.ts'
import { createDispatch } from './dispatch.ts'
import type { SlackEndpoint } from './http-endpoint.ts'
import { createInFlight } from './in-flight.ts'
import { isSafePayload } from './screen.ts'

export interface SlackAppOptions {
  readonly botToken: string
  readonly apiUrl: string
  /** Signed deliveries to an endpoint of the HTTP server, or a socket that this process opens. */
  readonly delivery:
    | { readonly kind: 'http'; readonly endpoint: SlackEndpoint }
    | { readonly kind: 'socket'; readonly appToken: string }
  readonly identity: SlackIdentity
  readonly clients: SlackClients
  readonly ports: Ports
  readonly directory: SlackDirectory
  readonly channels: Channels
  readonly logger: Logger
  /** An interaction was acknowledged, so many seconds after it arrived here. */
  readonly onAcknowledged?: (kind: Payload['kind'], seconds: number) => void
}

export interface SlackEdge {
  /** Takes deliveries from the endpoint, or connects in Socket Mode. */
  start(): Promise<void>
  /** Takes nothing new from the socket, then waits for what is under way, ten seconds at the most. */
  stop(): Promise<void>
}

const stopLimitMs = 10_000

/** Everything that people do in Slack comes in here. */
export function createSlackApp(options: SlackAppOptions): SlackEdge {
  const { delivery, logger } = options
  const inFlight = createInFlight()
  const socket = delivery.kind === 'socket' ? createSocket(options, delivery.appToken) : undefined
  const app = createBolt(options, socket ?? noReceiver, inFlight.track)
  return {
    async start() {
      if (delivery.kind === 'http') delivery.endpoint.connect(app)
      await socket?.start()
    },
    async stop() {
      await socket?.stop()
      if (!(await inFlight.idle(stopLimitMs)))
        logger.warn('stopped while something was still being done for somebody')
    },
  }
}

/** Our own HTTP endpoint hands deliveries to the app itself. */
const noReceiver: Receiver = { init: () => {}, start: async () => {}, stop: async () => {} }

function createSocket({ apiUrl, logger }: SlackAppOptions, appToken: string): SocketModeReceiver {
  return new SocketModeReceiver({
    appToken,
    logger: slackLogger(logger),
    installerOptions: { clientOptions: webClientOptions({ apiUrl, logger }, 10_000) },
    customPropertiesExtractor: ({ body }: { body: unknown }) => ({
      payload: isSafePayload(body) ? parsePayload(body) : null,
    }),
  })
}

/**
 * One middleware takes every payload to its listener. Bolt's own registrations run all that match, leave what nobody
 * matches unanswered, and read payloads that nobody has checked.
 */
function createBolt(
  options: SlackAppOptions,
  receiver: Receiver,
  track: (work: Promise<void>) => Promise<void>,
): App {
  const { botToken, identity, logger, apiUrl, clients } = options
  const { botId, botUserId } = identity
  const app = new App({
    receiver,
    // Known from the start, so Bolt asks Slack nothing by itself.
    authorize: async () => ({ botToken, botId, botUserId }),
    convoStore: false,
    logger: slackLogger(logger),
    clientOptions: webClientOptions({ apiUrl, logger }, 2_500),
  })
  const opener = createOpener({ client: clients.interactive, logger })
  const listeners = joinFeatures(allFeatures({ ...options, opener }))
  const dispatch = createDispatch({
    listeners,
    claim: (interactionKey) => claimInteraction(options.ports, { interactionKey }),
    identity,
    fetch: fetchOnlySlack(apiUrl),
    logger,
  })
  app.use(async (args) => {
    const { payload } = args.context as { payload?: Payload | null }
    const acknowledge: Acknowledge = 'ack' in args ? (args.ack as Acknowledge) : async () => {}
    if (!payload) return acknowledge()
    await track(dispatch(payload, args.body, timed(payload.kind, acknowledge, options.onAcknowledged)))
  })
  return app
}

function timed(
  kind: Payload['kind'],
  acknowledge: Acknowledge,
  onAcknowledged: SlackAppOptions['onAcknowledged'],
): Acknowledge {
  if (!onAcknowledged) return acknowledge
  const began = performance.now()
  return async (answer) => {
    await acknowledge(answer)
    onAcknowledged(kind, (performance.now() - began) / 1000)
  }
}
