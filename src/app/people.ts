import { checkCatalog } from '../catalog-file/read-catalog.ts'
import type { Config } from '../config.ts'
import type { SlackAccount } from '../domain/account.ts'
import type { Directory } from '../domain/directory.ts'
import type { Ports } from '../domain/ports.ts'
import { StartupRefused } from '../domain/startup-refused.ts'
import type { Logger } from '../logger.ts'
import { createSlackClients } from '../slack/api/clients.ts'
import { identifySlackApp } from '../slack/api/identity.ts'
import { listMembers } from '../slack/api/members.ts'
import { explainSlackError } from '../slack/api/slack-error.ts'
import { openData, prepareDatabase } from './data.ts'
import { openDirectory } from './directory.ts'
import { catalogOptions } from './rules.ts'

/** The parts of the commands about people. */
export interface People {
  readonly ports: Pick<Ports, 'store' | 'clock' | 'catalog'>
  /** Every account of the workspace, from Slack. */
  members(): Promise<SlackAccount[]>
  directory(): Promise<Directory>
  close(): Promise<void>
}

/** Throws `StartupRefused` and `FileProblemsError`. Without `slack` in the configuration, `members` and `directory` reject. */
export async function openPeople(
  config: Omit<Config, 'slack'> & Partial<Config>,
  log: Logger,
): Promise<People> {
  const { catalog } = checkCatalog(config.catalogPath, catalogOptions())
  if (!catalog) throw new Error('The catalog cannot be read')
  const data = await openData(await prepareDatabase(config), () => {})
  const { store, clock } = data
  return {
    ports: { store, clock, catalog },
    members: async () => {
      if (!config.slack) throw new Error('SLACK_BOT_TOKEN is not set')
      const { background } = createSlackClients({ ...config.slack, logger: log })
      try {
        const { teamId } = await identifySlackApp(background)
        return await listMembers(background, teamId, clock)
      } catch (error) {
        throw slackRefused('Slack does not list its members', error)
      }
    },
    directory: async () => {
      if (!config.slack) throw new Error('SLACK_BOT_TOKEN is not set')
      const clients = createSlackClients({ ...config.slack, logger: log })
      try {
        return (await openDirectory(clients, clock, log)).directory
      } catch (error) {
        throw slackRefused('Slack does not say who the bot is', error)
      }
    },
    close: data.close,
  }
}

function slackRefused(what: string, error: unknown): StartupRefused {
  const { message } = explainSlackError(error)
  return new StartupRefused(`${what}: ${message}`, '`daypass doctor` looks at the token and its scopes.')
}
