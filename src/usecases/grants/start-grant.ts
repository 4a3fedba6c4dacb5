import { addSeconds } from 'date-fns/addSeconds'
import { z } from 'zod'
import { approvalState } from '../../domain/approval-state.ts'
import { daypass } from '../../domain/audit-event.ts'
import { type Entitlement, findEntitlement } from '../../domain/catalog.ts'
import { DirectoryUnavailable } from '../../domain/directory.ts'
import { accessEndsAt } from '../../domain/engagement.ts'
import { type Failure, plannedEnd, type ScheduledGrant } from '../../domain/grant.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { isAsShown } from '../_shared/as-shown.ts'
import { ofGrant } from '../_shared/audit-events.ts'
import { circumstancesOf } from '../_shared/circumstances.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'
import { orderGrantMessages } from '../_shared/order-messages.ts'
import {
  accountKeyOf,
  entitlementFacts,
  freshAtClick,
  type Identified,
  identify,
  resourceFacts,
} from '../_shared/person.ts'
import { endOfPreApproval } from '../_shared/pre-approvals.ts'
import { judgeWithProof } from '../_shared/proofs.ts'
import { plannedTimeOver } from './_activation/planned-time.ts'

const data = z.object({ grantId: z.guid(), resourceId: z.string() })
declare module '../../domain/effect.ts' {
  interface Effects {
    start_grant: z.infer<typeof data>
  }
}

type StartPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** While Slack does not say who the requester is, nothing starts. */
const askAgainSeconds = 15

/** Why it does not start: for the owners, and the result of the policies where they refused. */
type Refusal = Omit<Failure, 'at'> & { readonly policy?: PolicyResult }

/**
 * Starts a lease at its planned time. It is judged again by the present people, catalog and policies: approved is not enough,
 * because days may have passed.
 */
export async function startGrant(
  ports: StartPorts,
  { grantId }: { grantId: string },
): Promise<EffectOutcome> {
  const { store, clock } = ports
  const history = await store.histories.byGrant(grantId)
  if (!history?.grant) return done('there is no such grant')
  const { grant } = history
  if (grant.status !== 'scheduled') return done(`already ${grant.status}`)
  if (clock.now() < grant.startsAt) return retry(grant.startsAt, 'its time has not come')
  const refusal = await refusalOf(ports, grant, history).catch((error: unknown) => {
    if (error instanceof DirectoryUnavailable) return error
    throw error
  })
  if (refusal instanceof DirectoryUnavailable)
    return retry(addSeconds(clock.now(), askAgainSeconds), refusal.message)
  return store.transaction(async (tx) => {
    const locked = await tx.grants.lock(grantId)
    if (locked?.status !== 'scheduled') return done('moved on')
    const now = clock.now()
    if (refusal) {
      const { policy = null, ...why } = refusal
      await tx.grants.save({
        ...locked,
        status: 'activation_failed',
        failure: { ...why, at: now },
        endedAt: now,
      })
      const details = { code: why.code, message: why.message }
      await tx.audit.append(ofGrant(locked, 'grant.activation_failed', daypass, now, { policy, details }))
      await orderGrantMessages(tx, locked, [...shown, ...failed], now)
      return done(`does not start: ${why.message}`)
    }
    await tx.grants.save({ ...locked, status: 'activating', attempts: 0, awaitedAt: now })
    await tx.audit.append(ofGrant(locked, 'grant.activating', daypass, now))
    const { resourceId } = locked
    await tx.outbox.add({ kind: 'activate_grant', grantId, resourceId }, now)
    await orderGrantMessages(tx, locked, shown, now)
    return done('started')
  })
}

const shown = ['card', 'requester:submitted', 'requester:scheduled'] as const
const failed = ['requester:activation_failed', 'thread:activation_failed'] as const

/** Null: it may start. Throws `DirectoryUnavailable`. */
async function refusalOf(
  ports: StartPorts,
  grant: ScheduledGrant,
  history: RequestHistory,
): Promise<Refusal | null> {
  const { catalog, clock } = ports
  const { request, decisions } = history
  const now = clock.now()
  // Without an answer of Slack it does not wait for ever.
  if (plannedEnd(grant.startsAt, grant.durationSeconds) <= now) return plannedTimeOver
  const asker = await identify(ports, accountKeyOf(history.requester), [], freshAtClick)
  const limit = accessEndsAt(asker.account.guestExpiresAt, asker.engagement)
  if (limit && limit <= now) return plannedTimeOver
  const offer = findEntitlement(catalog, grant.resourceId, grant.entitlementId)
  if (!offer || !isAsShown(request, offer, grant.durationSeconds)) return changed
  const subject = {
    principal: asker.facts,
    now,
    resource: resourceFacts(offer.resource),
    entitlement: entitlementFacts(offer.entitlement),
    durationSeconds: grant.durationSeconds,
    ticket: request.ticket,
    circumstances: await circumstancesOf(ports, asker, grant.resourceId, {
      submittedAt: request.submittedAt,
    }),
  }
  // Whoever asked proved who they are where a policy wanted it. Nobody clicks at the start.
  const judge = (action: 'request' | 'selfServe') =>
    judgeWithProof(ports, undefined, { ...subject, action }).policy
  const asking = judge('request')
  if (!asking.allowed) return refusedBy(asking)
  switch (request.how) {
    case 'self_serve': {
      const byRule = judge('selfServe')
      return byRule.allowed ? null : refusedBy(byRule)
    }
    case 'pre_approval':
      return isStillPreApproved(history, asker, offer.entitlement, now) ? null : withdrawn
    case 'break_glass':
    case 'approval':
      return approvalState(request, asker.facts.kind, offer.entitlement, decisions).open === null
        ? null
        : moreApprovals
  }
}

/** Whether nobody withdrew it, and its time is not over. */
function isStillPreApproved(
  { request, usedPreApproval }: RequestHistory,
  { engagement, facts }: Identified,
  entitlement: Entitlement,
  now: Date,
): boolean {
  if (!usedPreApproval) return false
  const present = { entitlement, engagement, kind: facts.kind }
  return endOfPreApproval({ ...usedPreApproval, terms: request.terms }, present, now) === null
}

function refusedBy(policy: PolicyResult): Refusal {
  return {
    code: 'not_permitted',
    message: `At its start it was no longer permitted. ${policy.sentence}`,
    policy,
  }
}

const changed: Refusal = {
  code: 'not_in_catalog',
  message: 'The catalog no longer offers this as it was approved: ask for it again.',
}
const withdrawn: Refusal = {
  code: 'not_approved',
  message: 'The pre-approval that it was taken by is no longer good: ask for it again.',
}
const moreApprovals: Refusal = {
  code: 'not_approved',
  message: 'The catalog asks for more approvals now than were given: ask for it again.',
}

export const startGrantEffect = defineEffect({
  kind: 'start_grant',
  data,
  queue: 'activate',
  longestBackoffSeconds: 60,
  run: each(startGrant),
})
