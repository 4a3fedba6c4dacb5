import type { KnownBlock, SectionBlock } from '@slack/types'
import {
  type AuditKey,
  type AuditPage,
  type AuditPlace,
  auditKeyOf,
  mostCounted,
  type RequestHistory,
} from '../../../domain/request-history.ts'
import { type AuditAnswer, type AuditListQuery, auditPageSize } from '../../../usecases/audit/query-audit.ts'
import { actions, button, context, type MessageContent, section } from '../../kit/blocks.ts'
import { historyLine } from '../../kit/history-line.ts'
import { approvedBy } from '../../kit/outcome.ts'
import { code, countOf, inline, mention, moment } from '../../kit/text.ts'
import { auditValue } from './button-value.ts'
import { auditActionIds } from './ids.ts'

export type PageAnswer = Extract<AuditAnswer, { kind: 'page' }>

/** One page of requests. `nearest`: a resource with a similar name. `shared`: a whole channel reads it. */
export function auditListAnswer(
  answer: PageAnswer,
  { nearest, shared }: { nearest: string | null; shared: boolean },
): MessageContent {
  const title = titleOf(answer)
  const blocks: KnownBlock[] = [
    section(title),
    ...answer.page.rows.map((history) => row(history, shared)),
    ...emptyBlocks(answer, nearest),
    ...visibleBlocks(answer),
    ...(shared
      ? []
      : [
          context('Times are in your own zone. `/audit help` shows more questions.'),
          ...pager(answer, 'list'),
          searchButton(),
        ]),
  ]
  return { text: title, blocks }
}

/** For those who do not remember the words. */
export function searchButton(): KnownBlock {
  return actions(button('Search with a form…', auditActionIds.search, 'search'))
}

/** The query, the number of requests, and the rows of the page. */
export function titleOf({ query, page }: PageAnswer): string {
  const isPart = page.rows.length > 0 && (page.hasOlder || page.newer !== 0)
  return `*${queryText(query)}* · ${totalOf(page)}${isPart ? ` · ${rowsOf(page)}` : ''}`
}

/** The place of these rows in the whole listing, such as `11 to 20`. */
export function rowsOf({ newer, rows }: AuditPage): string {
  if (newer === null) return `beyond the first ${counted}`
  return `${newer + 1} to ${newer + rows.length}`
}

export function totalOf({ total }: AuditPage): string {
  return total === null ? `more than ${counted} requests` : countOf(total, 'request')
}

const counted = mostCounted.toLocaleString('en-US')

/** The resources in the answer, when this person may not see all. */
export function visibleBlocks({ resourceNames }: PageAnswer): KnownBlock[] {
  if (resourceNames === null) return []
  const names = resourceNames.slice(0, 20).map((name) => inline(name, 60))
  const more = resourceNames.length > 20 ? ` and ${resourceNames.length - 20} more` : ''
  return [context(`Only what you may see: ${names.join(', ')}${more}`)]
}

function queryText({ scope, userId, resourceId, from, to }: AuditListQuery): string {
  const parts: string[] = [titles[scope]]
  if (userId !== null) parts.push(`of ${mention(userId)}`)
  if (resourceId !== null) parts.push(`on ${code(resourceId)}`)
  if (from) parts.push(`from ${moment(from)}`)
  if (to) parts.push(`to ${moment(to)}`)
  return parts.join(' ')
}

const titles = {
  live: 'Active now',
  scheduled: 'Starts later',
  failed: 'Could not be removed',
  pending: 'Waits for a decision',
  any: 'Requests',
} as const

function row(history: RequestHistory, shared: boolean): SectionBlock {
  const { request } = history
  const approved = request.status === 'approved' ? ` · approved by ${approvedBy(history, 3)}` : ''
  const line = section(`${historyLine(history)}${approved}`)
  if (shared) return line
  const value = auditValue({ kind: 'history', reference: request.reference })
  return { ...line, accessory: button('History', auditActionIds.history, value) }
}

function emptyBlocks({ query, page }: PageAnswer, nearest: string | null): KnownBlock[] {
  if (page.rows.length > 0) return []
  if (page.total !== 0) return [section(beyondTheEnd(query, page))]
  if (nearest !== null) return [section(`Nothing on record. Did you mean ${code(nearest)}?`)]
  return [section(nothing[query.scope])]
}

const nothing = {
  live: 'Nobody has access here now.',
  scheduled: 'No access is planned here.',
  failed: 'Nothing failed to be removed. `/audit report revocations` also tells what was late.',
  pending: 'Nothing waits for a decision here.',
  any: 'Nothing on record.',
} as const

function beyondTheEnd({ place }: AuditListQuery, { total }: AuditPage): string {
  if (place.kind !== 'page' || total === null) return 'There are no older requests.'
  const pages = Math.ceil(total / auditPageSize)
  return `There ${pages === 1 ? 'is' : 'are'} only ${countOf(pages, 'page')}; you asked for page ${place.page}.`
}

/** Buttons for the other pages in the same form, and for the same page in the other form. */
export function pager({ query, page }: PageAnswer, form: 'list' | 'table'): KnownBlock[] {
  const { previous, next, other } = pagerOf[form]
  const to = (place: AuditPlace) => auditValue({ ...query, place })
  const [first, last] = [page.rows.at(0), page.rows.at(-1)]
  if (!first || !last) {
    const oldest = to({ kind: 'newer', than: beforeAll })
    return page.total === 0 ? [] : [actions(button('Previous', previous, oldest))]
  }
  const here = to({ kind: 'older', than: justNewerThan(first) })
  return [
    actions(
      ...(page.newer !== 0
        ? [button('Previous', previous, to({ kind: 'newer', than: auditKeyOf(first) }))]
        : []),
      ...(page.hasOlder ? [button('Next', next, to({ kind: 'older', than: auditKeyOf(last) }))] : []),
      button(other.label, other.actionId, here),
      button('Share in channel', auditActionIds.share, here),
      button('Download', auditActionIds.download, here),
      button('Download JSONL', auditActionIds.downloadJsonl, here),
    ),
  ]
}

const beforeAll: AuditKey = { submittedAt: new Date(0), number: 1 }

/** So that the page begins with the same row when newer requests have arrived. */
function justNewerThan(history: RequestHistory): AuditKey {
  const { submittedAt, number } = auditKeyOf(history)
  return { submittedAt, number: number + 1 }
}

const pagerOf = {
  list: {
    previous: auditActionIds.previous,
    next: auditActionIds.next,
    other: { label: 'As a table', actionId: auditActionIds.table },
  },
  table: {
    previous: auditActionIds.tablePrevious,
    next: auditActionIds.tableNext,
    other: { label: 'As a list', actionId: auditActionIds.list },
  },
} as const
