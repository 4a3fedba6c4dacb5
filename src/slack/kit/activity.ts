import type { KnownBlock } from '@slack/types'
import { addSeconds } from 'date-fns/addSeconds'
import { activityLine, isUsed, type LeaseActivity } from '../../domain/activity.ts'
import type { Catalog } from '../../domain/catalog.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { context } from './blocks.ts'
import { clip, code, inline, moment, mrkdwn, plain } from './text.ts'

const mostOperations = 8
const longestOperations = 900

/** What the holder did, in one line, or why the target cannot tell. Nothing where there was no access, or nobody looked. mrkdwn. */
export function doneText(history: RequestHistory, { resources }: Pick<Catalog, 'resources'>): string | null {
  const { activity, grant, request } = history
  const { cannotTell, tellsLateSeconds } = resources.get(request.asksFor.resourceId)?.connector ?? {}
  const wasGiven = grant !== null && 'lease' in grant && grant.lease !== null
  const toldAt =
    tellsLateSeconds !== undefined && wasGiven && 'endedAt' in grant
      ? addSeconds(grant.endedAt, tellsLateSeconds)
      : null
  const isOpen =
    toldAt !== null && (activity?.failure ?? null) === null && (activity?.lastLookAt ?? 0) < toldAt
  const later = isOpen ? `Told ${moment(toldAt)}, because this system shows a use later.` : ''
  if (activity) return [activityText(activity), later].filter(Boolean).join('. ')
  if (isOpen) return `*What was done:* ${later}`
  if (cannotTell === undefined || !wasGiven) return null
  return `*What was done:* this system cannot tell. ${inline(cannotTell, 300)}`
}

/** What the holder did, in one line. mrkdwn. */
export function activityText(activity: LeaseActivity): string {
  return `*What was done:* ${lineOf(activity)}`
}

/** The same with details, for those who audit. The operations are plain text: the holder may have chosen names in them. */
export function doneBlocks(history: RequestHistory, catalog: Pick<Catalog, 'resources'>): KnownBlock[] {
  const text = doneText(history, catalog)
  if (text === null) return []
  const { activity } = history
  if (!activity) return [context(text)]
  const operations = operationsText(activity)
  return [
    context([text, ...fromWhere(activity), ...limitsOf(activity)].join('\n')),
    ...(operations === ''
      ? []
      : [{ type: 'context' as const, elements: [mrkdwn('*In detail:*'), plain(operations, 3_000)] }]),
  ]
}

function lineOf(activity: LeaseActivity): string {
  const marks: Date[] = []
  const line = activityLine(activity, (at) => `\u{E001}${marks.push(at) - 1}\u{E001}`)
  return inline(line, 240).replace(/\u{E001}(\d+)\u{E001}/gu, (_, at) => {
    const instant = marks[Number(at)]
    return instant ? moment(instant) : ''
  })
}

function fromWhere({ addresses, sessionCount }: LeaseActivity): string[] {
  if (addresses.length === 0) return []
  const shown = addresses.slice(0, 5).map((address) => code(clip(address, 60)))
  const more = addresses.length > 5 ? ` and ${addresses.length - 5} more` : ''
  return [
    `${sessionCount === 1 ? '1 session was' : `${sessionCount} sessions were`} seen, from ${shown.join(', ')}${more}`,
  ]
}

function limitsOf(activity: LeaseActivity): string[] {
  const uncertain =
    !activity.isCounted && !isUsed(activity) ? ['It may have been used between two looks.'] : []
  return [...activity.limits, ...uncertain].slice(0, 3).map((limit) => inline(limit, 200))
}

function operationsText({ operations }: LeaseActivity): string {
  const shown = operations.slice(0, mostOperations).map(({ text, count, rows }) => {
    const told = rows === null || rows === 0 ? '' : `, ${rows} rows`
    return `${count === 0 ? 'seen' : `${count}×`}${told}: ${clip(text, 200)}`
  })
  const more =
    operations.length > mostOperations ? [`and ${operations.length - mostOperations} more kinds`] : []
  return clip([...shown, ...more].join('\n'), longestOperations)
}
