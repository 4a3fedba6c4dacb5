import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { chartImages } from '../../charts/png.ts'
import type { OutgoingReport } from '../../domain/messenger.ts'
import type { ReportAbout, ReportFormat } from '../../domain/report.ts'
import { reportFormats } from '../../report-formats.ts'
import type { SharedFiles, SlackFile } from '../api/files.ts'
import { code, countOf, inline, mention, moment } from '../kit/text.ts'

/** A report as a file, with its charts as images and the words beside them. */
export async function reportFile(outgoing: OutgoingReport): Promise<SharedFiles> {
  const { report, format } = outgoing
  const files: SlackFile[] = format === null ? [] : [await fileOf(outgoing, format)]
  const images = await chartImages(report.charts)
  const day = report.about.now.toISOString().slice(0, 10)
  // The words of a chart are its alternative text, so that nobody has to see it.
  const pictures = report.charts.flatMap(({ name, title, words }, at): SlackFile[] => {
    const content = images[at]
    return content ? [{ name: `${name}-${day}.png`, title, content, altText: words }] : []
  })
  return { files: [...files, ...pictures], comment: commentOf(outgoing) }
}

async function fileOf({ report, rows }: OutgoingReport, format: ReportFormat): Promise<SlackFile> {
  const out = new PassThrough()
  const content = buffer(out)
  const writer = reportFormats[format](report, out)
  await writer.rows(rows)
  await writer.end()
  out.end()
  const { kind, about } = report
  const name = `${kind.name}-${about.now.toISOString().slice(0, 10)}.${format}`
  return { name, title: kind.title, content: await content }
}

/** mrkdwn. */
function commentOf({ report, rows, isPart, format, schedule }: OutgoingReport): string {
  const { kind, resourceNames } = report
  if (format === null)
    return `*${inline(kind.title, 120)}*: ${periodOf(report.about)}${seenOf(resourceNames)}`
  const count = isPart ? `the first ${countOf(rows.length, 'row')}` : countOf(rows.length, 'row')
  const more = isPart ? ` ${code(`daypass report ${kind.name}`)} writes all of them.` : ''
  const why = schedule
    ? `\nPosted by the schedule ${code(schedule.id)}, with what ${mention(schedule.onBehalfOf)} may see.`
    : ''
  return `*${inline(kind.title, 120)}*: ${count}.${more}${seenOf(resourceNames)}${why}`
}

function periodOf({ from, to, now }: ReportAbout): string {
  return `${from ? `from ${moment(from)} ` : ''}to ${moment(to ?? now)}.`
}

function seenOf(resourceNames: readonly string[] | null): string {
  const names = resourceNames?.slice(0, 20).map((name) => inline(name, 60))
  return names ? `\nOnly of: ${names.join(', ') || 'nothing'}` : ''
}
