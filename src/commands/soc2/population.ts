import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { OpenRecord } from '../../app/audit.ts'
import { ConfigError } from '../../config.ts'
import type { ReportColumn, ReportRow, ReportWriter } from '../../domain/report.ts'
import { reportFormats } from '../../report-formats.ts'
import { writeReport } from '../../usecases/reports/make-report.ts'
import type { Lists } from './sample.ts'

interface Asked {
  readonly from: string
  readonly to: string
  readonly timeZone: string
  readonly by: string
}

const positions: readonly ReportColumn[] = [
  { key: 'grantedPosition', title: 'Position of granted', kind: 'text' },
  { key: 'removedPosition', title: 'Position of removed', kind: 'text' },
]

/** The report `population`, with the positions of the log. Throws `ConfigError` where the log and the tables disagree. */
export async function writePopulation(
  ports: Pick<OpenRecord, 'store' | 'clock'>,
  path: string,
  { granted, removed }: Lists,
  { by, timeZone, ...given }: Asked,
): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600 })
  const missing = new Set([...granted.keys(), ...removed.keys()])
  const written: { writer?: ReportWriter } = {}
  const asked = { name: 'population', given, format: 'soc2', timeZone, by }
  const answer = await writeReport(ports, asked, (made) => {
    const kind = { ...made.kind, columns: [...made.kind.columns, ...positions] }
    const writer = reportFormats.csv({ ...made, kind }, file)
    written.writer = writer
    return async (rows) => {
      // An event that no checkpoint holds yet is not in the log of this folder.
      const inLog = rows.filter(({ request }) => missing.delete(String(request)))
      await writer.rows(inLog.map((row) => withPositions(row, granted, removed)))
      return true
    }
  })
  if (answer.kind === 'invalid')
    throw new ConfigError(answer.problems.map(({ message }) => message).join('\n'))
  await written.writer?.end()
  file.end()
  await finished(file)
  const [one] = missing
  if (one !== undefined)
    throw new ConfigError(
      `The log says that access of ${one} was granted or removed, and the tables do not. Run \`daypass audit verify\`.`,
    )
}

function withPositions(row: ReportRow, granted: Lists['granted'], removed: Lists['removed']): ReportRow {
  const of = (list: Map<string, number>) => String(list.get(String(row.request)) ?? '')
  return { ...row, grantedPosition: of(granted), removedPosition: of(removed) }
}
