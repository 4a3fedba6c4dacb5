import type { Config } from '../config.ts'
import type { Ports } from '../domain/ports.ts'
import { openData, prepareDatabase } from './data.ts'
import { readRules } from './rules.ts'

/** What commands about access reviews need. */
export type OpenReviews = Pick<Ports, 'store' | 'clock' | 'catalog'> & { close(): Promise<void> }

/** Opens the database and reads the rules. Effects are performed by a worker. */
export async function openReviews(config: Config): Promise<OpenReviews> {
  const { catalog } = readRules(config)
  const { store, clock, close } = await openData(await prepareDatabase(config), () => {})
  return { store, clock, catalog, close }
}
