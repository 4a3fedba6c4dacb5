import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { type AskErasureAnswer, askErasure } from '../usecases/privacy/ask-erasure.ts'
import { openData, prepareDatabase } from './data.ts'
import { openDirectory } from './directory.ts'
import { readRules } from './rules.ts'
import { openSlack } from './slack.ts'

/** Asks to erase free texts, for a security lead. A worker tells the others in Slack. */
export async function askErasureFor(
  config: Config,
  { by, about }: { by: string; about: string },
  log: Logger,
): Promise<AskErasureAnswer> {
  const { catalog, policies: policy } = readRules(config)
  const data = await openData(await prepareDatabase(config), () => {})
  try {
    const { clients } = openSlack(config, () => catalog, log)
    const { directory, teamId } = await openDirectory(clients, data.clock, log)
    const ports = { store: data.store, clock: data.clock, catalog, policy, directory }
    return await askErasure(ports, { by: { teamId, userId: by }, about })
  } finally {
    await data.close()
  }
}
