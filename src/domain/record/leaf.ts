import type { AuditAction, Json } from '../audit-event.ts'
import { canonicalJson } from '../canonical-json.ts'

/** An account as a leaf names it: by its id here, and by team and user in Slack. */
export interface LeafAccount {
  readonly id: string
  readonly slack: string
}

/** An audit event as the record commits to it. The keys of another version are other keys: `v` says which. */
export interface LeafEvent {
  readonly v: 1
  readonly id: number
  /** UTC, with milliseconds. */
  readonly at: string
  readonly action: AuditAction
  /** Null: Daypass itself. */
  readonly actor: LeafAccount | null
  readonly subject: { readonly kind: string; readonly id: string } | null
  readonly request: { readonly id: string; readonly reference: string } | null
  readonly grant: string | null
  readonly account: LeafAccount | null
  readonly resource: string | null
  readonly entitlement: string | null
  readonly policy: Json
  readonly details: Json
  /** A salted hash of each free text that the event is about, by its field. */
  readonly said: Readonly<Record<string, string>> | null
}

/** The bytes of a leaf: the event as canonical JSON (RFC 8785). Throws for what JSON cannot hold. */
export function leafText(event: LeafEvent): string {
  return canonicalJson(event)
}
