import { randomUUID } from 'node:crypto'
import { subSeconds } from 'date-fns/subSeconds'
import { daypass } from '../../../domain/audit-event.ts'
import { type Alert, lastingEvidence } from '../../../domain/noticing/alert.ts'
import type { ActiveRule, NoticingRules } from '../../../domain/noticing/noticing-rules.ts'
import type { Noticed, Occasion } from '../../../domain/noticing/rule.ts'
import type { Transaction } from '../../../domain/transaction.ts'
import { aboutAlert } from './about-alert.ts'

export interface Finding {
  readonly active: ActiveRule
  readonly occasion: Occasion
  readonly noticed: Noticed
}

/** The most that one message lists. Each needs two blocks, of 50: https://docs.slack.dev/reference/block-kit/blocks */
const mostInDigest = 20
const digestSeconds = 3_600

/** Raises an alert for each finding, unless it was noticed before, is muted, or its rule has spoken often enough. */
export async function raiseAlerts(
  tx: Transaction,
  findings: readonly Finding[],
  { storm }: Pick<NoticingRules, 'storm'>,
  now: Date,
): Promise<void> {
  if (findings.length === 0) return
  await tx.alerts.lockRaising()
  const messages = new Set<string>()
  for (const finding of findings) {
    const alert = await raise(tx, finding, storm, now)
    if (!alert) continue
    messages.add(alert.digestId ?? alert.id)
    await tx.audit.append({
      ...aboutAlert(alert),
      ...{ at: now, actor: daypass, action: 'alert.raised' },
      details: {
        alert: alert.reference,
        rule: alert.rule,
        message: `${alert.reference} ${alert.rule}: ${alert.headline}`,
        evidence: lastingEvidence(alert.evidence),
      },
    })
  }
  for (const messageId of messages) await tx.outbox.add({ kind: 'tell_alerts', messageId }, now)
}

async function raise(
  tx: Transaction,
  { active: { kind: rule, atMost, audience }, occasion, noticed }: Finding,
  storm: NoticingRules['storm'],
  now: Date,
): Promise<Alert | null> {
  const { occurrence, subject, about, headline, evidence } = noticed
  if (!(await tx.alerts.mayRaise(rule, subject, atMost, now))) return null
  const { requestId, resourceId, entitlementId } = occasion
  const grantId = occasion.grantId ?? (requestId && ((await tx.grants.findByRequest(requestId))?.id ?? null))
  const isStorm = (await tx.alerts.countAlone(subSeconds(now, storm.perSeconds))) >= storm.times
  const digestId = isStorm
    ? ((await tx.alerts.openDigest(subSeconds(now, digestSeconds), mostInDigest)) ?? randomUUID())
    : null
  return tx.alerts.insert({
    ...{ rule, occurrence, subject, about, headline, evidence, audience },
    ...{ raisedAt: now, digestId, requestId, grantId, resourceId, entitlementId },
  })
}
