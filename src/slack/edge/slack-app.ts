import { App, type Receiver, SocketModeReceiver } from '@slack/bolt'
import type { Logger } from 'pino'
import type { Ports } from '../../domain/ports.ts'
import { rememberLast } from '../../remember-last.ts'
import { claimInteraction } from '../../usecases/claim-interaction.ts'
import type { Outcome, Told } from '../../usecases/step-up/words.ts'
import type { Channels } from '../api/channels.ts'
import { fetchOnlySlack, type SlackClients, slackLogger, webClientOptions } from '../api/clients.ts'
import type { SlackDirectory } from '../api/directory.ts'
import { createFiles, type Files } from '../api/files.ts'
import type { SlackIdentity } from '../api/identity.ts'
import { createOpener, type Opener } from '../api/open-view.ts'
import { createTellPerson } from '../api/tell-person.ts'
import { allFeatures } from '../features/all.ts'
import { tellWindow } from '../features/step-up/tell-window.ts'
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
  /** HTTP: an endpoint of the HTTP server takes signed deliveries. Socket: this process opens a connection to Slack. */
  readonly delivery:
    | { readonly kind: 'http'; readonly endpoint: SlackEndpoint }
    | { readonly kind: 'socket'; readonly appToken: string }
  readonly identity: SlackIdentity
  readonly clients: SlackClients
  /** Another object after catalog or policies were reloaded. Asked once for each payload. */
  readonly ports: () => Ports
  readonly directory: SlackDirectory
  readonly channels: Channels
  readonly logger: Logger
  /** Called after an acknowledgement, with the seconds since the arrival. */
  readonly onAcknowledged?: (kind: Payload['kind'], seconds: number) => void
}

export interface SlackEdge {
  /** Takes deliveries from the endpoint, or connects in Socket Mode. */
  start(): Promise<void>
  /** Closes the socket, then waits for unfinished work, at most ten seconds. */
  stop(): Promise<void>
  /** Tells the window that waits for a proof what became of it. */
  tellWindow(viewId: string, told: Told, outcome: Outcome | null): Promise<void>
}

const stopLimitMs = 10_000

/** Connects Slack to the features: every command, interaction and event arrives here. */
export function createSlackApp(options: SlackAppOptions): SlackEdge {
  const { delivery, logger, clients } = options
  const opener = createOpener({ client: clients.interactive, logger })
  const inFlight = createInFlight()
  const socket = delivery.kind === 'socket' ? createSocket(options, delivery.appToken) : undefined
  const files = createFiles({ client: clients.background, fetch: fetchOnlySlack(options.apiUrl) })
  const app = createBolt({ ...options, opener, files }, socket ?? noReceiver, inFlight.track)
  return {
    async start() {
      if (delivery.kind === 'http') delivery.endpoint.connect(app)
      await socket?.start()
    },
    async stop() {
      await socket?.stop()
      if (!(await inFlight.idle(stopLimitMs)))
        logger.warn('stopped with unfinished work for Slack interactions')
    },
    tellWindow: (...about) => tellWindow(opener, ...about),
  }
}

/** Bolt needs a receiver, but our HTTP endpoint hands deliveries to the app. */
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
 * One middleware hands every payload to its listener. Bolt's own registration runs every match, does not answer a payload
 * without a match, and reads unchecked payloads.
 */
function createBolt(
  options: SlackAppOptions & { readonly opener: Opener; readonly files: Files },
  receiver: Receiver,
  track: (work: Promise<void>) => Promise<void>,
): App {
  const { botToken, identity, logger, apiUrl, clients } = options
  const { botId, botUserId } = identity
  const app = new App({
    receiver,
    // The identity is known, so Bolt makes no calls of its own.
    authorize: async () => ({ botToken, botId, botUserId }),
    convoStore: false,
    logger: slackLogger(logger),
    clientOptions: webClientOptions({ apiUrl, logger }, 2_500),
  })
  const featuresOf = rememberLast((ports: Ports) => joinFeatures(allFeatures({ ...options, ports })))
  const dispatch = createDispatch({
    listeners: () => featuresOf(options.ports()),
    claim: (interactionKey) => claimInteraction(options.ports(), { interactionKey }),
    identity,
    fetch: fetchOnlySlack(apiUrl),
    openWindow: createTellPerson({ client: clients.interactive, logger }),
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
