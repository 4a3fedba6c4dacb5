import type { Ports } from '../domain/ports.ts'
import { operatingRoutes, type Phase } from '../http/operating-routes.ts'
import { createHttpServer, type HttpServer } from '../http/server.ts'
import { type StepUpRoutePorts, stepUpRoutes } from '../http/step-up/routes.ts'
import { trackerHooks } from '../http/tracker-hooks.ts'
import type { Jobs } from '../jobs/start-jobs.ts'
import { rememberLast } from '../remember-last.ts'
import { createDirectory } from '../slack/api/directory.ts'
import type { SlackIdentity } from '../slack/api/identity.ts'
import { createSlackEndpoint } from '../slack/edge/http-endpoint.ts'
import { createSlackApp, type SlackAppOptions, type SlackEdge } from '../slack/edge/slack-app.ts'
import type { Base } from './base.ts'

type SlackDelivery = SlackAppOptions['delivery']

/** The way of Slack's deliveries: an endpoint of our HTTP server, or a socket that we open. */
export function slackDelivery({ config, log, metrics }: Base): SlackDelivery {
  const { delivery } = config.slack
  if (delivery.kind === 'socket') return delivery
  const { signingSecret } = delivery
  const onRefused = metrics.refusedDelivery
  return { kind: 'http', endpoint: createSlackEndpoint({ signingSecret, logger: log, onRefused }) }
}

/** Answers operators and the webhooks of trackers, and Slack where `delivery` is given. */
export function httpServer(
  { config, data, slack, metrics, rules, ports: base, log }: Base,
  {
    jobs,
    phase,
    delivery,
    slackApp,
  }: {
    jobs: Jobs
    phase: () => Phase
    delivery: SlackDelivery | null
    /** Null: Slack has not identified the bot yet, or this process does not answer Slack. */
    slackApp: () => StartedSlackApp | null
  },
): HttpServer {
  const checks = {
    database: () => data.database.ping(),
    queue: async () => {
      if (!(await jobs.health()).ok) throw new Error('a delayed job was not done in time')
    },
    slack: () => slack.clients.background.auth.test(),
  }
  const operating = operatingRoutes({
    checks,
    phase,
    about: () => ({ rules: rules.refused() ? 'refused' : 'current' }),
    registry: metrics.registry,
    logger: log,
  })
  const deliveries = delivery?.kind === 'http' ? [delivery.endpoint.route] : []
  const hooks = trackerHooks({ ports: base, onDelivery: metrics.trackerDelivery })
  const stepUp = stepUpRoutes({
    ports: () => portsWithStepUp(slackApp()?.ports() ?? null),
    tellWindow: async (...about) => slackApp()?.tellWindow(...about),
    logger: log,
  })
  const routes = [...operating, ...hooks, ...deliveries, ...(delivery ? stepUp : [])]
  return createHttpServer({ ...config.http, routes, logger: log })
}

function portsWithStepUp(ports: Ports | null): StepUpRoutePorts | null {
  return ports?.stepUp ? { ...ports, stepUp: ports.stepUp } : null
}

/** The Slack app, with its ports as they are now. */
export type StartedSlackApp = SlackEdge & { readonly ports: () => Ports }

/** Answers people in Slack. Resolves when it listens. */
export async function startSlackApp(
  { config, log, ports, data, slack, metrics }: Base,
  delivery: SlackDelivery,
  identity: SlackIdentity,
): Promise<StartedSlackApp> {
  const { clients, channels } = slack
  const { interactive: client } = clients
  const directory = createDirectory({ client, teamId: identity.teamId, clock: data.clock, logger: log })
  const withDirectory = rememberLast((now: ReturnType<typeof ports>) => ({ ...now, directory }))
  const portsNow = () => withDirectory(ports())
  const app = createSlackApp({
    ...config.slack,
    delivery,
    identity,
    clients,
    channels,
    directory,
    logger: log,
    ports: portsNow,
    onAcknowledged: metrics.acknowledged,
  })
  await app.start()
  return { ...app, ports: portsNow }
}
