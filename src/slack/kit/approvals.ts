import type { KnownBlock } from '@slack/types'
import { awayAt } from '../../domain/absence.ts'
import { type ApproverName, approvalsIn, owners, sponsor } from '../../domain/approval-plan.ts'
import { approvalState, calledLater } from '../../domain/approval-state.ts'
import { type Catalog, findEntitlement } from '../../domain/catalog.ts'
import { judgedSeconds } from '../../domain/lease-extension.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { isAsShown } from '../../usecases/_shared/as-shown.ts'
import { context } from './blocks.ts'
import { countOf, inline, mention, mentionAny, moment } from './text.ts'

/** The approvals of a request, by its terms and by the present catalog. */
export function approvalsOf(history: RequestHistory, catalog: Catalog) {
  const { request, requester, decisions } = history
  return approvalState(request, requester.kind, offerOf(history, catalog)?.entitlement ?? null, decisions)
}

/** "1 of 2 approvals: @dana", with at most `most` names. A pending request also needs what the catalog asks for now. */
export function progressText(history: RequestHistory, catalog: Catalog, most = 20): string {
  const { given, needed } = approvalCount(history, catalog)
  const names = given.slice(0, most).map(({ approver }) => mention(approver.userId))
  const by = names.length > 0 ? `: ${names.join(', ')}` : ''
  return `${given.length} of ${countOf(needed, 'approval')}${by}`
}

/** The stages with what is given in each, who has to approve now and why that person may, and whether the rules changed. */
export function approvalBlocks(history: RequestHistory, catalog: Catalog): KnownBlock[] {
  const lines = [
    ...stageLines(history, catalog),
    missingText(history, catalog),
    ...substituteLines(history, catalog),
    ...changeLines(history, catalog),
  ]
  return [context(lines.join('\n'))]
}

/** "Missing: 1 approval from @dana, @dbas (approvers of Orders database)", with at most `most` names for each need. */
export function missingText(history: RequestHistory, catalog: Catalog, most = 10): string {
  const { open } = approvalsOf(history, catalog)
  if (!open) return 'No approval is missing'
  const from = open.missingFrom.map((name) => whoText(name, history, catalog, most)).join(', or from ')
  return `Missing: ${countOf(open.missing, 'approval')} from ${from}`
}

/** Those who can approve now and are not away, for a reminder: at most `most` users and user groups. Everybody, where all are away. */
export function calledNow(history: RequestHistory, catalog: Catalog, now: Date, most = 20): string {
  const people = missingPeople(history, catalog)
  const away = awayAt(now, history.absences)
  const here = people.filter((id) => !away.has(id))
  return (here.length > 0 ? here : people).slice(0, most).map(mentionAny).join(' ')
}

/** `Away: @dana until …`, of those who can approve now. Null: nobody. */
export function awayText(history: RequestHistory, catalog: Catalog, now: Date): string | null {
  const away = awayAt(now, history.absences)
  const named = missingPeople(history, catalog).flatMap((id) => {
    const until = away.get(id)
    return until ? [`${mention(id)} until ${moment(until)}`] : []
  })
  return named.length === 0 ? null : `Away: ${named.slice(0, 10).join(', ')}`
}

/** The people who can approve now. */
function missingPeople(history: RequestHistory, catalog: Catalog): string[] {
  const { open } = approvalsOf(history, catalog)
  const people = (open?.missingFrom ?? []).flatMap((name) => peopleOf(name, history, catalog))
  return [...new Set(people)]
}

function approvalCount(history: RequestHistory, catalog: Catalog) {
  const { request, decisions } = history
  if (request.status !== 'pending') {
    const given = decisions.filter(({ verdict }) => verdict === 'approve')
    return { given, needed: Math.max(approvalsIn(request.terms.approvals), given.length) }
  }
  const { plan, progress } = approvalsOf(history, catalog)
  return { given: progress.given.flat(), needed: approvalsIn(plan) }
}

function stageLines(history: RequestHistory, catalog: Catalog): string[] {
  const { plan, progress, open } = approvalsOf(history, catalog)
  if (plan.stages.length === 1) return []
  return plan.stages.map(({ name, needs }, index) => {
    const given = progress.given[index] ?? []
    const by = given.map(({ approver }) => mention(approver.userId)).join(', ')
    const count = `${given.length} of ${approvalsIn({ stages: [{ name, needs }] })}`
    const isDone = open === null || index < open.index
    const mark = isDone ? '✅' : index === open.index ? '🟡' : '⚪'
    return `${mark} *${inline(name, 40)}* · ${count}${by ? `: ${by}` : ''}`
  })
}

function whoText(name: ApproverName, history: RequestHistory, catalog: Catalog, most: number): string {
  const people = peopleOf(name, history, catalog)
  const more = people.length > most ? ` and ${people.length - most} more` : ''
  const named = people.slice(0, most).map(mentionAny).join(', ') + more
  return `${named || 'nobody else'} (${whyText(name, history, catalog)})`
}

function whyText(name: ApproverName, { requester, request }: RequestHistory, catalog: Catalog): string {
  if (name === sponsor) return `the sponsor of ${mention(requester.userId)}`
  if (name !== owners) return 'named in the catalog'
  const resource = catalog.resources.get(request.asksFor.resourceId)
  const entitlement = resource?.entitlements.get(request.asksFor.entitlementId)
  const isOwn = String(entitlement?.approvers) !== String(resource?.owners.approvers)
  return `approvers of ${inline(isOwn ? request.terms.entitlementName : request.terms.resourceName, 64)}`
}

/** Without the requester, and without those who have decided. */
function peopleOf(name: ApproverName, history: RequestHistory, catalog: Catalog): string[] {
  const { requester, decisions, engagement } = history
  const decided = new Set([requester.userId, ...decisions.map(({ approver }) => approver.userId)])
  const approvers = offerOf(history, catalog)?.entitlement.approvers ?? []
  const sponsors = engagement?.sponsor.isActive ? [engagement.sponsor.userId] : []
  const people = name === owners ? approvers : name === sponsor ? sponsors : [name]
  return people.filter((id) => !decided.has(id))
}

function substituteLines(history: RequestHistory, catalog: Catalog): string[] {
  const { plan } = approvalsOf(history, catalog)
  return calledLater(plan, history.request, history.decisions).map(({ at, approvers }, index) => {
    const who = approvers.slice(0, 10).map(mentionAny).join(', ')
    return `From ${moment(at)} without an answer, ${who} may decide too (${index === 0 ? 'substitutes' : 'last resort'})`
  })
}

function changeLines(history: RequestHistory, catalog: Catalog): string[] {
  const offer = offerOf(history, catalog)
  const { hasChanged, durationSeconds: approved } = approvalsOf(history, catalog)
  const durationSeconds = judgedSeconds(history.extends, approved)
  const longest = offer?.entitlement.maxDurationSeconds ?? 0
  if (!offer || !isAsShown(history.request, offer, Math.min(durationSeconds, longest)))
    return [
      '⚠️ The catalog changed after this was asked, and offers it no longer like this. Nobody can approve it.',
    ]
  if (durationSeconds > longest)
    return ['⚠️ The catalog changed after this was asked: the longest time is shorter now. Approve for less.']
  return hasChanged
    ? [
        '⚠️ The rules changed after this was asked. The newer approvals are needed, and those that the request began with.',
      ]
    : []
}

function offerOf({ request }: RequestHistory, catalog: Catalog) {
  return findEntitlement(catalog, request.asksFor.resourceId, request.asksFor.entitlementId)
}
