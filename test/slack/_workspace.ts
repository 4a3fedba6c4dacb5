import { pino } from 'pino'
import { freePort } from '../../fixtures/free-port.ts'
import { startLocalSlack } from '../../fixtures/local-slack.ts'
import { slackApp } from '../../fixtures/slack-app.ts'
import type { UserSeed, WorkspaceSeed } from '../../sandbox/types.ts'
import type { Ports } from '../../src/domain/ports.ts'
import { createHttpServer } from '../../src/http/server.ts'
import { stepUpRoutes } from '../../src/http/step-up/routes.ts'
import { createChannels } from '../../src/slack/api/channels.ts'
import { createSlackClients } from '../../src/slack/api/clients.ts'
import { createDirectory } from '../../src/slack/api/directory.ts'
import { identifySlackApp } from '../../src/slack/api/identity.ts'
import { createSlackEndpoint } from '../../src/slack/edge/http-endpoint.ts'
import { createSlackApp, type SlackAppOptions, type SlackEdge } from '../../src/slack/edge/slack-app.ts'
import { createMessenger } from '../../src/slack/messages/messenger.ts'
import { createAuthenticator } from '../../src/step-up/authenticator.ts'
import { createSignIns } from '../../src/step-up/sign-in.ts'
import { openWorld, teamId } from '../_world.ts'

const person = (id: string, role: UserSeed['role'] = 'member'): UserSeed => ({
  id,
  name: id.slice(2).toLowerCase(),
  realName: id.slice(2).toLowerCase(),
  email: `${id.slice(2).toLowerCase()}@acme.test`,
  tz: 'Europe/Lisbon',
  role,
})

/** The people of the base world, as a Slack workspace. */
const seed: WorkspaceSeed = {
  team: { id: teamId, name: 'Acme', domain: 'acme' },
  users: [
    person('U0CARL', 'multi_channel_guest'),
    person('U0DANA'),
    person('U0ERIN'),
    person('U0FRED'),
    person('U0LEAD'),
    person('U0PAT'),
    person('U0GUEST', 'multi_channel_guest'),
    person('U0STRANGER', 'stranger'),
  ],
  channels: [
    {
      id: 'C0ORDERS',
      name: 'orders',
      members: ['U0CARL', 'U0DANA', 'U0ERIN', 'U0FRED', 'U0LEAD', 'U0GUEST', 'U0STRANGER', 'U0DAYPASS'],
    },
    { id: 'C0SECURITY', name: 'security', members: ['U0LEAD', 'U0DAYPASS'] },
    { id: 'C0PARTNER', name: 'partner', isExtShared: true, members: ['U0LEAD', 'U0STRANGER', 'U0DAYPASS'] },
    { id: 'C0HIDDEN', name: 'hidden', isPrivate: true, members: ['U0LEAD'] },
    { id: 'C0AUDIT', name: 'audit', members: ['U0LEAD', 'U0DAYPASS'] },
    { id: 'C0LOBBY', name: 'lobby', members: ['U0CARL', 'U0DANA', 'U0ERIN', 'U0LEAD', 'U0GUEST', 'U0PAT'] },
  ],
  usergroups: [
    { id: 'S0SECURITY', handle: 'security', name: 'Security', users: ['U0LEAD'] },
    { id: 'S0DBAS', handle: 'dbas', name: 'Databases', users: ['U0ERIN', 'U0FRED'] },
  ],
}

/**
 * The Slack edge in a local Slack, upon the base world: real use-cases, real policies, a real database; only the target is
 * pretended. Effects are done by `settle`, not by queues.
 */
export async function openWorkspace({
  mode = 'http' as 'http' | 'socket',
  moreScopes = [] as readonly string[],
  /** With the step-up page, at a domain name that this machine has: passkeys belong to one. */
  stepUp = false,
} = {}) {
  const world = await openWorld()
  const sandbox = await startLocalSlack({ delivery: mode, workspace: seed, moreScopes })
  const logger = pino({ level: 'silent' })
  const { clock } = world.ports
  // What is remembered of Slack ages as the test turns the clock.
  const monotonicMs = () => clock.now().getTime()
  const clients = createSlackClients({ botToken: slackApp.botToken, apiUrl: sandbox.apiUrl, logger })
  const identity = await identifySlackApp(clients.interactive)
  const directory = createDirectory({
    client: clients.interactive,
    teamId: identity.teamId,
    clock,
    logger,
    monotonicMs,
  })
  const channels = createChannels({ client: clients.background, monotonicMs })
  const messenger = createMessenger({
    client: clients.background,
    catalog: () => world.ports.catalog,
    channels,
  })
  const chosenPort = stepUp ? await freePort() : 0
  const origin = `http://localhost:${chosenPort}`
  const parts = { origin, authenticator: createAuthenticator(origin), signIn: createSignIns(origin) }
  Object.assign(world.ports, { directory, messenger, stepUp: stepUp ? parts : null })
  let ports = world.ports
  const refused: string[] = []
  const { signingSecret, appToken } = slackApp
  const endpoint = createSlackEndpoint({ signingSecret, logger, onRefused: (why) => refused.push(why) })
  const delivery: SlackAppOptions['delivery'] =
    mode === 'http' ? { kind: 'http', endpoint } : { kind: 'socket', appToken }
  const server = createHttpServer({
    host: '127.0.0.1',
    port: chosenPort,
    routes: [
      { path: '/healthz', method: 'GET', handler: () => ({ status: 200, body: 'alive' }) },
      ...(mode === 'http' ? [endpoint.route] : []),
      ...stepUpRoutes({
        ports: () => (stepUp ? { ...ports, stepUp: parts } : null),
        tellWindow: (...about) => edge.tellWindow(...about),
        logger,
      }),
    ],
    logger,
  })
  const edge: SlackEdge = createSlackApp({
    botToken: slackApp.botToken,
    apiUrl: sandbox.apiUrl,
    delivery,
    identity,
    clients,
    ports: () => ports,
    directory,
    channels,
    logger,
  })
  const port = await server.start()
  await edge.start()
  if (mode === 'http') sandbox.setRequestUrl(slackApp.appId, `http://127.0.0.1:${port}/slack/events`)
  let stopped: Promise<unknown> | undefined
  const stop = () => {
    stopped ??= Promise.all([server.stop(10_000), edge.stop()])
    return stopped
  }
  return {
    world,
    sandbox,
    client: sandbox.client,
    as: (userId: string) => sandbox.client.as(userId),
    /** Replaces the rules as a reload does: work that began before goes on with those before. */
    useRules(rules: Partial<Pick<Ports, 'catalog' | 'policy'>>) {
      ports = { ...ports, ...rules }
    },
    url: `http://127.0.0.1:${port}`,
    /** Of the step-up page. */
    origin,
    refused,
    /** Does all that is due, so that messages show the present state. */
    settle: () => world.processAll(),
    stop,
    async close() {
      await stop()
      await sandbox.close()
      await world.close()
    },
  }
}
export type Workspace = Awaited<ReturnType<typeof openWorkspace>>
