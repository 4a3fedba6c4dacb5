import { z } from 'zod'
import { formatDuration, parseDuration } from '../domain/duration.ts'
import { allRules } from '../domain/noticing/all-rules.ts'
import { type ActiveRule, type NoticingRules, usualStorm } from '../domain/noticing/noticing-rules.ts'
import type { Rule } from '../domain/noticing/rule.ts'
import {
  type AlertAudience,
  type AtMost,
  alertAudiences,
  hoursText,
  parseHours,
  type Setting,
  weekdays,
} from '../domain/noticing/setting.ts'
import { duration, problem } from './values.ts'

const atMostRemedy = 'Write a number and a time, such as `1 per 7d`.'
const atMost = z
  .string(problem('This is no frequency.', atMostRemedy))
  .meta({ pattern: '^[0-9]+ per [0-9]+[dhms][0-9dhms]*$' })
  .transform((text, context): AtMost => {
    const [, times = '', per = ''] = /^([1-9][0-9]{0,3}) per ([0-9dhms]+)$/.exec(text.trim()) ?? []
    const parsed = parseDuration(per)
    if (parsed.ok) return { times: Number(times), perSeconds: parsed.seconds }
    context.addIssue({ code: 'custom', message: problem('This is no frequency.', atMostRemedy) })
    return z.NEVER
  })

/** One schema for each rule, made from its settings. */
function ruleSchema(rule: Rule) {
  const settings = Object.entries(rule.settings).map(([name, setting]) => [name, settingSchema(setting)])
  return z
    .strictObject({
      on: z
        .boolean()
        .default(true)
        .describe(`Whether it is on. Where this rule is not written: ${rule.isOn ? 'on' : 'off'}`),
      atMost: atMost
        .prefault(atMostText(rule.atMost))
        .describe('How often it may speak about the same subject'),
      tell: z
        .enum(alertAudiences)
        .default('security')
        .describe('security: the security channel. owners: the channel of the owners as well'),
      ...Object.fromEntries(settings),
    })
    .describe(rule.about)
}

function settingSchema(setting: Setting): z.ZodType {
  switch (setting.kind) {
    case 'count':
      return z.int().min(setting.least).max(1_000_000_000).default(setting.usual).describe(setting.about)
    case 'duration':
      return duration.prefault(formatDuration(setting.usual)).describe(setting.about)
    case 'hours':
      return z
        .string()
        .meta({ pattern: '^[0-9]{1,2}:[0-9]{2} *- *[0-9]{1,2}:[0-9]{2}$' })
        .transform((text, context) => {
          const hours = parseHours(text)
          if (hours) return hours
          const message = problem('These are no hours of a day.', 'Write from and to, such as `07:00-20:00`.')
          context.addIssue({ code: 'custom', message })
          return z.NEVER
        })
        .prefault(hoursText(setting.usual))
        .describe(setting.about)
    case 'weekdays':
      return z
        .array(z.enum(weekdays))
        .min(1, problem('There would be no working day.', 'Name at least one, such as `[mon]`.'))
        .prefault(setting.usual.flatMap((day) => weekdays[day - 1] ?? []))
        .transform((days) => days.map((day) => weekdays.indexOf(day) + 1))
        .describe(setting.about)
  }
}

function atMostText({ times, perSeconds }: AtMost): string {
  return `${times} per ${formatDuration(perSeconds)}`
}

const ruleSchemas: Readonly<Record<string, z.ZodType>> = Object.fromEntries(
  allRules.map((rule) => [rule.kind, ruleSchema(rule).optional()]),
)

export const noticingSchema = z.strictObject({
  rules: z
    .strictObject(ruleSchemas)
    .prefault({})
    .describe('Rules by kind. A rule that stands here is on, unless it says `on: false`'),
  storm: atMost
    .prefault(atMostText(usualStorm))
    .describe('More alerts than this in so short a time stand together in one message'),
})

interface RuleInCatalog {
  readonly on: boolean
  readonly atMost: AtMost
  readonly tell: AlertAudience
  readonly [setting: string]: unknown
}

export function noticingRules({ rules, storm }: z.output<typeof noticingSchema>): NoticingRules {
  const active = allRules.flatMap((rule): ActiveRule[] => {
    const written = rules[rule.kind] as RuleInCatalog | undefined
    if (!(written?.on ?? rule.isOn)) return []
    const { on: _, atMost, tell, ...values } = written ?? (ruleSchema(rule).parse({}) as RuleInCatalog)
    return [{ kind: rule.kind, atMost, audience: tell, values: values as ActiveRule['values'] }]
  })
  return { rules: active, storm }
}
