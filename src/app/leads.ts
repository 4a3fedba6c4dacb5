import type { Config } from '../config.ts'
import type { Ports } from '../domain/ports.ts'
import type { Logger } from '../logger.ts'
import { openData, prepareDatabase } from './data.ts'
import { openDirectory } from './directory.ts'
import { readRules } from './rules.ts'
import { openSlack } from './slack.ts'

/** What a command needs that acts for a security lead. Slack says who that is. */
export interface OpenForLeads {
  readonly ports: Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>
  readonly teamId: string
  close(): Promise<void>
}

/** Opens database, rules and Slack. Effects are performed by a worker. */
export async function openForLeads(config: Config, log: Logger): Promise<OpenForLeads> {
  const { catalog, policies: policy } = readRules(config)
  const { store, clock, close } = await openData(await prepareDatabase(config), () => {})
  try {
    const { clients } = openSlack(config, () => catalog, log)
    const { directory, teamId } = await openDirectory(clients, clock, log)
    return { ports: { store, clock, catalog, policy, directory }, teamId, close }
  } catch (error) {
    await close()
    throw error
  }
}
