import { type AuditAction, actorOf } from '../../domain/audit-event.ts'
import type { Alert } from '../../domain/noticing/alert.ts'
import type { Occasion } from '../../domain/noticing/rule.ts'
import type { Ports } from '../../domain/ports.ts'
import type { LeafEvent } from '../../domain/record/leaf.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { aboutAlert } from './_noticing/about-alert.ts'
import { askRules, type FailedRule, noticingRulesOf } from './_noticing/ask-rules.ts'
import { raiseAlerts } from './_noticing/raise.ts'
import { reportFailedRules } from './_noticing/report-failed.ts'

type NoticePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'record'>

const mostAtOnce = 500

export interface ReadEvents {
  /** The number of events. */
  readonly read: number
  readonly failed: readonly FailedRule[]
}
const nothing: ReadEvents = { read: 0, failed: [] }

/**
 * Asks the rules about the next events of the record, in the order of their positions. Where a process dies in between, the same events
 * are read again, and nothing is noticed twice. Where two processes read them, one moves on. A rule that fails delays no other.
 */
export async function noticeEvents(ports: NoticePorts): Promise<ReadEvents> {
  const { store, clock, catalog, record } = ports
  const { position, beganAfterId } = await store.noticing.place()
  const { size } = await record.state()
  if (size <= position) return nothing
  const entries = await firstEntries(record, position)
  const last = entries.at(-1)
  if (!last) return nothing
  const events = entries.flatMap(({ event }) => (event && event.id > beganAfterId ? [event] : []))
  const { findings, failed } = await askRules(ports, events.map(occasionOf))
  const changes = changesOf(events)
  await store.transaction(async (tx) => {
    if (!(await tx.alerts.moveOn(position, last.position + 1))) return
    await raiseAlerts(tx, findings, noticingRulesOf(catalog), clock.now())
    await reportFailedRules(tx, failed, clock.now())
    await followGrants(tx, changes, clock.now())
  })
  return { read: entries.length, failed }
}

async function firstEntries(record: Ports['record'], position: number) {
  for await (const entries of record.entries(position)) return entries.slice(0, mostAtOnce)
  return []
}

function occasionOf(event: LeafEvent): Occasion {
  const { at, action, actor, request, grant, account, resource, entitlement, details } = event
  return {
    at: new Date(at),
    action: action as AuditAction,
    actorId: actor?.id ?? null,
    requestId: request?.id ?? null,
    grantId: grant,
    accountId: account?.id ?? null,
    resourceId: resource,
    entitlementId: entitlement,
    details: details as Occasion['details'],
  }
}

/** Events after which the message about a lease says something else. */
const changing: readonly string[] = [
  'grant.activated',
  'grant.revoking',
  'grant.ended',
  'grant.revoked',
  'grant.cancelled',
  'grant.revocation_failed',
  'grant.lease_extended',
  'grant.lease_shortened',
] satisfies AuditAction[]

/** The last change of each grant, and who took it back. */
function changesOf(events: readonly LeafEvent[]): Map<string, { revokedById: string | null }> {
  const changes = new Map<string, { revokedById: string | null }>()
  for (const { action, grant, actor, details } of events) {
    if (grant === null || !changing.includes(action)) continue
    const isRevoked = action === 'grant.revoking' && (details as { cause?: unknown }).cause === 'revoked'
    const before = changes.get(grant)?.revokedById ?? null
    changes.set(grant, { revokedById: isRevoked && actor ? actor.id : before })
  }
  return changes
}

/** Keeps messages about these grants true. An alert is answered when somebody has taken its access back, by whichever way. */
async function followGrants(
  tx: Transaction,
  changes: Map<string, { revokedById: string | null }>,
  now: Date,
): Promise<void> {
  if (changes.size === 0) return
  const messages = new Set<string>()
  for (const alert of await tx.alerts.lockOf([...changes.keys()])) {
    messages.add(alert.digestId ?? alert.id)
    const revokedById = changes.get(alert.grantId ?? '')?.revokedById ?? null
    if (revokedById !== null && alert.state === 'open') await answerByRevoking(tx, alert, revokedById, now)
  }
  for (const messageId of messages) await tx.outbox.add({ kind: 'tell_alerts', messageId }, now)
}

async function answerByRevoking(tx: Transaction, alert: Alert, byId: string, now: Date): Promise<void> {
  const by = await tx.accounts.find(byId)
  // Somebody else still has to say what it was, where the person themselves took it back.
  if (!by || [alert.about, alert.alsoAbout].some((person) => person?.personId === by.personId)) return
  const answer = { at: now, by: { id: by.id, userId: by.userId }, reason: null, mutedUntil: null }
  await tx.alerts.answer(alert.id, 'revoked', answer)
  await tx.audit.append({
    ...aboutAlert(alert),
    ...{ at: now, actor: actorOf(by), action: 'alert.answered' },
    details: { alert: alert.reference, rule: alert.rule, verdict: 'revoked' },
  })
}
