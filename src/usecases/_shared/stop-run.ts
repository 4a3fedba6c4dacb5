import { type Actor, daypass } from '../../domain/audit-event.ts'
import type { RunFailure } from '../../domain/run.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofRequest } from './audit-events.ts'
import { orderRunMessages } from './order-run-messages.ts'

/**
 * Stops a run that is not over. `cancelled`: it had not begun, and never will. `asked`: it is under way, and the process that executes
 * it stops it if it still can.
 */
export async function stopRun(
  tx: Transaction,
  runId: string,
  why: RunFailure,
  now: Date,
  actor: Actor = daypass,
): Promise<'cancelled' | 'asked' | 'over' | 'unknown'> {
  const run = await tx.runs.lock(runId)
  const request = run && (await tx.requests.lock(runId))
  if (!run || !request) return 'unknown'
  if (run.status === 'running') {
    if (!run.cancelAskedAt) await tx.runs.askCancel(runId, now)
    return 'asked'
  }
  if (run.status !== 'waiting') return 'over'
  const { id, approvedAt, lapsesAt } = run
  const base = { id, approvedAt, lapsesAt, startedAt: null, mark: null }
  await tx.runs.save({ ...base, status: 'cancelled', endedAt: now, failure: why })
  await tx.audit.append(ofRequest(request, 'run.cancelled', actor, now, { details: { code: why.code } }))
  await orderRunMessages(tx, id, now)
  return 'cancelled'
}
