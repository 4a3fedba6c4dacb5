import { addSeconds } from 'date-fns/addSeconds'
import { isFullMember } from '../../domain/account.ts'
import { actorOf } from '../../domain/audit-event.ts'
import type { Alert, AlertView } from '../../domain/noticing/alert.ts'
import { isNamedIn } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import { said } from '../../domain/record/said-text.ts'
import { type FieldProblem, readReason } from '../_shared/field-problem.ts'
import { personFrozen } from '../_shared/frozen.ts'
import { type AccountKey, freshAtClick, type Identified, identify } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { aboutAlert } from './_noticing/about-alert.ts'

/** How long a rule may be muted about one subject, in seconds. */
export const muteChoices = [86_400, 7 * 86_400, 30 * 86_400, 90 * 86_400] as const

/** `own`: it is about this person. `not_asked`: neither a security lead nor an owner of the resource. */
type RefusedAnswer = { readonly kind: 'refused'; readonly because: 'own' | 'not_asked' }

export type MayAnswerAlert =
  | { readonly kind: 'may'; readonly view: AlertView }
  | { readonly kind: 'answered'; readonly view: AlertView }
  | RefusedAnswer
  | { readonly kind: 'unknown' }

export type AnswerAlertAnswer =
  | { readonly kind: 'acknowledged'; readonly alert: Alert }
  | { readonly kind: 'answered'; readonly view: AlertView }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem<'reason'>[] }
  | RefusedAnswer
  | { readonly kind: 'unknown' }

type AnswerPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Dry run of `acknowledgeAlert`. It also records a refusal. Throws `DirectoryUnavailable`. */
export async function mayAnswerAlert(
  ports: AnswerPorts,
  { by, alertId }: { by: AccountKey; alertId: string },
): Promise<MayAnswerAlert> {
  const judged = await judge(ports, by, alertId)
  return judged.kind === 'may' ? { kind: 'may', view: judged.view } : judged
}

/**
 * A security lead or an owner says that an alert is fine, and why. `muteSeconds`: the rule says nothing of the same subject for so long.
 * The first answer counts. Throws `DirectoryUnavailable`.
 */
export async function acknowledgeAlert(
  ports: AnswerPorts,
  order: { by: AccountKey; alertId: string; reason: string; muteSeconds: number | null },
): Promise<AnswerAlertAnswer> {
  const { store, clock } = ports
  const judged = await judge(ports, order.by, order.alertId)
  if (judged.kind !== 'may') return judged
  const read = readReason(order.reason)
  if ('problem' in read) return { kind: 'invalid', problems: [read.problem] }
  const { view, person } = judged
  const answered = await store.transaction(async (tx) => {
    const alert = await tx.alerts.lock(view.alert.id)
    if (alert?.state !== 'open') return null
    const account = await tx.accounts.upsert(person.account)
    const at = clock.now()
    const mutedUntil = order.muteSeconds === null ? null : addSeconds(at, order.muteSeconds)
    const answer = { at, by: { id: account.id, userId: account.userId }, reason: read.reason, mutedUntil }
    await tx.alerts.answer(alert.id, 'acknowledged', answer)
    await tx.audit.append({
      ...aboutAlert(alert),
      ...{ at, actor: actorOf(account), action: 'alert.answered' },
      details: {
        alert: alert.reference,
        rule: alert.rule,
        verdict: 'fine',
        muted_until: mutedUntil?.toISOString() ?? null,
      },
      // A text without a request is on no proof: nobody could find it there to erase it.
      ...(alert.requestId === null ? {} : { said: said(alert.id, { alert_reason: read.reason }) }),
    })
    await tx.outbox.add({ kind: 'tell_alerts', messageId: alert.digestId ?? alert.id }, at)
    return { ...alert, state: 'acknowledged' as const, answer }
  })
  return answered ? { kind: 'acknowledged', alert: answered } : await nowAnswered(ports, view)
}

async function nowAnswered(
  { store }: Pick<Ports, 'store'>,
  { alert }: AlertView,
): Promise<AnswerAlertAnswer> {
  const [view] = await store.noticing.alertsIn(alert.id)
  return view ? { kind: 'answered', view } : { kind: 'unknown' }
}

type Judged =
  | { readonly kind: 'may'; readonly view: AlertView; readonly person: Identified }
  | Exclude<MayAnswerAlert, { kind: 'may' }>

/** Whether this person may answer the alert. Records a refusal. */
async function judge(ports: AnswerPorts, by: AccountKey, alertId: string): Promise<Judged> {
  const [view] = await ports.store.noticing.alertsIn(alertId)
  if (!view || view.alert.id !== alertId) return { kind: 'unknown' }
  const { alert } = view
  const { leads } = ports.catalog.security
  const resource = alert.resourceId === null ? undefined : ports.catalog.resources.get(alert.resourceId)
  const asked = [...leads, ...(resource?.owners.approvers ?? [])]
  const person = await identify(ports, by, asked, freshAtClick)
  const because = await refusalOf(ports, person, alert, asked)
  if (because === null)
    return alert.state === 'open' ? { kind: 'may', view, person } : { kind: 'answered', view }
  await recordRefusal(ports, person.account, (actor, at) => ({
    ...aboutAlert(alert),
    ...{ at, actor, action: 'alert.answer_refused' },
    details: { alert: alert.reference, rule: alert.rule, because },
  }))
  return { kind: 'refused', because }
}

/** As for everything that security leads do: a full member of this workspace, and not frozen. */
async function refusalOf(
  { store, clock }: AnswerPorts,
  { account, facts }: Identified,
  { about, alsoAbout }: Alert,
  asked: readonly string[],
): Promise<RefusedAnswer['because'] | null> {
  if (!isNamedIn(asked, facts) || !isFullMember(facts)) return 'not_asked'
  return store.transaction(async (tx) => {
    const stored = await tx.accounts.upsert(account)
    if ([about, alsoAbout].some((person) => person?.personId === stored.personId)) return 'own'
    return (await personFrozen(tx, stored, clock.now())) === null ? null : 'not_asked'
  })
}
