import type { AlertAudience, AtMost, Setting } from './setting.ts'

/** A rule that is on, with the settings of the catalog. */
export interface ActiveRule {
  /** The kind of the rule, one of `all-rules.ts`. */
  readonly kind: string
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
