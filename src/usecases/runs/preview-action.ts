import { differenceInSeconds } from 'date-fns/differenceInSeconds'
import { min } from 'date-fns/min'
import { z } from 'zod'
import { daypass } from '../../domain/audit-event.ts'
import { findEntitlement } from '../../domain/catalog.ts'
import type { RunOutput, RunPreview } from '../../domain/connector.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Preview } from '../../domain/run.ts'
import { redactOutput } from '../../domain/run-output.ts'
import { askOwners } from '../_shared/ask-owners.ts'
import { ofRequest } from '../_shared/audit-events.ts'
import { closeRequest } from '../_shared/close-request.ts'
import { type BatchContext, defineEffect } from '../_shared/define-effect.ts'
import { attemptAgainAt, done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { failureOf } from '../_shared/order-of.ts'
import { isUnreachable, targetGroup } from '../_shared/target-group.ts'
import { orderOfRun } from './_run/order-of-run.ts'

const data = z.object({ requestId: z.guid(), resourceId: z.string() })
declare module '../../domain/effect.ts' {
  interface Effects {
    preview_action: z.infer<typeof data>
  }
}

type PreviewPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'connectors'>

/**
 * Asks the target what an action would change, and then the owners. Where it cannot be run like this, the request is cancelled and the
 * requester reads why: nobody is asked to approve it.
 */
async function previewAction(
  ports: PreviewPorts,
  { requestId }: { requestId: string },
): Promise<EffectOutcome> {
  const { store, clock, connectors } = ports
  const history = await store.histories.byRequest(requestId)
  const order = history && orderOfRun(history)
  if (!history || !order) return done('there is no such request')
  const { request } = history
  if (request.status !== 'pending') return done(`it is ${request.status}`)
  try {
    const runs = connectors.of(order.resourceId).runs
    const preview = (await runs?.preview?.(order)) ?? null
    return done(await record(ports, requestId, preview))
  } catch (error) {
    const { failure, retryable } = failureOf(error, clock.now())
    const { code, message } = failure
    if (!retryable) return done(await record(ports, requestId, { kind: 'problem', code, message }))
    const waited = differenceInSeconds(failure.at, request.submittedAt)
    const next = attemptAgainAt(failure, 1 + Math.log2(1 + waited / 2), 30)
    const again = retry(min([next, request.expiresAt]), message)
    return isUnreachable(failure) ? { ...again, unreachable: failure } : again
  }
}

function record(
  { store, clock, catalog }: PreviewPorts,
  requestId: string,
  found: RunPreview | null,
): Promise<string> {
  return store.transaction(async (tx) => {
    const request = await tx.requests.lock(requestId)
    if (request?.status !== 'pending') return `it is ${request?.status ?? 'gone'}`
    const now = clock.now()
    const preview = found && toPreview({ catalog }, request, found, now)
    if (preview) {
      await tx.runs.addPreview(preview)
      const details = 'failure' in preview ? { code: preview.failure.code } : { rows: preview.rows }
      await tx.audit.append(ofRequest(request, 'action.previewed', daypass, now, { details }))
    }
    if (preview && 'failure' in preview) {
      await closeRequest(tx, request, 'cancelled', daypass, now)
      return 'cannot be run'
    }
    await askOwners(tx, catalog, request)
    return 'the owners are asked'
  })
}

function toPreview(
  { catalog }: Pick<Ports, 'catalog'>,
  { id: requestId, asksFor }: { id: string; asksFor: { resourceId: string; entitlementId: string } },
  found: RunPreview,
  at: Date,
): Preview {
  if (found.kind === 'problem')
    return { requestId, at, failure: { code: found.code, message: found.message } }
  const action = findEntitlement(catalog, asksFor.resourceId, asksFor.entitlementId)?.entitlement.action
  const clean = (output: RunOutput | null) => output && (action ? redactOutput(output, action.redact) : null)
  return { requestId, at, rows: found.rows, before: clean(found.before), after: clean(found.after) }
}

export const previewActionEffect = defineEffect({
  kind: 'preview_action',
  data,
  queue: 'activate',
  longestBackoffSeconds: 60,
  run: (ports: PreviewPorts, orders, context: BatchContext) => {
    const group = targetGroup(context)
    return orders.map((order) => group.run(() => previewAction(ports, order)))
  },
})
