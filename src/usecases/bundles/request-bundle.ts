import { randomUUID } from 'node:crypto'
import { subHours } from 'date-fns/subHours'
import type { Freeze } from '../../domain/freeze.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { Transaction } from '../../domain/transaction.ts'
import {
  type AssessedBundle,
  type AssessedPart,
  assessBundle,
  isLeftOut,
  nameOfPart,
  type TypedBundle,
} from '../_shared/assess-bundle.ts'
import type { Permitted } from '../_shared/assess-request.ts'
import type { FieldProblem } from '../_shared/field-problem.ts'
import { frozenDetails, frozenFor } from '../_shared/frozen.ts'
import { recordRefusedAsk } from '../_shared/record-refused-ask.ts'
import { submitRequest } from '../_shared/submit-request.ts'
import { findPreApproval } from '../_shared/without-asking.ts'

/** The input of a request for a bundle, as the person typed it. */
export interface BundleAsk extends TypedBundle {
  /** One for each Slack interaction. */
  readonly submissionKey: string
  /** The parts that the person was told are left out, as `nameOfPart` names them. Empty: the person was told of none. */
  readonly toldLeftOut: readonly string[]
}

/**
 * `submitted`: each permitted part is a request, in one transaction; `leftOut` are the others. `tell_first`: the policies refuse
 * parts, and the person has not been told so. Nothing was submitted. `refused`: every part is left out.
 */
export type BundleAnswer =
  | {
      readonly kind: 'submitted'
      readonly histories: readonly RequestHistory[]
      readonly leftOut: readonly AssessedPart[]
      readonly repeated: boolean
    }
  | { readonly kind: 'tell_first' | 'refused'; readonly assessed: AssessedBundle }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem[] }
  | { readonly kind: 'too_many'; readonly limit: number; readonly parts: number }
  | { readonly kind: 'frozen'; readonly freeze: Freeze }
  | { readonly kind: 'unknown' }

type BundlePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Submits a request for each part of a bundle, or says what is wrong. Throws `DirectoryUnavailable`. */
export async function requestBundle(ports: BundlePorts, ask: BundleAsk): Promise<BundleAnswer> {
  const assessed = await assessBundle(ports, ask)
  if (!assessed) return { kind: 'unknown' }
  const leftOut = assessed.parts.filter(isLeftOut)
  const untold = leftOut.filter((part) => !ask.toldLeftOut.includes(nameOfPart(part)))
  await recordRefusals(ports, assessed, untold)
  if (leftOut.length === assessed.parts.length) return { kind: 'refused', assessed }
  if (untold.length > 0) return { kind: 'tell_first', assessed }
  if (assessed.problems.length > 0) {
    await recordProblems(ports, assessed)
    return { kind: 'invalid', problems: assessed.problems }
  }
  const answer = await submit(ports, ask, assessed)
  if (answer.kind === 'too_many') {
    const { limit, parts } = answer
    const details = { why: 'too_many', limit, bundle: assessed.bundle.id, parts }
    await recordRefusedAsk(ports, assessed.asker.account, { details })
  }
  if (answer.kind === 'frozen')
    await recordRefusedAsk(ports, assessed.asker.account, { details: frozenDetails(answer.freeze) })
  if (answer.kind !== 'submitted') return answer
  const histories = await ports.store.histories.byRequests(answer.requestIds)
  return { ...answer, histories, leftOut }
}

type Stored =
  | { readonly kind: 'submitted'; readonly requestIds: readonly string[]; readonly repeated: boolean }
  | Extract<BundleAnswer, { kind: 'too_many' | 'frozen' }>

async function submit(
  { store, clock, catalog }: BundlePorts,
  { submissionKey }: BundleAsk,
  { bundle, asker, parts }: AssessedBundle,
): Promise<Stored> {
  const now = clock.now()
  const { requestsPerHour: limit } = catalog.defaults
  const permitted = parts.flatMap(({ outcome }) => (outcome.kind === 'permitted' ? [outcome.assessed] : []))
  return store.transaction(async (tx): Promise<Stored> => {
    // The count waits for other requests of this account, so the next statements see those.
    const lately = await tx.requests.countSince(asker.account, subHours(now, 1))
    const earlier = await tx.bundles.requestsOf(submissionKey)
    if (earlier.length > 0) return { kind: 'submitted', requestIds: earlier, repeated: true }
    if (lately + permitted.length > limit) return { kind: 'too_many', limit, parts: permitted.length }
    const freeze = await firstFreeze(tx, permitted, now)
    if (freeze) return { kind: 'frozen', freeze }
    const requester = await tx.accounts.upsert(asker.account)
    const id = randomUUID()
    const asked = { id, catalogId: bundle.id, name: bundle.name, submissionKey, requesterId: requester.id }
    // The count is a lock as well, so nobody else stores this submission meanwhile.
    if (!(await tx.bundles.insert(asked))) throw new Error('a bundle was stored twice at once')
    const cards = new Map<string, string>()
    const requestIds: string[] = []
    for (const [index, part] of permitted.entries()) {
      const key = `${submissionKey} part ${index + 1}`
      const covering = await findPreApproval(tx, part, now)
      const details = { bundle: bundle.id, bundle_request: id }
      const submission = { submissionKey: key, requester, covering, details, now }
      const stored = await submitRequest(tx, catalog, part, submission)
      if (!stored) throw new Error(`a part of the bundle ${id} was stored before the bundle`)
      const { request } = stored.history
      await tx.bundles.add({
        bundleId: id,
        requestId: request.id,
        cardId: cardOf(cards, part, stored.history),
      })
      requestIds.push(request.id)
    }
    return { kind: 'submitted', requestIds, repeated: false }
  })
}

/** The first request that the same owners decide has the card. A request that nobody decides has none with others. */
function cardOf(
  cards: Map<string, string>,
  { resource }: Pick<Permitted, 'resource'>,
  { request }: RequestHistory,
): string {
  if (request.how !== 'approval') return request.id
  const { channel } = resource.owners
  const known = cards.get(channel)
  if (known !== undefined) return known
  cards.set(channel, request.id)
  return request.id
}

async function firstFreeze(
  tx: Transaction,
  permitted: readonly Permitted[],
  now: Date,
): Promise<Freeze | null> {
  for (const { asker, resource } of permitted) {
    const freeze = await frozenFor(tx, { personId: asker.facts.person, resourceId: resource.id }, now)
    if (freeze) return freeze
  }
  return null
}

async function recordRefusals(
  ports: BundlePorts,
  { asker, bundle }: AssessedBundle,
  untold: readonly AssessedPart[],
): Promise<void> {
  for (const { entitlement, outcome } of untold) {
    const named = { resourceId: entitlement.resourceId, entitlementId: entitlement.id }
    const why = outcome.kind === 'frozen' ? frozenDetails(outcome.freeze) : {}
    const details = { bundle: bundle.id, ...(outcome.kind === 'needs_proof' ? { why: 'needs_proof' } : why) }
    const policy = outcome.kind === 'refused' ? { policy: outcome.policy } : {}
    await recordRefusedAsk(ports, asker.account, { ...named, ...policy, details })
  }
}

async function recordProblems(ports: BundlePorts, { asker, parts }: AssessedBundle): Promise<void> {
  for (const { entitlement, outcome } of parts) {
    if (outcome.kind !== 'invalid' || !outcome.refusal) continue
    const named = { resourceId: entitlement.resourceId, entitlementId: entitlement.id }
    await recordRefusedAsk(ports, asker.account, { ...named, details: outcome.refusal })
  }
}
