import { explain as explainWith } from '../app/explain.ts'
import { ConfigError, readConfig } from '../config.ts'
import { formatDuration } from '../domain/duration.ts'
import type { PolicyResult } from '../domain/policy.ts'
import { shortHash } from '../domain/rules-version.ts'
import { createLogger } from '../logger.ts'
import type { ExplainedStage, Explanation } from '../usecases/requests/explain-request.ts'
import { print } from './print.ts'

export interface ExplainArguments {
  readonly who: string
  readonly entitlement: string
  readonly for?: string
  readonly ticket?: string
  readonly at?: string
  readonly json?: boolean
}

/** `daypass explain`: what would become of a request. The exit code is 1 when it could not be submitted. */
export async function explain(given: ExplainArguments): Promise<void> {
  const [resourceId = '', entitlementId = '', ...rest] = given.entitlement.split('/')
  if (entitlementId === '' || rest.length > 0)
    throw new ConfigError('--entitlement needs a resource and an entitlement: orders-db/read-orders.')
  const explained = await explainWith(
    readConfig(),
    {
      userId: given.who,
      resourceId,
      entitlementId,
      duration: given.for ?? null,
      ticket: given.ticket ?? null,
      at: given.at === undefined ? null : instant(given.at),
    },
    createLogger('silent'),
  )
  if (given.json) print(JSON.stringify(explained, null, 2))
  else tell(explained)
  process.exitCode = explained.outcome === 'permitted' ? 0 : 1
}

function instant(text: string): Date {
  const at = new Date(text)
  if (Number.isNaN(at.getTime())) throw new ConfigError('--at needs an instant such as 2026-11-22T18:00:00Z.')
  return at
}

function tell(explained: Explanation): void {
  const { who, resourceId, entitlementId, durationSeconds, rules } = explained
  const long = durationSeconds === null ? '' : ` for ${formatDuration(durationSeconds)}`
  print(`${who.displayName} (${who.userId}) asks for ${resourceId}/${entitlementId}${long}`)
  print(`  ${headline(explained)}`)
  for (const { field, message } of explained.problems) print(`  ${field}: ${message}`)
  if (explained.request) tellRule('request', explained.request)
  if (explained.selfServe) tellRule('selfServe', explained.selfServe)
  for (const stage of explained.stages) tellStage(stage)
  print(`  Catalog ${shortHash(rules.catalog)}, policies ${shortHash(rules.policies)}.`)
}

function headline({ outcome, selfServe }: Explanation): string {
  switch (outcome) {
    case 'unknown':
      return 'Refused: nothing of that name is offered to this person.'
    case 'invalid':
      return 'Not submitted: the terms do not fit.'
    case 'refused':
      return 'Refused.'
    case 'permitted':
      return selfServe ? 'Permitted, and approved by a rule.' : 'Permitted. These people would decide:'
  }
}

function tellRule(action: string, { outcome, decidedBy, errors, sentence }: PolicyResult): void {
  const ids = decidedBy.map(({ id, effect }) => `${effect} ${id}`).join(', ')
  print(`  ${action}: ${outcome}${ids === '' ? '' : ` by ${ids}`}. ${sentence}`)
  for (const error of errors) print(`    ${error}`)
}

function tellStage({ name, needed, people, more }: ExplainedStage): void {
  print(`  ${name}: ${needed} of`)
  for (const { userId, displayName, may, sentence } of people)
    print(`    ${may ? '✔' : '✘'} ${displayName} (${userId})${may ? '' : `: ${sentence}`}`)
  if (people.length === 0) print('    nobody')
  if (more > 0) print(`    and ${more} more, who were not judged`)
}
