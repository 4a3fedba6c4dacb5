import type { Directory } from '../domain/directory.ts'
import type { Clock } from '../domain/ports.ts'
import type { Logger } from '../logger.ts'
import type { SlackClients } from '../slack/api/clients.ts'
import { createDirectory } from '../slack/api/directory.ts'
import { identifySlackApp } from '../slack/api/identity.ts'

/** The people and user groups of the bot's workspace. Throws Slack's error when the token is not accepted. */
export async function openDirectory(
  { background: client }: Pick<SlackClients, 'background'>,
  clock: Clock,
  logger: Logger,
): Promise<{ directory: Directory; teamId: string }> {
  const { teamId } = await identifySlackApp(client)
  return { directory: createDirectory({ client, teamId, clock, logger }), teamId }
}
