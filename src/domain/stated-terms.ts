import type { Risk } from './catalog.ts'
import type { Json } from './json.ts'

/** What is to be confirmed: for the page in plain words, and as facts that are hashed and kept as evidence. */
export interface StatedTerms {
  readonly title: string
  readonly lines: readonly { readonly label: string; readonly text: string }[]
  /** Holds no free text of people, because the audit log keeps it. */
  readonly facts: Readonly<Record<string, Json>>
  /** Free text that belongs to the terms. Only its hash is kept. */
  readonly words: string
  /** Null: no entitlement is concerned. */
  readonly risk: Risk | null
  readonly requestId: string | null
}
