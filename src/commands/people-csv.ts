import { CsvError, parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import type { ContractorRow } from '../domain/engagement-message.ts'
import { StartupRefused } from '../domain/startup-refused.ts'
import type { PeopleRow } from '../usecases/people/_import/read-row.ts'

/** `name` is for readers. An import does not look at it. */
const required = ['account', 'company', 'sponsor', 'ends'] as const
const optional = ['name', 'starts', 'tags'] as const
const loginPrefix = 'login:'
const help =
  'The first line names the columns: account,company,sponsor,ends and, where you need them, name,starts,tags,login:github.'

/** Reads a file of people. Throws `StartupRefused` where it is no such file. */
export function readPeopleCsv(path: string, text: string): PeopleRow[] {
  const records = parseRecords(path, text)
  const [head, ...lines] = records
  if (!head) throw new StartupRefused(`${path} is empty.`, help)
  const columns = head.cells.map((name) => name.trim())
  refuseColumns(path, columns)
  return lines.map(({ line, cells }) => {
    const cell = (name: string) => plainCell(cells[columns.indexOf(name)] ?? '')
    const systems = columns.filter((name) => name.startsWith(loginPrefix))
    return {
      line,
      account: cell('account'),
      company: cell('company'),
      sponsor: cell('sponsor'),
      starts: cell('starts'),
      ends: cell('ends'),
      tags: cell('tags'),
      logins: new Map(systems.map((name) => [name.slice(loginPrefix.length), cell(name)])),
    }
  })
}

/** Writes a file that `readPeopleCsv` reads again. No cell is a formula for a spreadsheet. */
export function writePeopleCsv(rows: readonly ContractorRow[]): string {
  const systems = [
    ...new Set(rows.flatMap(({ identities }) => identities.map(({ system }) => system))),
  ].sort()
  const columns = ['account', 'name', 'company', 'sponsor', 'starts', 'ends', 'tags']
  const lines = rows.map(({ engagement, contractor, identities }) => [
    contractor.userId,
    contractor.displayName,
    engagement.company,
    engagement.sponsor.userId,
    engagement.startsAt.toISOString(),
    engagement.endsAt.toISOString(),
    engagement.tags.join(' '),
    ...systems.map((system) => identities.find((one) => one.system === system)?.login ?? ''),
  ])
  return stringify(
    [[...columns, ...systems.map((system) => `${loginPrefix}${system}`)], ...lines].map((line) =>
      line.map(safeCell),
    ),
  )
}

/** With `info`, which the types of csv-parse do not know. */
interface Parsed {
  readonly record: string[]
  readonly info: { readonly lines: number }
}

function parseRecords(path: string, text: string): { line: number; cells: string[] }[] {
  try {
    const records = parse(text, { bom: true, info: true, skip_empty_lines: true }) as unknown as Parsed[]
    return records.map(({ record, info }) => ({ line: info.lines, cells: record }))
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw new StartupRefused(
      `${path} cannot be read as CSV: ${error.message}`,
      'Correct this line. Nothing was imported.',
    )
  }
}

function refuseColumns(path: string, columns: readonly string[]): void {
  const missing = required.filter((name) => !columns.includes(name))
  const known: readonly string[] = [...required, ...optional]
  const unknown = columns.filter((name) => !known.includes(name) && !/^login:[a-z0-9][a-z0-9-]*$/.test(name))
  const twice = columns.filter((name, index) => columns.indexOf(name) !== index)
  const problem =
    missing.length > 0
      ? `lacks the column ${missing.join(', ')}`
      : unknown.length > 0
        ? `has a column ${unknown.map((name) => `“${name}”`).join(', ')} that means nothing`
        : twice.length > 0
          ? `has the column ${twice[0]} twice`
          : null
  if (problem) throw new StartupRefused(`${path}:1 ${problem}.`, help)
}

/**
 * Spreadsheets take a cell that begins so for a formula: https://owasp.org/www-community/attacks/CSV_Injection. A quote before
 * it makes it text. A cell that begins with quotes and then so gets one more, so that reading takes exactly one away.
 */
const formula = /^'*[=+\-@\t\r＝＋－＠]/

function safeCell(cell: string): string {
  return formula.test(cell) ? `'${cell}` : cell
}

function plainCell(cell: string): string {
  const trimmed = cell.trim()
  return trimmed.startsWith("'") && formula.test(trimmed) ? trimmed.slice(1) : trimmed
}
