import { explain as explainWith } from '../app/explain.ts'
import { ConfigError, readConfig } from '../config.ts'
import { createLogger } from '../logger.ts'
import { explanationText } from './explanation-text.ts'
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
  else for (const line of explanationText(explained)) print(line)
  process.exitCode = explained.outcome === 'permitted' ? 0 : 1
}

function instant(text: string): Date {
  const at = new Date(text)
  if (Number.isNaN(at.getTime())) throw new ConfigError('--at needs an instant such as 2026-11-22T18:00:00Z.')
  return at
}
