import type { ContextBlock, KnownBlock, RichTextBlock } from '@slack/types'
import type { RunOutput } from '../../domain/connector.ts'
import { formatDuration } from '../../domain/duration.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { DoneRun, Run } from '../../domain/run.ts'
import { context } from './blocks.ts'
import { shortestOf } from './extension.ts'
import { clip, countOf, moment, mrkdwn, plain, withLinks } from './text.ts'

/** Text exactly as it is, with fixed width. Slack parses nothing in it. */
export function exactText(text: string): RichTextBlock {
  return {
    type: 'rich_text',
    elements: [
      { type: 'rich_text_preformatted', elements: [{ type: 'text', text: text || '–' }], border: 0 },
    ],
  }
}

/** The exact operation, and what it would change: for those who decide. */
export function actionBlocks(history: RequestHistory): KnownBlock[] {
  const { asksFor } = history.request
  if (asksFor.kind !== 'action') return []
  return [
    context('*What will be run*, exactly this and once:'),
    exactText(asksFor.action.text),
    ...previewBlocks(history),
  ]
}

/** The rows only while people decide: the outcome takes their place. */
function previewBlocks({ preview, request }: RequestHistory): KnownBlock[] {
  if (!preview) return []
  if ('failure' in preview) return problemBlocks('*It cannot be run like this.*', preview.failure.message)
  const { rows, before, after, at } = preview
  const isPending = request.status === 'pending'
  return [
    context(
      `*Preview*, ${moment(at)}: it changes ${countOf(rows, 'row')}. It was run and undone. If it changes another number of rows when it is run, it is undone again.`,
    ),
    ...(before && isPending ? [context('Before:'), exactText(tableText(before, sampleLength))] : []),
    ...(after && isPending ? [context('After:'), exactText(tableText(after, sampleLength))] : []),
  ]
}

/** The card holds the whole text, two of these and the reason: within what Slack takes of a message. */
const sampleLength = 900

/** A sentence of Daypass, and what the target said. */
export function problemBlocks(sentence: string, message: string): ContextBlock[] {
  return [{ type: 'context', elements: [mrkdwn(sentence), plain(message, 500)] }]
}

/** "once, within 15m of its approval" */
export function windowText(history: Pick<RequestHistory, 'request' | 'decisions'>): string {
  return `once, within ${formatDuration(shortestOf(history))} of its approval`
}

/** What became of the run, after its approval. */
export function runOutcomeBlocks({ run }: RequestHistory): KnownBlock[] {
  if (!run) return []
  switch (run.status) {
    case 'waiting':
      return [context(`It begins now. What has not begun by ${moment(run.lapsesAt, 'time')} lapses.`)]
    case 'running':
      return [context(runningText(run))]
    case 'done':
      return [context(doneText(run))]
    case 'failed':
    case 'lapsed':
    case 'cancelled':
      return problemBlocks(`${undoneText[run.status]}, ${moment(run.endedAt)}`, run.failure.message)
    case 'outcome_unknown':
      return problemBlocks(
        `*${unknownText}* It began ${moment(run.startedAt ?? run.endedAt, 'exact')}.`,
        run.failure.message,
      )
  }
}

/** "It is being run, since 10:04:12: job 2 of 3 is running." */
export function runningText(run: Extract<Run, { status: 'running' }>): string {
  const progress = run.progress === null ? '' : `: ${withLinks(clip(run.progress, 200))}`
  const stopping = run.cancelAskedAt ? '. It is to be stopped, if it still can be.' : ''
  return `It is being run, since ${moment(run.startedAt, 'exact')}${progress}${stopping}`
}

/** "Run at 10:04:12: 1 row changed. Output: 1 KB, SHA-256 …" */
function doneText({ summary, endedAt, output, wentWrong }: DoneRun): string {
  const size = output ? ` Output: ${sizeText(output.bytes)}, SHA-256 \`${output.sha256.slice(0, 16)}…\`.` : ''
  // The words of the target.
  return `${wentWrong ? '⚠️ Run, and it did not succeed,' : 'Run'} ${moment(endedAt, 'exact')}. ${withLinks(clip(summary, 300))}${size}`
}

export function sizeText(bytes: number): string {
  return bytes < 1000 ? countOf(bytes, 'byte') : `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`
}

export const undoneText = {
  failed: 'It was not run, or was undone: nothing changed',
  lapsed: 'It lapsed: it did not begin in time, so nothing was run',
  cancelled: 'It was cancelled: nothing changed',
} as const

export const unknownText =
  'Nobody knows whether it was run. Look at the system. Daypass will not run it again.'

/** A table with columns of equal width, or the text; cut at `longest`. */
export function tableText(output: RunOutput, longest: number): string {
  if (output.kind === 'text') return clip(output.text, longest)
  const shown = [output.columns, ...output.rows.map((row) => row.map(cell))].map((row) =>
    row.map((value) => clip(value, widestColumn)),
  )
  const widths = output.columns.map((_, at) => Math.max(...shown.map((row) => row[at]?.length ?? 0)))
  const lines = shown.map((row) =>
    row
      .map((value, at) => value.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const [head = '', ...rest] = lines
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  return clip([head, rule, ...rest].join('\n'), longest)
}

const widestColumn = 60

function cell(value: string | null): string {
  return value === null ? '∅' : value.replaceAll('\n', '⏎')
}
