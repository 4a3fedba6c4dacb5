import type { AuditAction } from '../audit-event.ts'
import type { Json } from '../json.ts'
import type { EvidenceItem } from './alert.ts'
import type { NoticingFacts } from './facts.ts'
import type { AtMost, Settings, ValuesOf } from './setting.ts'

/** Why a rule is asked: an audit event, or a look at a lease that goes on. */
export interface Occasion {
  readonly at: Date
  /** Null: a look has shown something new of the use of a lease. */
  readonly action: AuditAction | null
  /** The account that acted. Null: Daypass itself. */
  readonly actorId: string | null
  readonly requestId: string | null
  readonly grantId: string | null
  /** The account whose access it is about. */
  readonly accountId: string | null
  readonly resourceId: string | null
  readonly entitlementId: string | null
  readonly details: Readonly<Record<string, Json>>
}

/** Something that a rule noticed. */
export interface Noticed {
  /** It is noticed once under this name. */
  readonly occurrence: string
  /** The rule says how often it may speak about the same subject. Muting is by subject too. */
  readonly subject: string
  /** Accounts that it is about. None of these people may answer. The first is named in the message. */
  readonly about: readonly string[]
  /** One sentence of Daypass with numbers, without free text and addresses. It is kept for ever. */
  readonly headline: string
  readonly evidence: readonly EvidenceItem[]
}

/** One kind of rule. Add it to `all-rules.ts`: the catalog, its schema and the evaluation follow. */
export interface Rule<S extends Settings = Settings> {
  /** As the catalog writes it. */
  readonly kind: string
  readonly title: string
  /** For the catalog's schema. */
  readonly about: string
  /** Whether it is on where the catalog says nothing. */
  readonly isOn: boolean
  readonly atMost: AtMost
  readonly settings: S
  /** The events after which it is asked. */
  readonly on: readonly AuditAction[]
  /** It is also asked while a lease lives, when a look shows something new. */
  readonly isLive?: boolean
  /** Null: nothing to notice. */
  notice(occasion: Occasion, settings: ValuesOf<S>, facts: NoticingFacts): Promise<Noticed | null>
}

export function defineRule<S extends Settings>(rule: Rule<S>): Rule<S> {
  return rule
}
