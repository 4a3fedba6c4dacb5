import type { LeaseExtension } from '../../src/domain/lease-extension.ts'
import type { AccessRequest } from '../../src/domain/request.ts'
import type { RequestHistory } from '../../src/domain/request-history.ts'
import { at, historiesOf, type Texts, usualTexts } from './_histories.ts'

/** Requests for more time in every state, and a lease that was extended often, by a name for the state. */
export function extensionsOf(texts: Texts = usualTexts, approvers = 2): Record<string, RequestHistory> {
  const histories = historiesOf(texts, approvers)
  const state = (name: string): RequestHistory => {
    const history = histories[name]
    if (!history) throw new Error(`no history ${name}`)
    return history
  }
  const lease = state('active')
  const { grant } = lease
  if (grant?.status !== 'active') throw new Error('the lease is not active')
  const asMore = (request: AccessRequest): AccessRequest => ({
    ...request,
    id: '1b0e9a52-1f6c-4b0e-9a52-1f6c4b0e9a52',
    reference: 'AR-1050',
    asksFor: { kind: 'extension', resourceId: 'orders-db', entitlementId: 'read-orders', grantId: grant.id },
    durationSeconds: 1_800,
  })
  const outcome: LeaseExtension = {
    requestId: '1b0e9a52-1f6c-4b0e-9a52-1f6c4b0e9a52',
    grantId: grant.id,
    fromEndsAt: grant.lease.endsAt,
    endsAt: at(161),
    at: at(20),
    failure: null,
  }
  const failed = { ...outcome, endsAt: outcome.fromEndsAt, failure: texts.failure }
  const more = (name: string, result: LeaseExtension | null = null, of = lease): RequestHistory => ({
    ...state(name),
    request: asMore(state(name).request),
    extends: { grant: of.grant ?? grant, request: lease.request, outcome: result },
  })
  const approved = asMore(lease.request)
  return {
    'more time, pending': more('pending'),
    'more time, denied': more('denied'),
    'more time, cancelled': more('cancelled', null, state('released')),
    'more time, expired': more('expired', null, state('ended')),
    'more time, being set': more('approved, no grant yet'),
    extended: more('approved, no grant yet', outcome),
    'extended, over': more('approved, no grant yet', outcome, state('ended')),
    'could not be extended': more('approved, no grant yet', failed),
    'could not be extended, over': more('approved, no grant yet', failed, state('ended')),
    'active, with extensions': {
      ...lease,
      extensions: [
        ...Array.from({ length: 7 }, () => ({ request: approved, outcome })),
        { request: approved, outcome: failed },
        { request: asMore(state('denied').request), outcome: null },
        { request: approved, outcome: null },
        { request: asMore(state('pending').request), outcome: null },
      ],
    },
  }
}
