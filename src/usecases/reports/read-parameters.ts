import { subSeconds } from 'date-fns/subSeconds'
import { z } from 'zod'
import { startOfDay } from '../../domain/calendar-day.ts'
import { parseCampaignReference } from '../../domain/campaign.ts'
import { parseDuration } from '../../domain/duration.ts'
import { likelyMeant } from '../../domain/likely-meant.ts'
import {
  type ReportAbout,
  type ReportKind,
  type ReportParameter,
  reportParameters,
  requestOrders,
  requestStates,
} from '../../domain/report.ts'
import { parseReference } from '../../domain/request.ts'

/** What somebody named for a report, as they typed it. */
export type GivenParameters = Partial<Readonly<Record<ReportParameter, string>>>

export type ReadParameters =
  | { readonly ok: true; readonly kind: ReportKind; readonly about: ReportAbout }
  | { readonly ok: false; readonly problems: readonly ParameterProblem[] }

/** `parameter` null: it is about the name of the report. */
export interface ParameterProblem {
  readonly parameter: ReportParameter | null
  readonly message: string
}

/** Finds the report and reads what was named for it. Days are days of `timeZone`; the day of `to` is included. */
export function readParameters(
  kinds: readonly ReportKind[],
  name: string,
  given: GivenParameters,
  { timeZone, now }: { readonly timeZone: string; readonly now: Date },
): ReadParameters {
  const kind = kinds.find((one) => one.name === name)
  if (!kind) return { ok: false, problems: [{ parameter: null, message: noSuchReport(kinds, name) }] }
  const foreign = reportParameters.filter(
    (parameter) => given[parameter] !== undefined && !kind.parameters.includes(parameter),
  )
  const missing = kind.required.filter((parameter) => given[parameter] === undefined)
  const read = schemaIn(timeZone).safeParse(given)
  const problems: ParameterProblem[] = [
    ...foreign.map((parameter) => ({ parameter, message: `The report ${name} takes no \`${parameter}\`.` })),
    ...missing.map((parameter) => ({ parameter, message: `The report ${name} needs ${needs[parameter]}.` })),
    ...(read.error?.issues ?? []).map(({ path, message }) => ({
      parameter: reportParameters.find((parameter) => parameter === path[0]) ?? null,
      message,
    })),
  ]
  if (!read.data || problems.length > 0) return { ok: false, problems }
  const { on, from, to, last, person, resource, request, review } = read.data
  const { entitlement, approver, state, sort } = read.data
  if (last !== undefined && from)
    return { ok: false, problems: [{ parameter: 'last', message: 'Name `from` or `last`, not both.' }] }
  const since = on?.begins ?? from?.begins ?? back(now, last ?? (to ? undefined : kind.usualSeconds))
  const until = on?.ends ?? to?.ends ?? null
  if (since && until && since >= until)
    return { ok: false, problems: [{ parameter: 'to', message: 'The range ends before it begins.' }] }
  return {
    ok: true,
    kind,
    about: {
      from: since,
      to: until,
      userId: person ?? null,
      resourceId: resource ?? null,
      requestNumber: request ?? null,
      reviewNumber: review ?? null,
      entitlementId: entitlement ?? null,
      approverUserId: approver ?? null,
      state: state ?? null,
      order: sort ?? null,
      now,
    },
  }
}

const needs: Readonly<Record<ReportParameter, string>> = {
  from: 'its first day',
  to: 'its last day',
  last: 'how far back it goes, such as `30d`',
  on: 'a day, such as `2026-11-01`',
  person: 'a person: their Slack user id, such as `U0CARLA`',
  resource: 'a resource, such as `orders-db`',
  request: 'a request, such as `AR-1042`',
  review: 'an access review, such as `RV-3`',
  entitlement: 'an entitlement, such as `read-orders`',
  approver: 'somebody who decided: their Slack user id, such as `U0DANA`',
  state: `one of ${requestStates.join(', ')}`,
  sort: `one of ${requestOrders.join(', ')}`,
}

const userId = z
  .string()
  .regex(/^[UW][A-Z0-9]{1,30}$/, 'A person is named by their Slack user id, such as `U0CARLA`.')

function idOf(message: string) {
  return z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._/-]{0,149}$/u, message)
}

function oneOf<const Name extends string>(parameter: string, names: readonly Name[]) {
  return z.enum(names, { error: `\`${parameter}\` is one of ${names.join(', ')}.` })
}

function schemaIn(timeZone: string) {
  const day = z.string().transform((text, context) => {
    const [begins, ends] = [startOfDay(text, timeZone), startOfDay(text, timeZone, 1)]
    if (begins && ends) return { begins, ends }
    context.addIssue({ code: 'custom', message: `${shown(text)} is no day. Write it as \`2026-11-01\`.` })
    return z.NEVER
  })
  /** An instant is for programs, and for answers that are asked again. */
  const instant = z.iso.datetime({ offset: true }).transform((text) => {
    const at = new Date(text)
    return { begins: at, ends: at }
  })
  const edge = z.string().transform((text, context) => {
    const read = (text.includes('T') ? instant : day).safeParse(text)
    if (read.success) return read.data
    context.addIssue({ code: 'custom', message: `${shown(text)} is no day. Write it as \`2026-11-01\`.` })
    return z.NEVER
  })
  return z.object({
    from: edge.optional(),
    to: edge.optional(),
    on: day.optional(),
    last: z
      .string()
      .transform((text, context) => {
        const duration = parseDuration(text)
        if (duration.ok) return duration.seconds
        context.addIssue({ code: 'custom', message: `${shown(text)} is no duration. Write it as \`30d\`.` })
        return z.NEVER
      })
      .optional(),
    person: userId.optional(),
    approver: userId.optional(),
    resource: idOf('A resource is named by its id, such as `orders-db`.').optional(),
    entitlement: idOf('An entitlement is named by its id, such as `read-orders`.').optional(),
    state: oneOf('state', requestStates).optional(),
    sort: oneOf('sort', requestOrders).optional(),
    request: z
      .string()
      .transform((text, context) => {
        const reference = parseReference(text)
        if (reference) return Number(reference.slice('AR-'.length))
        context.addIssue({
          code: 'custom',
          message: `${shown(text)} is no request. Write it as \`AR-1042\`.`,
        })
        return z.NEVER
      })
      .optional(),
    review: z
      .string()
      .transform((text, context) => {
        const number = parseCampaignReference(text)
        if (number !== null) return number
        context.addIssue({
          code: 'custom',
          message: `${shown(text)} is no access review. Write it as \`RV-3\`.`,
        })
        return z.NEVER
      })
      .optional(),
  })
}

function noSuchReport(kinds: readonly ReportKind[], name: string): string {
  const names = kinds.map((kind) => kind.name)
  const [nearest] = likelyMeant(name, names)
  const meant = nearest === undefined ? `There are: ${names.join(', ')}.` : `Did you mean ${nearest}?`
  return `There is no report ${shown(name)}. ${meant}`
}

function back(now: Date, seconds: number | undefined): Date | null {
  return seconds === undefined ? null : subSeconds(now, seconds)
}

function shown(text: string): string {
  return `\`${text.replaceAll('`', '').slice(0, 40)}\``
}
