import type { Button, KnownBlock } from '@slack/types'
import type { AlertMessage } from '../../../domain/messenger.ts'
import type { Alert, AlertView, EvidenceItem } from '../../../domain/noticing/alert.ts'
import { titleOfRule } from '../../../domain/noticing/all-rules.ts'
import { actions, button, context, header, type MessageContent, quoted, section } from '../../kit/blocks.ts'
import { code, countOf, inline, mention, moment, mrkdwn } from '../../kit/text.ts'
import { alertActionIds } from './ids.ts'

/** The message about one alert, or about many that were raised in a short time. */
export function alertContent({ alerts, isDigest }: AlertMessage): MessageContent {
  const [only] = alerts
  return isDigest || !only ? digest(alerts) : single(only)
}

function single(view: AlertView): MessageContent {
  const { alert } = view
  const title = titleOfRule(alert.rule)
  const text = `${markOf(alert)} ${title}: ${whoText(view)}`
  return {
    text,
    blocks: [
      header(`${markOf(alert)} ${title}`),
      ...alertBlocks(view),
      ...answerBlocks(alert),
      ...(alert.state === 'open' ? [actions(...buttonsOf(view))] : []),
      context(`${code(alert.reference)} · rule ${code(alert.rule)} · ${moment(alert.raisedAt, 'exact')}`),
    ],
  }
}

/** Whom and what it is about, with the evidence and the present state of the lease. */
export function alertBlocks(view: AlertView): KnownBlock[] {
  const { alert } = view
  return [
    section(`${whoText(view)}\n*${inline(alert.headline, 300)}*`),
    ...evidenceBlocks(alert.evidence),
    ...stateBlocks(view),
  ]
}

function buttonsOf({ alert, grant }: AlertView): Button[] {
  const revoke = button('Revoke now…', alertActionIds.revoke, alert.id, { style: 'danger' })
  return [...(grant?.isToBeTakenBack ? [revoke] : []), button('It is fine…', alertActionIds.fine, alert.id)]
}

export function markOf({ state }: Pick<Alert, 'state'>): string {
  return { open: '👀', acknowledged: '✅', revoked: '⛔' }[state]
}

/** `@carl · read-orders on orders-db · AR-1001`. */
function whoText({ alert, requestReference }: AlertView): string {
  const { about, alsoAbout, resourceId, entitlementId } = alert
  const people = [about, alsoAbout].flatMap((person) => (person ? [mention(person.userId)] : []))
  const what = [entitlementId, resourceId].flatMap((id) => (id === null ? [] : [code(id)])).join(' on ')
  return [
    ...(people.length > 0 ? [people.join(' and ')] : []),
    ...(what === '' ? [] : [what]),
    ...(requestReference === null ? [] : [requestReference]),
  ].join(' · ')
}

/** At most 10 fields: https://docs.slack.dev/reference/block-kit/blocks/section-block */
function evidenceBlocks(evidence: readonly EvidenceItem[]): KnownBlock[] {
  if (evidence.length === 0) return []
  const fields = evidence.slice(0, 10).map((item) => mrkdwn(`*${inline(item.label)}*\n${valueText(item)}`))
  return [{ type: 'section', fields }]
}

function valueText(item: EvidenceItem): string {
  switch (item.kind) {
    case 'number':
      return item.value.toLocaleString('en-US')
    case 'text':
      return inline(item.value, 200)
    case 'instant':
      return moment(new Date(item.value), 'exact')
    case 'address':
      return code(item.value)
  }
}

function stateBlocks({ grant }: AlertView): KnownBlock[] {
  return grant ? [context(leaseText(grant))] : []
}

function leaseText({ status, leaseEndsAt, endedAt }: NonNullable<AlertView['grant']>): string {
  switch (status) {
    case 'scheduled':
      return 'The access has not started.'
    case 'activating':
      return 'The access is being given.'
    case 'active':
      return leaseEndsAt ? `The access is open, until ${moment(leaseEndsAt)}.` : 'The access is open.'
    case 'revoking':
      return '⏳ The access is being removed.'
    case 'revocation_failed':
      return '🚨 Removing the access failed: it may still be open. Daypass tries again.'
    case 'ended':
      return `The lease has ended${endedAt ? `, ${moment(endedAt)}` : ''}. Nobody took it back.`
    case 'revoked':
      return `The access is gone${endedAt ? `, since ${moment(endedAt)}` : ''}.`
    case 'cancelled':
    case 'activation_failed':
      return 'The access was never given.'
  }
}

/** Who said what. */
function answerBlocks({ state, answer }: Alert): KnownBlock[] {
  if (!answer) return []
  const who = mention(answer.by.userId)
  if (state === 'revoked') return [section(`⛔ ${who} took the access back, ${moment(answer.at)}.`)]
  const muted = answer.mutedUntil
    ? ` This rule says nothing of the same until ${moment(answer.mutedUntil)}.`
    : ''
  return [
    section(`✅ ${who} says that it is fine, ${moment(answer.at)}.${muted}`),
    ...(answer.reason === null ? [] : [quoted(answer.reason)]),
  ]
}

function digest(alerts: readonly AlertView[]): MessageContent {
  const open = alerts.filter(({ alert }) => alert.state === 'open').length
  const text = `👀 ${countOf(alerts.length, 'more alert')} in a short time, ${open} open`
  return {
    text,
    blocks: [
      header(text),
      ...alerts.flatMap(digestBlocks),
      context('Many alerts came at once, so these stand together. `/audit report alerts` lists all.'),
    ],
  }
}

function digestBlocks(view: AlertView): KnownBlock[] {
  const { alert } = view
  const line = `${markOf(alert)} *${inline(titleOfRule(alert.rule))}* · ${whoText(view)}\n${inline(alert.headline, 300)} · ${code(alert.reference)}`
  const answered = alert.answer ? `\nAnswered by ${mention(alert.answer.by.userId)}.` : ''
  return [
    {
      type: 'section',
      text: mrkdwn(`${line}${answered}`),
      ...(alert.state === 'open' ? { accessory: button('Answer…', alertActionIds.fine, alert.id) } : {}),
    },
  ]
}
