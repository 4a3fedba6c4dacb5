import { createHash } from 'node:crypto'
import { isCalendarDay } from './calendar-day.ts'
import { cleanFreeText } from './free-text.ts'
import { matchesTicket } from './ticket-pattern.ts'

/** Names of parameters. People type them in Slack (`order=1003`), and templates name them (`:order`). */
export const parameterNamePattern = /^[a-z][a-z0-9_]{0,39}$/

/** One thing that the requester of an action says. Each is required: what is run depends on nothing that was left out. */
export type Parameter = {
  readonly name: string
  /** What people read at the field. */
  readonly label: string
} & (
  | {
      readonly type: 'string'
      /** Regular expression (RE2) that the whole value must match. */
      readonly pattern: string
      /** A value that matches, for people. */
      readonly example: string | null
      readonly maxLength: number
    }
  | {
      readonly type: 'number'
      readonly min: number
      readonly max: number
      /** How many digits may stand after the point. 0: a whole number. */
      readonly decimals: number
    }
  | { readonly type: 'enum'; readonly values: readonly string[] }
  /** A calendar day, `2026-11-30`. Days compare as text. */
  | { readonly type: 'date'; readonly min: string | null; readonly max: string | null }
)

/** The part of an action that no connector knows. */
export interface ActionTemplate {
  readonly parameters: readonly Parameter[]
  /** How long its output is kept for the requester. Null: it is not kept, and nobody sees it. */
  readonly keepOutputSeconds: number | null
  /** What of its output never leaves the worker. */
  readonly redact: {
    /** Names of columns, without regard to case. */
    readonly columns: readonly string[]
    /** Regular expressions (RE2). Each match is replaced. */
    readonly patterns: readonly string[]
  }
}

/** The values of the parameters in their canonical form, by name. */
export type ActionValues = Readonly<Record<string, string>>

/** One exact operation. What is approved is this text, and only that is run. */
export interface ExactAction {
  readonly values: ActionValues
  /** What will be run, for people: the first line names the action and the resource. */
  readonly text: string
  /** SHA-256 of the text in UTF-8, in hex. */
  readonly textHash: string
}

/** Makes the exact operation. `rendered`: what the connector says will be run. */
export function exactAction(
  named: { readonly resourceId: string; readonly actionId: string },
  values: ActionValues,
  rendered: string,
): ExactAction {
  const text = `${named.actionId} on ${named.resourceId}\n${rendered}`
  return { values, text, textHash: createHash('sha256').update(text).digest('hex') }
}

/** One value as it was typed, in its canonical form; or the problem with it, as a sentence for people. */
export function readParameter(
  parameter: Parameter,
  typed: string,
): { readonly value: string } | { readonly problem: string } {
  const { label } = parameter
  if (typed.trim() === '') return { problem: `${label} is missing.` }
  switch (parameter.type) {
    case 'string':
      return readString(parameter, typed)
    case 'number':
      return readNumber(parameter, typed)
    case 'enum': {
      const value = typed.trim()
      if (parameter.values.includes(value)) return { value }
      return { problem: `${label} is one of: ${parameter.values.slice(0, 20).join(', ')}.` }
    }
    case 'date':
      return readDate(parameter, typed)
  }
}

/** Text is refused rather than repaired: what people approve is exactly what was typed. */
function readString(
  { label, pattern, example, maxLength }: Extract<Parameter, { type: 'string' }>,
  typed: string,
): ReturnType<typeof readParameter> {
  if ([...typed].length > maxLength) return { problem: `${label} has ${maxLength} characters at the most.` }
  if (cleanFreeText(typed) !== typed)
    return { problem: `${label} holds hidden characters, or spaces around it. Type it anew.` }
  if (matchesTicket(pattern, typed)) return { value: typed }
  return {
    problem: `${label} does not have the right form.${example === null ? '' : ` For example: ${example}.`}`,
  }
}

function readNumber(
  { label, min, max, decimals }: Extract<Parameter, { type: 'number' }>,
  typed: string,
): ReturnType<typeof readParameter> {
  const text = typed.trim()
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d{1,15})(?:\.(\d{1,9}))?$/.exec(text) ?? []
  if (whole === '')
    return { problem: `${label} is ${decimals === 0 ? 'a whole number' : 'a number'}, written with digits.` }
  const kept = fraction.replace(/0+$/, '')
  if (kept.length > decimals) {
    const most = decimals === 0 ? 'is a whole number' : `has at most ${decimals} digits after the point`
    return { problem: `${label} ${most}.` }
  }
  const digits = whole.replace(/^0+(?=\d)/, '')
  const size = kept === '' ? digits : `${digits}.${kept}`
  const value = Number(size) === 0 ? '0' : `${sign}${size}`
  if (Number(value) < min || Number(value) > max) return { problem: `${label} is from ${min} to ${max}.` }
  return { value }
}

function readDate(
  { label, min, max }: Extract<Parameter, { type: 'date' }>,
  typed: string,
): ReturnType<typeof readParameter> {
  const value = typed.trim()
  if (!isCalendarDay(value)) return { problem: `${label} is a day that exists, written as 2026-11-30.` }
  if (min !== null && value < min) return { problem: `${label} is ${min} or later.` }
  if (max !== null && value > max) return { problem: `${label} is ${max} or earlier.` }
  return { value }
}

/** The values below each other, for the text of an operation whose template names them. */
export function valuesText(parameters: readonly string[], values: ActionValues): string {
  return parameters.map((name) => `${name} = ${JSON.stringify(values[name] ?? '')}`).join('\n')
}
