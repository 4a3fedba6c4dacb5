import { z } from 'zod'
import type { RunOutput } from '../../domain/connector.ts'
import type { OutputFacts, Preview, Run } from '../../domain/run.ts'
import type { ActionPreviewRow, RunRow } from '../schema/runs.ts'
import { required } from './impossible-row.ts'
import { facts, readJson } from './stored-json.ts'

export function toRun(row: RunRow): Run {
  const { id, approvedAt, lapsesAt, status, startedAt } = row
  const base = { id, approvedAt, lapsesAt }
  const followed = row.followed === null ? null : readJson(facts, row.followed, 'runs', id, 'followed')
  const begun = row.mark === null ? null : readJson(facts, row.mark, 'runs', id, 'mark')
  const mark = begun && { ...begun, ...followed }
  switch (status) {
    case 'waiting':
      return { ...base, status }
    case 'running':
      return {
        ...base,
        status,
        startedAt: need(row, startedAt, 'started_at'),
        beatAt: need(row, row.beatAt, 'beat_at'),
        mark: need(row, mark, 'mark'),
        isFollowed: followed !== null,
        progress: row.progress,
        ...(row.cancelAskedAt && { cancelAskedAt: row.cancelAskedAt }),
      }
    case 'done':
      return {
        ...base,
        status,
        startedAt: need(row, startedAt, 'started_at'),
        endedAt: need(row, row.endedAt, 'ended_at'),
        summary: need(row, row.summary, 'summary'),
        rows: row.rows,
        output: outputOf(row),
        wentWrong: row.wentWrong,
      }
    case 'failed':
    case 'outcome_unknown':
    case 'lapsed':
    case 'cancelled':
      return {
        ...base,
        status,
        startedAt,
        mark,
        endedAt: need(row, row.endedAt, 'ended_at'),
        failure: {
          code: need(row, row.failureCode, 'failure_code'),
          message: need(row, row.failureMessage, 'failure_message'),
        },
      }
  }
}

function outputOf(row: RunRow): OutputFacts | null {
  if (row.outputSha256 === null) return null
  return {
    sha256: row.outputSha256,
    bytes: need(row, row.outputBytes, 'output_bytes'),
    isCut: need(row, row.outputIsCut, 'output_is_cut'),
    keptUntil: row.outputKeptUntil,
  }
}

function need<T>(row: RunRow, value: T | null, column: string): T {
  return required(value, 'runs', row.id, column)
}

/** The columns that a change of the status sets. A sign of life and a wish to cancel are set apart. */
export function runState(run: Run) {
  const { status } = run
  const done = run.status === 'done' ? run : null
  const failure = 'failure' in run ? run.failure : null
  return {
    status,
    startedAt: 'startedAt' in run ? run.startedAt : null,
    endedAt: 'endedAt' in run ? run.endedAt : null,
    summary: done?.summary ?? null,
    rows: done?.rows ?? null,
    wentWrong: done?.wentWrong ?? false,
    progress: run.status === 'running' ? run.progress : null,
    outputSha256: done?.output?.sha256 ?? null,
    outputBytes: done?.output?.bytes ?? null,
    outputIsCut: done?.output?.isCut ?? null,
    outputKeptUntil: done?.output?.keptUntil ?? null,
    failureCode: failure?.code ?? null,
    failureMessage: failure?.message ?? null,
    ...(run.status === 'running' && { beatAt: run.beatAt, mark: run.mark }),
  }
}

const output: z.ZodType<RunOutput> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('table'),
    isCut: z.boolean(),
    columns: z.array(z.string()),
    rows: z.array(z.array(z.string().nullable())),
  }),
  z.object({ kind: z.literal('text'), isCut: z.boolean(), text: z.string() }),
])

export function toPreview(row: ActionPreviewRow): Preview {
  const { requestId, at, rows, failureCode: code, failureMessage: message } = row
  if (rows === null) {
    const failure = {
      code: required(code, 'action_previews', requestId, 'failure_code'),
      message: required(message, 'action_previews', requestId, 'failure_message'),
    }
    return { requestId, at, failure }
  }
  const sample = (value: unknown, column: string) =>
    value === null ? null : readJson(output, value, 'action_previews', requestId, column)
  return { requestId, at, rows, before: sample(row.before, 'before'), after: sample(row.after, 'after') }
}

export function previewRow(preview: Preview): ActionPreviewRow {
  const { requestId, at } = preview
  if ('failure' in preview) {
    const { code: failureCode, message: failureMessage } = preview.failure
    return { requestId, at, rows: null, before: null, after: null, failureCode, failureMessage }
  }
  const { rows, before, after } = preview
  return { requestId, at, rows, before, after, failureCode: null, failureMessage: null }
}
