import { createHash } from 'node:crypto'
import { RE2JS } from 're2js'
import type { ActionTemplate } from './action.ts'
import type { RunOutput } from './connector.ts'

/** Stands for what nobody may see. */
const redacted = '(redacted)'

/** The output without what the action says must not leave. */
export function redactOutput(output: RunOutput, { columns, patterns }: ActionTemplate['redact']): RunOutput {
  const compiled = patterns.map((pattern) => RE2JS.compile(pattern))
  const clean = (text: string) =>
    compiled.reduce((rest, pattern) => pattern.matcher(rest).replaceAll(redacted), text)
  if (output.kind === 'text') return { ...output, text: clean(output.text) }
  const hidden = new Set(columns.map((column) => column.toLowerCase()))
  const isHidden = output.columns.map((column) => hidden.has(column.toLowerCase()))
  const rows = output.rows.map((row) =>
    row.map((value, at) => (value === null ? null : isHidden[at] ? redacted : clean(value))),
  )
  return { ...output, rows }
}

/** The output as a file: text as it is, a table as CSV (RFC 4180). Its hash and size are in the audit log. */
export function outputFile(output: RunOutput): string {
  if (output.kind === 'text') return output.text
  return [output.columns, ...output.rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('')
}

/**
 * An empty field is null. Empty text is quoted. A field that a spreadsheet would compute gets a `'` before it:
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
function csvField(given: string | null): string {
  if (given === null) return ''
  const value = /^[=+\-@\t\r]/.test(given) && !/^-?\d+(\.\d+)?$/.test(given) ? `'${given}` : given
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

export function outputFacts(output: RunOutput): { sha256: string; bytes: number; isCut: boolean } {
  const file = Buffer.from(outputFile(output))
  return {
    sha256: createHash('sha256').update(file).digest('hex'),
    bytes: file.length,
    isCut: output.isCut,
  }
}
