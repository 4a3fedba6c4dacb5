import type { AlertAudience } from './alert.ts'
import { allRules } from './all-rules.ts'
import type { Rule } from './rule.ts'
import type { AtMost, Setting } from './setting.ts'

/** A rule that is on, with the settings of the catalog. */
export interface ActiveRule {
  readonly rule: Rule
  readonly atMost: AtMost
  readonly audience: AlertAudience
  readonly values: Readonly<Record<string, Setting['usual']>>
}

/** What Daypass notices, by the catalog. */
export interface NoticingRules {
  readonly rules: readonly ActiveRule[]
  /** After so many alerts in so short a time, further ones stand together in one message. */
  readonly storm: AtMost
}

export const usualStorm: AtMost = { times: 5, perSeconds: 600 }

/** Where the catalog says nothing. */
export const usualNoticing: NoticingRules = {
  rules: allRules.filter(({ isOn }) => isOn).map((rule) => usually(rule)),
  storm: usualStorm,
}

/** This rule with its usual settings. */
export function usually(rule: Rule): ActiveRule {
  const values = Object.fromEntries(Object.entries(rule.settings).map(([name, { usual }]) => [name, usual]))
  return { rule, atMost: rule.atMost, audience: 'security', values }
}
