import type { Config } from '../config.ts'
import type { Catalog } from '../domain/catalog.ts'
import type { Messenger } from '../domain/messenger.ts'
import type { Logger } from '../logger.ts'
import { type Channels, createChannels } from '../slack/api/channels.ts'
import { createSlackClients, type SlackClients } from '../slack/api/clients.ts'
import { createMessenger } from '../slack/messages/messenger.ts'

/** The clients of Slack that every role uses. */
export interface Slack {
  readonly clients: SlackClients
  readonly channels: Channels
  readonly messenger: Messenger
}

/** Sends no request to Slack yet. */
export function openSlack({ slack }: Pick<Config, 'slack'>, catalog: () => Catalog, logger: Logger): Slack {
  const clients = createSlackClients({ botToken: slack.botToken, apiUrl: slack.apiUrl, logger })
  const channels = createChannels({ client: clients.background })
  const messenger = createMessenger({ client: clients.background, catalog, channels })
  return { clients, channels, messenger }
}
