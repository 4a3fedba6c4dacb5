import type { DataTableBlock } from '@slack/types'
import type { Account } from '../../../domain/account.ts'
import type { AuditPage, RequestHistory } from '../../../domain/request-history.ts'
import { context, type MessageContent, section } from '../../kit/blocks.ts'
import { labelOf, phaseOf } from '../../kit/phase.ts'
import { clip, clockTime, oneLine } from '../../kit/text.ts'
import { type PageAnswer, pager, rowsOf, titleOf, totalOf, visibleBlocks } from './list.ts'

/** The text of a cell, for a reader in this time zone. */
type Cell = (history: RequestHistory, timeZone: string) => string

const columns: readonly (readonly [header: string, cell: Cell])[] = [
  ['Request', ({ request }) => request.reference],
  ['Who', ({ requester }) => nameOf(requester)],
  ['Entitlement', ({ request }) => name(request.terms.entitlementName)],
  ['Resource', ({ request }) => whereOf(request.terms)],
  ['State', (history) => labelOf(phaseOf(history))],
  ['Asked', ({ request }, timeZone) => clockTime(request.submittedAt, timeZone)],
  ['Until / ended', untilOf],
  ['Approved by', approversOf],
]

/** Slack refuses empty cells. */
const nothing = '–'

/**
 * One page as a table that sorts and filters, for one reader. The page has at least one row. Slack parses nothing in
 * `raw_text` cells, so they hold names, and times in `timeZone` (IANA). Ten rows of clipped texts stay below Slack's limit
 * of 10,000 characters: https://docs.slack.dev/reference/block-kit/blocks/data-table-block
 */
export function auditTableAnswer(answer: PageAnswer, timeZone: string): MessageContent {
  const { page } = answer
  const title = titleOf(answer)
  const table: DataTableBlock = {
    type: 'data_table',
    caption: `${captionOf(page)}, times in ${timeZone}`,
    page_size: page.rows.length,
    row_header_column_index: 0,
    rows: [
      columns.map(([header]) => rawText(header)),
      ...page.rows.map((history) => columns.map(([, cell]) => rawText(cell(history, timeZone)))),
    ],
  }
  return { text: title, blocks: [section(title), table, ...visibleBlocks(answer), ...pager(answer, 'table')] }
}

function captionOf(page: AuditPage): string {
  return page.newer === null ? `Requests ${rowsOf(page)}` : `${rowsOf(page)} of ${totalOf(page)}`
}

/** The list, for a reader when Slack refused the table. */
export function fallbackList({ text, blocks }: MessageContent): MessageContent {
  return { text, blocks: [context('⚠️ Slack refused the table, so this is the list.'), ...blocks] }
}

function rawText(text: string) {
  return { type: 'raw_text' as const, text: text || nothing }
}

function name(text: string): string {
  return clip(oneLine(text), 64)
}

/** The name with the user id, because two people may choose the same name. */
function nameOf({ displayName, userId }: Account): string {
  return `${clip(oneLine(displayName), 40)} (${clip(oneLine(userId), 24)})`
}

function whereOf({ resourceName, environment }: RequestHistory['request']['terms']): string {
  return environment === null
    ? name(resourceName)
    : `${name(resourceName)} (${clip(oneLine(environment), 32)})`
}

/** Nothing when there was no access, or while it is being removed: only a read-back tells the end. */
function untilOf({ grant, run }: RequestHistory, timeZone: string): string {
  if (run) return 'endedAt' in run ? clockTime(run.endedAt, timeZone) : nothing
  if (!grant || !('lease' in grant) || grant.lease === null) return nothing
  if (grant.status === 'active') return clockTime(grant.lease.endsAt, timeZone)
  return 'endedAt' in grant ? clockTime(grant.endedAt, timeZone) : nothing
}

function approversOf({ request, decisions }: RequestHistory): string {
  if (request.status !== 'approved') return nothing
  const names = decisions
    .filter(({ verdict }) => verdict === 'approve')
    .map(({ approver }) => nameOf(approver))
  if (names.length === 0) return 'a rule: nobody was asked'
  const more = names.length > 3 ? ` and ${names.length - 3} more` : ''
  return `${names.slice(0, 3).join(', ')}${more}`
}
