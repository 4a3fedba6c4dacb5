import { subSeconds } from 'date-fns/subSeconds'
import type { Config } from '../config.ts'
import type { Catalog } from '../domain/catalog.ts'
import { findInsights } from '../domain/insight/find-insights.ts'
import type { Insight } from '../domain/insight/insight.ts'
import { openData, prepareDatabase } from './data.ts'
import { readRules } from './rules.ts'

/** What could be changed, by the last `seconds`. Throws `FileProblemsError` and `StartupRefused`. */
export async function readInsights(
  config: Pick<Config, 'database' | 'catalogPath' | 'policiesPath'>,
  seconds: number,
): Promise<{ readonly catalog: Catalog; readonly insights: readonly Insight[] }> {
  const { catalog } = readRules(config)
  const { store, clock, close } = await openData(await prepareDatabase(config), () => {})
  try {
    const facts = await store.insightFacts(subSeconds(clock.now(), seconds))
    return { catalog, insights: findInsights(catalog, facts, seconds) }
  } finally {
    await close()
  }
}
