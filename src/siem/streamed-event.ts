import type { Json } from '../domain/json.ts'
import type { LeafEvent } from '../domain/record/leaf.ts'

/** An event of the record, as a destination gets it. */
export interface StreamedEvent {
  /** The name of the log. */
  readonly origin: string
  readonly position: number
  /** The hash of the leaf, in hex. */
  readonly hash: string
  readonly event: LeafEvent
}

/** The same event has the same id each time that it is sent. */
export function idOf({ origin, position }: StreamedEvent): string {
  return `${origin}/${position}`
}

/** One line for people. It holds ids and the action, and no free text. */
export function sentenceOf({ event }: StreamedEvent): string {
  const { action, request, resource, entitlement, account, actor } = event
  const parts = [
    request?.reference,
    resource && (entitlement ? `${resource} ${entitlement}` : resource),
    account && `for ${account.slack}`,
    `by ${actor?.slack ?? 'Daypass'}`,
  ]
  return `${action}: ${parts.filter((part) => part).join(', ')}`
}

/**
 * The details without the evidence of a proof, which holds a signed token and is long. The format `daypass` has it, for somebody
 * who checks proofs.
 */
export function plainDetails({ details }: LeafEvent): { readonly [key: string]: Json } {
  if (typeof details !== 'object' || details === null || Array.isArray(details)) return {}
  const { step_up: proof, ...rest } = details as { readonly [key: string]: Json }
  if (typeof proof !== 'object' || proof === null || Array.isArray(proof)) return rest
  const { id, kind } = proof as { readonly [key: string]: Json }
  return { ...rest, step_up: { id: id ?? null, kind: kind ?? null } }
}
