import { createWriteStream, openSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { openRecord } from '../app/audit.ts'
import { ConfigError, readFiles } from '../config.ts'
import { knownZone } from '../domain/calendar-day.ts'
import {
  type ReportFormat,
  type ReportKind,
  type ReportWriter,
  reportFormatNames,
  reportParameters,
  usualFormat,
} from '../domain/report.ts'
import { reportFormats } from '../report-formats.ts'
import { writeReport } from '../usecases/reports/make-report.ts'
import type { GivenParameters, ParameterProblem } from '../usecases/reports/read-parameters.ts'
import { print } from './print.ts'

export interface ReportArguments extends GivenParameters {
  readonly format?: string
  readonly out?: string
  readonly zone?: string
}

/** `daypass report NAME`: writes a report to a file or to standard output. Without a name it lists the reports. */
export async function report(name: string | undefined, given: ReportArguments): Promise<void> {
  const named = given.format === undefined ? null : formatOf(given.format)
  const timeZone = zoneOf(given.zone)
  const { store, clock, close } = await openRecord(readFiles())
  try {
    if (name === undefined) return listReports(store.reports.kinds)
    const kind = store.reports.kinds.find((one) => one.name === name)
    const format = named ?? (kind ? usualFormat(kind) : 'csv')
    const parameters = Object.fromEntries(
      reportParameters.flatMap((parameter) => {
        const value = given[parameter]
        return value === undefined ? [] : [[parameter, value]]
      }),
    )
    const asked = { name, given: parameters, format, timeZone, by: userInfo().username }
    let written: { readonly writer: ReportWriter; readonly out: Writable } | null = null
    const answer = await writeReport({ store, clock }, asked, (made) => {
      const out = given.out === undefined ? process.stdout : fileAt(given.out)
      const writer: ReportWriter = reportFormats[format](made, out)
      written = { writer, out }
      return async (rows) => {
        await writer.rows(rows)
        return true
      }
    })
    if (answer.kind === 'invalid') throw new ConfigError(problemsText(answer.problems))
    await end(written, given.out)
  } finally {
    await close()
  }
}

async function end(
  written: { readonly writer: ReportWriter; readonly out: Writable } | null,
  path: string | undefined,
): Promise<void> {
  await written?.writer.end()
  if (!written || path === undefined) return
  written.out.end()
  await finished(written.out)
  print(`The report is in ${path}.`)
}

/** Only this user may read it. */
function fileAt(path: string): Writable {
  try {
    return createWriteStream(path, { fd: openSync(path, 'w', 0o600) })
  } catch (error) {
    throw new ConfigError(`${path} cannot be written (${(error as NodeJS.ErrnoException).code}).`)
  }
}

function problemsText(problems: readonly ParameterProblem[]): string {
  return problems
    .map(({ parameter, message }) => (parameter === null ? message : `--${parameter}: ${message}`))
    .join('\n')
}

function listReports(kinds: readonly ReportKind[]): void {
  for (const { name, about, parameters, required } of kinds) {
    const options = parameters.map((parameter) =>
      required.includes(parameter) ? `--${parameter}` : `[--${parameter}]`,
    )
    print(`${name} ${options.join(' ')}\n    ${about}`)
  }
}

function formatOf(text: string): ReportFormat {
  const format = reportFormatNames.find((one) => one === text)
  if (!format) throw new ConfigError(`--format needs one of ${reportFormatNames.join(', ')}.`)
  return format
}

function zoneOf(text = 'UTC'): string {
  if (knownZone(text) === text) return text
  throw new ConfigError('--zone needs an IANA time zone such as Europe/Lisbon.')
}
