import { openComparing } from '../app/reconcile.ts'
import { readConfig } from '../config.ts'
import { ConnectorError } from '../domain/connector.ts'
import { createLogger } from '../logger.ts'
import type { Reconciliation } from '../usecases/drift/reconcile-resource.ts'
import { print } from './print.ts'

/** `daypass reconcile`: compares each target with the live grants now. A worker performs what the differences order. */
export async function reconcile(): Promise<void> {
  const comparing = await openComparing(readConfig(), createLogger('silent'))
  try {
    for (const { id } of comparing.catalog.resources.values()) {
      try {
        for (const line of linesOf(id, await comparing.compare(id))) print(line)
      } catch (error) {
        if (!(error instanceof ConnectorError)) throw error
        print(error.message.startsWith(`${id}:`) ? error.message : `${id}: ${error.message}`)
        process.exitCode = 1
      }
    }
  } finally {
    await comparing.close()
  }
}

function linesOf(id: string, result: Reconciliation): string[] {
  if (result.kind === 'cannot_list')
    return [`${id}: cannot list what Daypass made there, so nothing was compared.`]
  const { held, drifts } = result
  const all = `${id}: ${held} ${held === 1 ? 'lease' : 'leases'} at the target`
  if (drifts.length === 0) return [`${all}, as the grants say.`]
  return [
    `${all}, and ${drifts.length} ${drifts.length === 1 ? 'difference' : 'differences'}. Security is told; a worker does what the catalog says.`,
    ...drifts.map(({ found, detail }) =>
      found === 'unaccounted' ? `  no grant accounts for ${detail}` : `  missing at the target: ${detail}`,
    ),
  ]
}
