import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { type Explanation, explainRequest, type ToExplain } from '../usecases/requests/explain-request.ts'
import { openData, prepareDatabase } from './data.ts'
import { openDirectory } from './directory.ts'
import { readRules } from './rules.ts'
import { openSlack } from './slack.ts'

export interface ExplainOptions extends Omit<ToExplain, 'asker' | 'mostPeople'> {
  readonly userId: string
  /** Null: now. */
  readonly at: Date | null
}

/** Explains a request with the files, the database and the people as they are now. */
export async function explain(
  config: Config,
  { userId, at, ...ask }: ExplainOptions,
  log: Logger,
): Promise<Explanation> {
  const { catalog, policies: policy } = readRules(config)
  const data = await openData(await prepareDatabase(config), () => {})
  try {
    const { clients } = openSlack(config, () => catalog, log)
    const clock = at ? { now: () => at } : data.clock
    const { directory, teamId } = await openDirectory(clients, data.clock, log)
    const ports = { store: data.store, clock, catalog, policy, directory }
    return await explainRequest(ports, { ...ask, asker: { teamId, userId }, mostPeople: 500 })
  } finally {
    await data.close()
  }
}
