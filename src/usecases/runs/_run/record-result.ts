import { addSeconds } from 'date-fns/addSeconds'
import { type AuditAction, daypass, type Json } from '../../../domain/audit-event.ts'
import { findEntitlement } from '../../../domain/catalog.ts'
import type { RunOutput, RunResult } from '../../../domain/connector.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { AccessRequest } from '../../../domain/request.ts'
import type { DoneRun, UndoneRun } from '../../../domain/run.ts'
import { outputFacts, redactOutput } from '../../../domain/run-output.ts'
import type { Transaction } from '../../../domain/transaction.ts'
import { ofRequest } from '../../_shared/audit-events.ts'
import { orderRunMessages } from '../../_shared/order-run-messages.ts'

type RecordPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'vault'>

/**
 * Records what became of a run, once: the first answer that is certain counts. Resolves with the status that it has then.
 */
export async function recordResult(
  ports: RecordPorts,
  runId: string,
  result: Exclude<RunResult, { kind: 'under_way' }>,
): Promise<string> {
  const { store, clock } = ports
  return store.transaction(async (tx) => {
    const run = await tx.runs.lock(runId)
    const request = run && (await tx.requests.lock(runId))
    if (!run || !request) return 'gone'
    if (run.status !== 'running' && run.status !== 'outcome_unknown') return run.status
    if (run.status === 'outcome_unknown' && result.kind === 'unknown') return run.status
    const now = clock.now()
    const { id, approvedAt, lapsesAt, mark } = run
    const startedAt = run.startedAt ?? approvedAt
    const base = { id, approvedAt, lapsesAt, startedAt, endedAt: now }
    if (result.kind === 'done') {
      const { summary, rows } = result
      const kept = result.output && keep(ports, request, result.output, now)
      const done: DoneRun = {
        ...base,
        status: 'done',
        summary,
        rows,
        output: kept?.facts ?? null,
        wentWrong: result.wentWrong === true,
      }
      await tx.runs.save(done)
      if (kept?.sealed) {
        await tx.runs.keepOutput(id, kept.sealed)
        await tx.outbox.add({ kind: 'forget_output', runId: id }, kept.facts.keptUntil ?? now)
      }
      await record(tx, request, 'run.finished', now, doneDetails(done))
      return 'done'
    }
    const { code, message } = result
    const isCancelled = result.kind === 'undone' && code === 'cancelled' && run.status === 'running'
    const status = result.kind === 'unknown' ? 'outcome_unknown' : isCancelled ? 'cancelled' : 'failed'
    const undone: UndoneRun = { ...base, status, mark, failure: { code, message } }
    await tx.runs.save(undone)
    await record(tx, request, `run.${status}`, now, { code })
    return status
  })
}

/** The message may repeat what a person typed, so the log has the code alone. */
async function record(
  tx: Transaction,
  request: AccessRequest,
  action: AuditAction,
  now: Date,
  details: Readonly<Record<string, Json>>,
): Promise<void> {
  await tx.audit.append(ofRequest(request, action, daypass, now, { details }))
  await orderRunMessages(tx, request.id, now)
}

function doneDetails({ rows, output, wentWrong }: DoneRun): Record<string, Json> {
  return {
    rows,
    ...(wentWrong && { went_wrong: true }),
    ...(output && {
      output_sha256: output.sha256,
      output_bytes: output.bytes,
      output_is_cut: output.isCut,
      output_kept_until: output.keptUntil?.toISOString() ?? null,
    }),
  }
}

/** Takes out what must not leave, before anything is hashed or kept. */
function keep({ catalog, vault }: RecordPorts, request: AccessRequest, output: RunOutput, now: Date) {
  const { resourceId, entitlementId } = request.asksFor
  const action = findEntitlement(catalog, resourceId, entitlementId)?.entitlement.action
  // The action left the catalog meanwhile, so nobody says any more what must not leave.
  if (!action) return null
  const clean = redactOutput(output, action.redact)
  const { keepOutputSeconds } = action
  const keptUntil = keepOutputSeconds === null ? null : addSeconds(now, keepOutputSeconds)
  const sealed = keptUntil && vault.seal(JSON.stringify(clean), `run ${request.id}`)
  return { facts: { ...outputFacts(clean), keptUntil }, sealed }
}
