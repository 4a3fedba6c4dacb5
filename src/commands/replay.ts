import { type Replay, replay as replayWith } from '../app/replay.ts'
import { ConfigError, readFiles } from '../config.ts'
import { describeDurationProblem, parseDuration } from '../domain/duration.ts'
import { shortHash } from '../domain/rules-version.ts'
import type { Replayed } from '../usecases/rules/replay.ts'
import { print } from './print.ts'

export interface ReplayArguments {
  readonly since: string
  readonly policies?: string
  readonly catalog?: string
  readonly json?: boolean
}

/** `daypass replay`: what other rules would have decided otherwise. The exit code is 1 where there is something. */
export async function replay({ since, policies, catalog, json = false }: ReplayArguments): Promise<void> {
  const duration = parseDuration(since)
  if (!duration.ok) throw new ConfigError(`--since: ${describeDurationProblem(duration.problem, since)}`)
  const config = readFiles()
  const files = {
    catalogPath: catalog ?? config.catalogPath,
    policiesPath: policies ?? config.policiesPath,
  }
  const result = await replayWith(config, files, duration.seconds)
  if (json) print(JSON.stringify(result, null, 2))
  else tell(result)
  process.exitCode = result.changed.length > 0 ? 1 : 0
}

function tell({ since, judged, changed, unknown, rules }: Replay): void {
  for (const line of table(changed)) print(line)
  if (changed.length > 0) print('')
  print(
    `${judged} results since ${since.toISOString()}, judged by catalog ${shortHash(rules.catalog)} and policies ${shortHash(rules.policies)}:`,
  )
  print(`${changed.length} would have been otherwise.`)
  if (unknown.length === 0) return
  const reasons = new Map<string, number>()
  for (const { why } of unknown) reasons.set(why, (reasons.get(why) ?? 0) + 1)
  print(`${unknown.length} cannot be told:`)
  for (const [why, count] of reasons) print(`  ${count}: ${why}`)
}

function table(changed: readonly Replayed[]): string[] {
  if (changed.length === 0) return []
  const rows = changed.map(
    ({ at, reference, userId, action, resourceId, entitlementId, was, now, ...rest }) => [
      at.toISOString().slice(0, 16),
      reference ?? '-',
      userId ?? '-',
      action,
      `${resourceId}/${entitlementId}`,
      `${was} -> ${now}`,
      rest.decidedBy.join(', ') || rest.why,
    ],
  )
  const head = ['when', 'request', 'who', 'action', 'what', 'result', 'because of']
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)))
  return [head, ...rows].map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
