import type { DataTableBlock, KnownBlock, SectionBlock } from '@slack/types'
import type { ReportCell, ReportColumn, ReportKind, ReportRow } from '../../../domain/report.ts'
import type { AccountKey } from '../../../usecases/_shared/person.ts'
import { askReport, type ReportAnswer } from '../../../usecases/reports/make-report.ts'
import type { GivenParameters } from '../../../usecases/reports/read-parameters.ts'
import { outdatedButton, refusedAnswer } from '../../kit/answers.ts'
import { actions, button, context, type MessageContent, section, textMessage } from '../../kit/blocks.ts'
import type { ActionListener } from '../../kit/listener.ts'
import type { Reply } from '../../kit/reply.ts'
import { clip, clockTime, code, countOf, inline, mention, moment, oneLine } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { zoneOf } from './answer.ts'
import { auditValue } from './button-value.ts'
import { sendReport } from './download.ts'
import { figureTexts } from './figures.ts'
import { auditActionIds } from './ids.ts'
import { parseReportValue, type ReportLine, reportValue } from './report-line.ts'

type ReportParts = Pick<FeatureParts, 'ports' | 'directory'>

/** Slack shows fifty blocks at most: https://docs.slack.dev/reference/block-kit/blocks */
const mostRows = 20
/** Figures stand together in a block. */
const mostFigures = 60
const longestText = 9_000

/**
 * Answers `/audit report ...`. Policy says who may ask, and the question is recorded. Charts follow as a direct message: Slack shows a
 * private image only in a conversation in which it was shared (https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object),
 * and only its reader may see this one.
 */
export async function answerReport(
  parts: ReportParts,
  by: AccountKey,
  line: ReportLine,
  reply: Reply,
): Promise<void> {
  if (line.kind === 'problem') return reply.ephemeral(textMessage(line.message))
  if (line.kind === 'list') return reply.ephemeral(reportList(parts.ports.store.reports.kinds))
  const { answer } = await ask(parts, by, line)
  if (answer.kind !== 'report') return reply.ephemeral(otherwise(answer))
  const { report, rows, isPart } = answer
  const list = asList(answer, line.given)
  if (report.charts.length === 0) return reply.ephemeral(list)
  await reply.ephemeral({ ...list, blocks: [...list.blocks, context(chartFollows)] })
  const charts = { to: { userId: by.userId }, report, rows, isPart, format: null }
  const problem = await sendReport(parts.ports, charts)
  if (problem !== null) await reply.ephemeral(textMessage(problem))
}

const chartFollows = 'The chart follows as a direct message.'

/** As a table, and As a list: asks once more, and replaces the message with the button. */
export function reportAction(parts: ReportParts, form: 'list' | 'table'): ActionListener {
  return async ({ by, value }, reply) => {
    const asked = parseReportValue(value)
    if (!asked) return reply.ephemeral(textMessage(outdatedButton))
    const { answer, timeZone } = await ask(parts, by, asked)
    if (answer.kind !== 'report') return reply.ephemeral(otherwise(answer))
    const list = asList(answer, asked.given)
    if (form === 'list' || answer.rows.length === 0) return reply.replace(list)
    const refused = {
      ...list,
      blocks: [context('⚠️ Slack refused the table, so this is the list.'), ...list.blocks],
    }
    await reply.replace(asTable(answer, asked.given, timeZone), refused)
  }
}

/** The answer to a search with the form, as a list. */
export async function searchAnswer(
  parts: ReportParts,
  by: AccountKey,
  given: GivenParameters,
): Promise<
  { readonly kind: 'answer'; readonly content: MessageContent } | Extract<ReportAnswer, { kind: 'invalid' }>
> {
  const { answer } = await ask(parts, by, { name: 'requests', given })
  if (answer.kind === 'invalid') return answer
  return { kind: 'answer', content: answer.kind === 'report' ? asList(answer, given) : otherwise(answer) }
}

async function ask(
  { ports, directory }: ReportParts,
  by: AccountKey,
  { name, given }: { readonly name: string; readonly given: GivenParameters },
): Promise<{ readonly answer: ReportAnswer; readonly timeZone: string }> {
  const timeZone = await zoneOf(directory, by.userId)
  const kind = ports.store.reports.kinds.find((one) => one.name === name)
  const most = kind?.layout === 'figures' ? mostFigures : mostRows
  const answer = await askReport(ports, { by, name, given, format: 'slack', timeZone, most })
  return { answer, timeZone }
}

function otherwise(answer: Exclude<ReportAnswer, { kind: 'report' }>): MessageContent {
  if (answer.kind === 'refused') return refusedAnswer(answer.policy)
  return textMessage(answer.problems.map(({ message }) => message).join('\n'))
}

function reportList(kinds: readonly ReportKind[]): MessageContent {
  const lines = kinds.map(({ name, about, required }) => {
    const needs = required.length > 0 ? ` (with ${required.map(code).join(', ')})` : ''
    return `\`/audit report ${name}\`${needs}: ${inline(about, 260)}`
  })
  const text = 'Reports that you can ask for'
  return {
    text,
    blocks: [
      ...inFours(lines).map((some) => section(some.join('\n'))),
      context(
        'Name more in any order: a person, a resource, `from 2026-11-01`, `to 2026-11-20`, `last 30d`. `daypass report` writes files.',
      ),
    ],
  }
}

/** A section has at most 3,000 characters: https://docs.slack.dev/reference/block-kit/blocks/section-block */
function inFours(lines: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(lines.length / 4) }, (_, n) => lines.slice(n * 4, n * 4 + 4))
}

type Made = Omit<Extract<ReportAnswer, { kind: 'report' }>, 'kind'>

function asList({ report, rows, isPart }: Made, given: GivenParameters): MessageContent {
  const { kind } = report
  const title = titleOf({ report, rows, isPart })
  let left = longestText
  const texts = kind.layout === 'figures' ? figureTexts(rows) : rows.map((row) => lineOf(kind.columns, row))
  const lines = texts.filter((line) => {
    left -= line.length
    return left > 0
  })
  const other =
    rows.length > 0
      ? [
          button('As a table', auditActionIds.reportTable, reportValue(kind.name, given)),
          ...downloads(kind, given),
        ]
      : []
  return {
    text: title,
    blocks: [
      section(title),
      context(inline(kind.about, 600)),
      ...lines.map((line, at) => withHistory(section(line), kind, rows[at])),
      ...(rows.length === 0 ? [section('Nothing on record.')] : []),
      ...notes({ report, rows, isPart }),
      ...(other.length > 0 ? [actions(...other)] : []),
    ],
  }
}

/** Of single requests, the whole history is one press away. */
function withHistory(line: SectionBlock, kind: ReportKind, row: ReportRow | undefined): SectionBlock {
  if (kind.name !== 'requests' || typeof row?.request !== 'string') return line
  const value = auditValue({ kind: 'history', reference: row.request })
  return { ...line, accessory: button('History', auditActionIds.history, value) }
}

function downloads(kind: ReportKind, given: GivenParameters) {
  const value = reportValue(kind.name, given)
  return [
    button('Download', auditActionIds.reportDownload, value),
    button('Download JSONL', auditActionIds.reportDownloadJsonl, value),
  ]
}

function asTable({ report, rows, isPart }: Made, given: GivenParameters, timeZone: string): MessageContent {
  const { kind } = report
  const longest = Math.max(8, Math.floor(longestText / ((rows.length + 1) * kind.columns.length)))
  const cell = (text: string) => ({
    type: 'raw_text' as const,
    text: clip(oneLine(text), Math.min(longest, 80)) || nothing,
  })
  const table: DataTableBlock = {
    type: 'data_table',
    caption: `${kind.title}, times in ${timeZone}`,
    page_size: rows.length,
    row_header_column_index: 0,
    rows: [
      kind.columns.map(({ title }) => cell(title)),
      ...rows.map((row) => kind.columns.map(({ key }) => cell(plainCell(row[key] ?? null, timeZone)))),
    ],
  }
  const title = titleOf({ report, rows, isPart })
  return {
    text: title,
    blocks: [
      section(title),
      table,
      ...notes({ report, rows, isPart }),
      actions(
        button('As a list', auditActionIds.reportList, reportValue(kind.name, given)),
        ...downloads(kind, given),
      ),
    ],
  }
}

function titleOf({ report, rows, isPart }: Made): string {
  const { kind, about } = report
  const { from, to, userId, resourceId, requestNumber, reviewNumber } = about
  const parts = [
    inline(kind.title, 120),
    ...(userId === null ? [] : [`of ${mention(userId)}`]),
    ...(resourceId === null ? [] : [`on ${code(resourceId)}`]),
    ...(requestNumber === null ? [] : [`of AR-${requestNumber}`]),
    ...(reviewNumber === null ? [] : [`RV-${reviewNumber}`]),
    ...(from ? [`from ${moment(from)}`] : []),
    ...(to ? [`to ${moment(to)}`] : []),
  ]
  return `*${parts.join(' ')}* · ${isPart ? `the first ${rows.length} rows` : countOf(rows.length, 'row')}`
}

function notes({ report, isPart }: Made): KnownBlock[] {
  const { resourceNames, kind } = report
  const more = isPart ? [`There are more. \`daypass report ${kind.name}\` writes all of them to a file.`] : []
  const some = resourceNames
    ?.slice(0, 20)
    .map((name) => inline(name, 60))
    .join(', ')
  const seen = some === undefined ? [] : [`Only what you may see: ${some || 'nothing'}`]
  const all = [...more, ...seen]
  return all.length > 0 ? [context(all.join('\n'))] : []
}

const nothing = '–'

/** The first columns say who and what, which needs no title. */
const mostPlain = 5

/** The first cell in bold. Texts of people are escaped. */
function lineOf(columns: readonly ReportColumn[], row: ReportRow): string {
  const cells = columns.flatMap(({ key, title, kind }, index) => {
    const value = row[key] ?? null
    if (value === null || value === '') return []
    const text = value instanceof Date ? moment(value) : inline(plainCell(value, 'UTC'), 160)
    if (index === 0) return [`*${text}*`]
    const isPlain = kind === 'text' && index <= mostPlain
    return [isPlain ? text : `${inline(title.toLowerCase(), 60)}: ${text}`]
  })
  return clip(cells.join(' · '), 2_900)
}

function plainCell(value: ReportCell, timeZone: string): string {
  if (value === null) return nothing
  if (value instanceof Date) return clockTime(value, timeZone)
  return typeof value === 'number' ? (Math.round(value * 100) / 100).toLocaleString('en-US') : value
}
