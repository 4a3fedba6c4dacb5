import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { OutgoingReport } from '../../domain/messenger.ts'
import { reportFormats } from '../../report-formats.ts'
import type { SharedFiles } from '../api/files.ts'
import { code, countOf, inline, mention } from '../kit/text.ts'

/** A report as a file, with the words beside it. */
export async function reportFile(outgoing: OutgoingReport): Promise<SharedFiles> {
  const { report, rows, format } = outgoing
  const out = new PassThrough()
  const content = buffer(out)
  const writer = reportFormats[format](report, out)
  await writer.rows(rows)
  await writer.end()
  out.end()
  const { kind, about } = report
  const name = `${kind.name}-${about.now.toISOString().slice(0, 10)}.${format}`
  return { files: [{ name, title: kind.title, content: await content }], comment: commentOf(outgoing) }
}

/** mrkdwn. */
function commentOf({ report, rows, isPart, schedule }: OutgoingReport): string {
  const { kind, resourceNames } = report
  const count = isPart ? `the first ${countOf(rows.length, 'row')}` : countOf(rows.length, 'row')
  const more = isPart ? ` ${code(`daypass report ${kind.name}`)} writes all of them.` : ''
  const names = resourceNames?.slice(0, 20).map((name) => inline(name, 60))
  const seen = names ? `\nOnly of: ${names.join(', ') || 'nothing'}` : ''
  const why = schedule
    ? `\nPosted by the schedule ${code(schedule.id)}, with what ${mention(schedule.onBehalfOf)} may see.`
    : ''
  return `*${inline(kind.title, 120)}*: ${count}.${more}${seen}${why}`
}
