import { addSeconds } from 'date-fns/addSeconds'
import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import { findEntitlement } from '../../../domain/catalog.ts'
import type { Facts } from '../../../domain/connector.ts'
import type { Ports } from '../../../domain/ports.ts'
import { redactOutput } from '../../../domain/run-output.ts'
import { orderRequestMessages } from '../../_shared/order-messages.ts'

const longestProgress = 200

/**
 * Records how far a run is that the target took over, and tells its requester where that changed. Resolves with the time of the next
 * question: Slack takes no more than one edit of a message in some seconds, and long runs need fewer.
 */
export function recordGoingOn(
  { store, clock, catalog }: Pick<Ports, 'store' | 'clock' | 'catalog'>,
  runId: string,
  { progress, found = {} }: { readonly progress?: string; readonly found?: Facts },
): Promise<Date> {
  return store.transaction(async (tx) => {
    const run = await tx.runs.lock(runId)
    const request = run && (await tx.requests.lock(runId))
    const now = clock.now()
    if (run?.status !== 'running' || !request) return nextLook(now, now)
    const { resourceId, entitlementId } = request.asksFor
    const action = findEntitlement(catalog, resourceId, entitlementId)?.entitlement.action
    // Without the action nobody says what must not leave.
    const clean = action && progress !== undefined ? cleaned(progress, action.redact) : null
    await tx.runs.goOn(runId, now, { progress: clean, found })
    if (clean !== run.progress) await orderRequestMessages(tx, runId, ['requester:submitted'], now)
    return nextLook(run.startedAt, now)
  })
}

function cleaned(progress: string, redact: Parameters<typeof redactOutput>[1]): string {
  const output = redactOutput({ kind: 'text', text: progress, isCut: false }, redact)
  return output.kind === 'text' ? [...output.text].slice(0, longestProgress).join('') : ''
}

function nextLook(startedAt: Date, now: Date): Date {
  const elapsed = differenceInSeconds(now, startedAt)
  return addSeconds(now, elapsed < 60 ? 5 : elapsed < 600 ? 10 : 30)
}
