import type { AuditEvent } from '../../domain/audit-event.ts'
import type { Bundle } from '../../domain/bundle.ts'
import type { Entitlement, Resource } from '../../domain/catalog.ts'
import { findEntitlement } from '../../domain/catalog.ts'
import { formatDuration, parseDuration } from '../../domain/duration.ts'
import type { Freeze } from '../../domain/freeze.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import { type Assessment, assessRequest, type Permitted, type TypedAsk } from './assess-request.ts'
import type { FieldProblem } from './field-problem.ts'
import { frozenFor } from './frozen.ts'
import type { AccountKey, Identified } from './person.ts'
import type { TypedTerms } from './read-terms.ts'

/** The same terms for every part. Null as the duration: the default of the bundle. */
export interface TypedBundle extends TypedTerms {
  readonly asker: AccountKey
  readonly bundleId: string
}

/** A part of a bundle, and what becomes of it. */
export interface AssessedPart {
  readonly resource: Resource
  readonly entitlement: Entitlement
  /** `needs_proof`: it asks for a proof of who is asking, which is for one request alone. */
  readonly outcome:
    | { readonly kind: 'permitted'; readonly assessed: Permitted }
    | { readonly kind: 'invalid'; readonly refusal: AuditEvent['details'] | null }
    | { readonly kind: 'refused'; readonly policy: PolicyResult }
    | { readonly kind: 'frozen'; readonly freeze: Freeze }
    | { readonly kind: 'needs_proof' }
}

export interface AssessedBundle {
  readonly bundle: Bundle
  readonly asker: Identified
  readonly parts: readonly AssessedPart[]
  /** Of the terms. All at once, each once. */
  readonly problems: readonly FieldProblem[]
}

/** Whether a part is left out, whatever the terms are. */
export function isLeftOut({ outcome }: AssessedPart): boolean {
  return outcome.kind === 'refused' || outcome.kind === 'frozen' || outcome.kind === 'needs_proof'
}

/** As in the catalog: `orders-db/read-orders`. */
export function nameOfPart({ entitlement }: Pick<AssessedPart, 'entitlement'>): string {
  return `${entitlement.resourceId}/${entitlement.id}`
}

type AssessPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Judges each part by itself, as a request for it alone is judged. Records nothing. Null: there is no such bundle. Throws `DirectoryUnavailable`. */
export async function assessBundle(ports: AssessPorts, typed: TypedBundle): Promise<AssessedBundle | null> {
  const bundle = ports.catalog.bundles?.get(typed.bundleId)
  if (!bundle) return null
  const { bundleId: _, ...terms } = typed
  const duration = typed.duration ?? formatDuration(bundle.defaultDurationSeconds)
  const assessed = await Promise.all(
    bundle.parts.map((part) => assessPart(ports, { ...terms, ...part, duration })),
  )
  const [first] = assessed
  if (!first) return null
  const parts: AssessedPart[] = []
  for (const [index, one] of assessed.entries()) {
    const named = bundle.parts[index]
    const found = named && findEntitlement(ports.catalog, named.resourceId, named.entitlementId)
    if (found) parts.push({ ...found, outcome: await outcomeOf(ports, one) })
  }
  const found = assessed.flatMap((one, index) =>
    one.kind === 'invalid' && !isLeftOutAt(parts, index) ? one.problems : [],
  )
  const tooLong = problemWithTime(bundle, duration)
  // A time that is too long for the bundle is told once, not for each part.
  const problems = tooLong ? [tooLong, ...found.filter(({ field }) => field !== 'duration')] : found
  return { bundle, asker: first.asker, parts, problems: eachOnce(problems) }
}

/** The policies judge also a part whose terms do not fit yet, so that the form says before anything is typed what is left out. */
async function assessPart(ports: AssessPorts, ask: TypedAsk): Promise<Assessment> {
  const assessed = await assessRequest(ports, ask)
  if (assessed.kind !== 'invalid') return assessed
  const fitting = { duration: null, justification: 'x'.repeat(1_000), ticket: null, start: null }
  const judged = await assessRequest(ports, { ...ask, ...fitting })
  return judged.kind === 'refused' ? judged : assessed
}

function isLeftOutAt(parts: readonly AssessedPart[], index: number): boolean {
  const part = parts[index]
  return part !== undefined && isLeftOut(part)
}

function eachOnce(problems: readonly FieldProblem[]): FieldProblem[] {
  return [...new Map(problems.map((one) => [`${one.field} ${one.message}`, one])).values()]
}

function problemWithTime({ name, maxDurationSeconds: most }: Bundle, typed: string): FieldProblem | null {
  const parsed = parseDuration(typed)
  if (!parsed.ok || parsed.seconds <= most) return null
  const message = `${name} is given for ${formatDuration(most)} at the most; you asked for ${formatDuration(parsed.seconds)}.`
  return { field: 'duration', message }
}

async function outcomeOf(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  assessed: Assessment,
): Promise<AssessedPart['outcome']> {
  switch (assessed.kind) {
    case 'unknown':
      throw new Error(`The catalog has no part of a bundle: ${assessed.problem.message}`)
    case 'refused':
      return { kind: 'refused', policy: assessed.policy }
    case 'invalid':
      return { kind: 'invalid', refusal: assessed.refusal ?? null }
    case 'permitted': {
      if (assessed.needsProof) return { kind: 'needs_proof' }
      const now = clock.now()
      const subject = { personId: assessed.asker.facts.person, resourceId: assessed.resource.id }
      const freeze = await store.transaction((tx) => frozenFor(tx, subject, now))
      return freeze ? { kind: 'frozen', freeze } : { kind: 'permitted', assessed }
    }
  }
}
