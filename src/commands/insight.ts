import { readInsights } from '../app/insight.ts'
import { ConfigError, readFiles } from '../config.ts'
import { describeDurationProblem, parseDuration } from '../domain/duration.ts'
import { type Insight, patchTitle } from '../domain/insight/insight.ts'
import { print } from './print.ts'

export interface InsightArguments {
  readonly since: string
  readonly resource?: string
  readonly json?: boolean
}

/** `daypass insight`: what the owners could change in the catalog or the policies, by what happened, each with the change to paste. */
export async function insight({ since, resource, json = false }: InsightArguments): Promise<void> {
  const duration = parseDuration(since)
  if (!duration.ok) throw new ConfigError(`--since: ${describeDurationProblem(duration.problem, since)}`)
  const { catalog, insights } = await readInsights(readFiles(), duration.seconds)
  if (resource !== undefined && !catalog.resources.has(resource))
    throw new ConfigError(`--resource: the catalog has no resource "${resource}".`)
  const wanted = insights.filter(({ resourceId }) => resource === undefined || resourceId === resource)
  if (json) return print(JSON.stringify(wanted, null, 2))
  if (wanted.length === 0) return print(`Nothing to change, by the last ${since}.`)
  for (const one of wanted) for (const line of linesOf(one)) print(line)
}

function linesOf({ resourceId, entitlementId, headline, patch, replay }: Insight): string[] {
  return [
    `${resourceId}/${entitlementId}: ${headline}.`,
    `  ${patchTitle(patch)}:`,
    ...patch.text.split('\n').map((line) => `    ${line}`),
    `  What it would have changed: ${replay}`,
    '',
  ]
}
