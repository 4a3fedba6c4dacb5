import type { EffectKind, Effects, QueueName, StoredEffect } from '../domain/effect.ts'
import type { Ports } from '../domain/ports.ts'
import type { BatchContext, EffectDefinition } from './_shared/define-effect.ts'
import type { EffectOutcome } from './_shared/effect-outcome.ts'
import { closeActivityEffect } from './activity/close-activity.ts'
import { settleDriftEffect } from './drift/settle-drift.ts'
import { endFreezeEffect } from './freezes/end-freeze.ts'
import { tellFreezeEffect } from './freezes/tell-freeze.ts'
import { activateGrantEffect } from './grants/activate-grant.ts'
import { extendGrantEffect } from './grants/extend-grant.ts'
import { notifyExpiryEffect } from './grants/notify-expiry.ts'
import { revokeGrantEffect } from './grants/revoke-grant.ts'
import { startGrantEffect } from './grants/start-grant.ts'
import { watchIdleEffect } from './grants/watch-idle.ts'
import { tellHoldEffect } from './holds/tell-hold.ts'
import { postInsightEffect } from './insight/post-insight.ts'
import { deliverEngagementMessageEffect } from './messages/deliver-engagement-message.ts'
import { deliverMessageEffect } from './messages/deliver-message.ts'
import { postDigestEffect } from './messages/post-digest.ts'
import { noticeUseEffect } from './noticing/notice-use.ts'
import { tellAlertsEffect } from './noticing/tell-alerts.ts'
import { orderPanicEffect } from './panic/order-panic.ts'
import { tellPanicEffect } from './panic/tell-panic.ts'
import { endEngagementEffect } from './people/end-engagement.ts'
import { notifySponsorEffect } from './people/notify-sponsor.ts'
import { settleAccountEffect } from './people/settle-account.ts'
import { publishCheckpointEffect } from './record/publish-checkpoint.ts'
import { postReportEffect } from './reports/post-report.ts'
import { callSubstitutesEffect } from './requests/call-substitutes.ts'
import { expireRequestEffect } from './requests/expire-request.ts'
import { remindApproversEffect } from './requests/remind-approvers.ts'
import { remindReviewEffect } from './requests/remind-review.ts'
import { collectReviewEffect } from './reviews/collect-review.ts'
import { tellReviewEffect } from './reviews/tell-review.ts'
import { watchReviewEffect } from './reviews/watch-review.ts'
import { tellSecurityEffect } from './rules/tell-security.ts'
import { forgetOutputEffect } from './runs/forget-output.ts'
import { previewActionEffect } from './runs/preview-action.ts'
import { runActionEffect } from './runs/run-action.ts'
import { tellPersonEffect } from './step-up/tell-person.ts'
import { remindAssigneesEffect } from './tasks/remind-assignees.ts'
import { closeTicketEffect } from './tickets/close-ticket.ts'
import { watchTicketEffect } from './tickets/watch-ticket.ts'

/** The ports that effects may use. */
export type EffectPorts = Omit<Ports, 'stepUp'>

/** Every kind of effect. The compiler refuses a declared effect that is missing here. */
const effects: { readonly [Kind in EffectKind]: EffectDefinition<Kind, EffectPorts> } = {
  start_grant: startGrantEffect,
  activate_grant: activateGrantEffect,
  revoke_grant: revokeGrantEffect,
  extend_grant: extendGrantEffect,
  preview_action: previewActionEffect,
  run_action: runActionEffect,
  forget_output: forgetOutputEffect,
  expire_request: expireRequestEffect,
  remind_approvers: remindApproversEffect,
  remind_review: remindReviewEffect,
  call_substitutes: callSubstitutesEffect,
  notify_expiry: notifyExpiryEffect,
  deliver_message: deliverMessageEffect,
  post_digest: postDigestEffect,
  deliver_engagement_message: deliverEngagementMessageEffect,
  end_engagement: endEngagementEffect,
  notify_sponsor: notifySponsorEffect,
  settle_account: settleAccountEffect,
  tell_security: tellSecurityEffect,
  tell_person: tellPersonEffect,
  settle_drift: settleDriftEffect,
  publish_checkpoint: publishCheckpointEffect,
  remind_assignees: remindAssigneesEffect,
  collect_review: collectReviewEffect,
  watch_review: watchReviewEffect,
  tell_review: tellReviewEffect,
  post_report: postReportEffect,
  order_panic: orderPanicEffect,
  tell_panic: tellPanicEffect,
  end_freeze: endFreezeEffect,
  tell_freeze: tellFreezeEffect,
  tell_hold: tellHoldEffect,
  watch_idle: watchIdleEffect,
  watch_ticket: watchTicketEffect,
  close_ticket: closeTicketEffect,
  close_activity: closeActivityEffect,
  notice_use: noticeUseEffect,
  tell_alerts: tellAlertsEffect,
  post_insight: postInsightEffect,
}

/** An effect in the form that the runner uses. */
export interface RunnableEffect {
  readonly kind: string
  readonly queue: QueueName
  readonly longestBackoffSeconds: number
  /** One answer for each effect, in their order. An effect that cannot be read rejects; the others run. */
  run(batch: readonly StoredEffect[], context: BatchContext): readonly Promise<EffectOutcome>[]
}

/**
 * Every kind of effect, with its ports. `ports` is asked once for each group: a group works with one version of catalog and
 * policies.
 */
export function runnableEffects(ports: () => EffectPorts): RunnableEffect[] {
  return Object.values(effects).map((definition) => runnable(definition as AnyDefinition, ports))
}

/** The queue of this kind of effect. */
export function queueOf(kind: EffectKind): QueueName {
  return effects[kind].queue
}

type AnyDefinition = EffectDefinition<EffectKind, EffectPorts>

function runnable(definition: AnyDefinition, ports: () => EffectPorts): RunnableEffect {
  const { kind, queue, longestBackoffSeconds } = definition
  return {
    kind,
    queue,
    longestBackoffSeconds,
    run(batch, context) {
      const parsed = batch.map((effect) => definition.data.safeParse(effect))
      const readable = parsed.flatMap(({ data }) => (data ? [data as Effects[EffectKind]] : []))
      const answers = definition.run(ports(), readable, context)[Symbol.iterator]()
      return parsed.map(({ error }) => (error ? unreadable(kind, error) : next(answers, kind)))
    },
  }
}

function unreadable(kind: string, { message }: Error): Promise<never> {
  return Promise.reject(new Error(`an effect of kind ${kind} cannot be read: ${message}`))
}

function next(answers: Iterator<Promise<EffectOutcome>>, kind: string): Promise<EffectOutcome> {
  const { value } = answers.next()
  return value ?? Promise.reject(new Error(`an effect of kind ${kind} has no answer`))
}
