import type { Config } from '../config.ts'
import { openDatabase } from '../db/database.ts'
import { readPastResults } from '../db/past-results.ts'
import { type Replayed, replayResult } from '../usecases/rules/replay.ts'
import { prepareDatabase } from './data.ts'
import { type FilesConfig, readRules } from './rules.ts'

/** What other rules would have decided otherwise. */
export interface Replay {
  readonly since: Date
  readonly judged: number
  readonly changed: readonly Replayed[]
  /** Results that these rules cannot judge from the facts that were kept. */
  readonly unknown: readonly Replayed[]
  readonly rules: { readonly catalog: string; readonly policies: string }
}

/** Judges the results of the last `seconds` by these files. Changes nothing. Throws `FileProblemsError`. */
export async function replay(
  config: Pick<Config, 'database'>,
  files: FilesConfig,
  seconds: number,
): Promise<Replay> {
  const { catalog, policies: policy } = readRules(files)
  const prepared = await prepareDatabase(config)
  const database = openDatabase(prepared.url, { poolSize: 1, applicationName: 'daypass replay' })
  try {
    const [row] = await database.sql<
      { since: Date }[]
    >`select now() - make_interval(secs => ${seconds}) as since`
    const since = row?.since ?? new Date(0)
    const changed: Replayed[] = []
    const unknown: Replayed[] = []
    let judged = 0
    for await (const past of readPastResults(database, since)) {
      judged += 1
      const replayed = replayResult({ catalog, policy }, past)
      if (replayed.now === 'unknown') unknown.push(replayed)
      else if (replayed.now !== replayed.was) changed.push(replayed)
    }
    const rules = { catalog: catalog.contentHash, policies: policy.contentHash }
    return { since, judged, changed, unknown, rules }
  } finally {
    await database.close()
    await prepared.release()
  }
}
