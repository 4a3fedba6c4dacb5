import { beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import type { Account } from '../../src/domain/account.ts'
import type { ActiveGrant } from '../../src/domain/grant.ts'
import type { LeaseExtension } from '../../src/domain/lease-extension.ts'
import type { PendingRequest } from '../../src/domain/request.ts'
import type { Store } from '../../src/domain/store.ts'
import type { NewRequest, Transaction } from '../../src/domain/transaction.ts'
import {
  active,
  closed,
  decisionOf,
  grantOf,
  minutesAfter,
  newRequest,
  noon,
  pendingRequest,
  permitted,
  revoking,
} from './_base-world.ts'
import { openFreshStore } from './_fresh-store.ts'

let database: Database
let store: Store
beforeAll(async () => {
  const opened = await openFreshStore()
  database = opened.owner
  store = opened.store
  return opened.close
})

const refusedBy = (constraint: string) => ({ constraint_name: constraint })

interface Held {
  readonly requester: Account
  readonly approver: Account
  readonly request: PendingRequest
  readonly grant: ActiveGrant
}

/** A lease from 12:03 to 13:03. */
async function held(changes: Partial<NewRequest> = {}): Promise<Held> {
  const world = await pendingRequest(store, changes)
  const { request, approver } = world
  const activating = { ...grantOf(request), approvedContent: request.terms.content }
  const grant = active(activating)
  await store.transaction(async (tx) => {
    await tx.decisions.insert(decisionOf(request, approver))
    await tx.requests.save(closed(request, 'approved'))
    await tx.grants.insert(activating)
    await tx.grants.save(grant)
  })
  return { ...world, grant }
}

/** Half an hour more, asked for at 12:10. */
function moreTime({ requester, grant }: Held, changes: Partial<NewRequest> = {}): NewRequest {
  const { resourceId, entitlementId, id: grantId } = grant
  return newRequest(requester, {
    asksFor: { kind: 'extension', resourceId, entitlementId, grantId },
    durationSeconds: 1800,
    submittedAt: minutesAfter(noon, 10),
    expiresAt: grant.lease.endsAt,
    ...changes,
  })
}
async function ask(lease: Held, changes: Partial<NewRequest> = {}): Promise<PendingRequest> {
  const request = await store.transaction((tx) => tx.requests.insert(moreTime(lease, changes)))
  if (!request) throw new Error('not inserted')
  return request
}
async function approved(lease: Held, durationSeconds: number | null = null): Promise<PendingRequest> {
  const request = await ask(lease)
  await store.transaction(async (tx) => {
    await tx.decisions.insert(decisionOf(request, lease.approver, { durationSeconds }))
    await tx.requests.save(closed(request, 'approved'))
  })
  return request
}
function outcome(
  lease: Held,
  request: PendingRequest,
  changes: Partial<LeaseExtension> = {},
): LeaseExtension {
  const { id: grantId, lease: now } = lease.grant
  const ends = { fromEndsAt: now.endsAt, endsAt: minutesAfter(now.endsAt, 30) }
  return { requestId: request.id, grantId, ...ends, at: minutesAfter(noon, 20), failure: null, ...changes }
}
const longer = (grant: ActiveGrant, endsAt = minutesAfter(grant.lease.endsAt, 30)): ActiveGrant => ({
  ...grant,
  generation: grant.generation + 1,
  lease: { ...grant.lease, endsAt },
})
/** The lease is being revoked. */
const over = ({ request, grant }: Held) => revoking(active({ ...grantOf(request), id: grant.id }))
const run = (work: (tx: Transaction) => Promise<void>) => store.transaction(work)

describe('the end of a lease', () => {
  it('comes later together with an approved extension', async () => {
    const lease = await held()
    const request = await approved(lease)
    await run(async (tx) => {
      await tx.leaseExtensions.insert(outcome(lease, request))
      await tx.grants.save(longer(lease.grant))
    })
    const history = await store.histories.byRequest(lease.request.id)
    expect(history).toMatchObject({
      grant: { lease: { endsAt: minutesAfter(lease.grant.lease.endsAt, 30) } },
      extensions: [{ request: { id: request.id }, outcome: { failure: null } }],
    })
    expect(await store.histories.byRequest(request.id)).toMatchObject({
      grant: null,
      extends: { grant: { id: lease.grant.id }, request: { id: lease.request.id } },
    })
  })

  it('comes later by nothing else', async () => {
    const lease = await held()
    await expect(run((tx) => tx.grants.save(longer(lease.grant)))).rejects.toMatchObject(
      refusedBy('grants_grow_by_extension'),
    )
    const raw = database.sql`
      update grants set lease_ends_at = lease_ends_at + interval '1 s', generation = generation + 1 where id = ${lease.grant.id}`
    await expect(raw).rejects.toMatchObject(refusedBy('grants_grow_by_extension'))
    const request = await approved(lease)
    for (const grown of [
      longer(lease.grant, minutesAfter(lease.grant.lease.endsAt, 31)),
      { ...longer(lease.grant), generation: lease.grant.generation },
      { ...longer(lease.grant), lease: { ...longer(lease.grant).lease, activatedAt: noon } },
      { ...over(lease), generation: 2, lease: longer(lease.grant).lease },
    ]) {
      const other = run(async (tx) => {
        await tx.leaseExtensions.insert(outcome(lease, request))
        await tx.grants.save(grown)
      })
      await expect(other).rejects.toMatchObject(refusedBy('grants_grow_by_extension'))
    }
  })

  it('does not come later by an extension that another transaction recorded', async () => {
    const lease = await held()
    const request = await approved(lease)
    await run((tx) => tx.leaseExtensions.insert(outcome(lease, request)))
    await expect(run((tx) => tx.grants.save(longer(lease.grant)))).rejects.toMatchObject(
      refusedBy('grants_grow_by_extension'),
    )
  })

  it('may always come earlier', async () => {
    const lease = await held()
    await run((tx) => tx.grants.save(longer(lease.grant, minutesAfter(noon, 30))))
  })
})

describe('the outcome of an extension', () => {
  it('needs the approval of its own request', async () => {
    const lease = await held()
    const pending = await ask(lease)
    const early = run((tx) => tx.leaseExtensions.insert(outcome(lease, pending)))
    await expect(early).rejects.toMatchObject(refusedBy('lease_extensions_need_approval'))
    const other = await held()
    const foreign = await approved(other)
    const wrong = run((tx) => tx.leaseExtensions.insert(outcome(lease, foreign)))
    await expect(wrong).rejects.toMatchObject(refusedBy('lease_extensions_of_their_grant'))
    const origin = run((tx) => tx.leaseExtensions.insert(outcome(lease, lease.request)))
    await expect(origin).rejects.toMatchObject(refusedBy('lease_extensions_of_their_grant'))
  })

  it('moves the end no further than was approved, and from the end that there is', async () => {
    const lease = await held()
    const request = await approved(lease, 600)
    const { endsAt } = lease.grant.lease
    for (const [constraint, changes] of [
      ['lease_extensions_as_approved', { endsAt: minutesAfter(endsAt, 11) }],
      ['lease_extensions_count_from_the_end', { fromEndsAt: minutesAfter(endsAt, -5), endsAt }],
      ['lease_extensions_of_active_leases', { at: endsAt, endsAt: minutesAfter(endsAt, 10) }],
      ['lease_extensions_move_or_say_why', { endsAt }],
      ['lease_extensions_move_or_say_why', { endsAt, failure: ' ' }],
    ] as const) {
      const insert = run((tx) => tx.leaseExtensions.insert(outcome(lease, request, changes)))
      await expect(insert, constraint).rejects.toMatchObject(refusedBy(constraint))
    }
    const moved = outcome(lease, request, { endsAt: minutesAfter(endsAt, 10) })
    await run((tx) => tx.leaseExtensions.insert(moved))
  })

  it('is one, and stays', async () => {
    const lease = await held()
    const request = await approved(lease)
    const { endsAt } = lease.grant.lease
    const failed = outcome(lease, request, { endsAt, failure: 'The target is away.' })
    await run((tx) => tx.leaseExtensions.insert(failed))
    await expect(run((tx) => tx.leaseExtensions.insert(failed))).rejects.toMatchObject(
      refusedBy('lease_extensions_pkey'),
    )
    for (const change of ['update lease_extensions set failure = null', 'delete from lease_extensions'])
      await expect(database.sql.unsafe(change)).rejects.toMatchObject(
        refusedBy('lease_extensions_append_only'),
      )
    await expect(database.sql`truncate lease_extensions`).rejects.toMatchObject(
      refusedBy('lease_extensions_append_only'),
    )
  })

  it('of a lease that is over can only have failed', async () => {
    const lease = await held()
    const request = await approved(lease)
    await run((tx) => tx.grants.save(over(lease)))
    const late = run((tx) => tx.leaseExtensions.insert(outcome(lease, request)))
    await expect(late).rejects.toMatchObject(refusedBy('lease_extensions_of_active_leases'))
    const { endsAt } = lease.grant.lease
    await run((tx) => tx.leaseExtensions.insert(outcome(lease, request, { endsAt, failure: 'Over.' })))
  })
})

describe('a request for more time', () => {
  it('is for a lease that is active, of its holder, as it was approved', async () => {
    const lease = await held()
    const other = await held()
    const { grant, request } = lease
    const asksFor = {
      kind: 'extension',
      resourceId: grant.resourceId,
      entitlementId: 'fix-orders',
      grantId: grant.id,
    } as const
    const content = { ...request.terms, content: other.grant.approvedContent, risk: 'high' } as const
    for (const [constraint, changes] of [
      ['requests_extend_what_is_held', { requesterId: other.requester.id }],
      ['requests_extend_what_is_held', { asksFor }],
      [
        'requests_extend_active_leases',
        { submittedAt: grant.lease.endsAt, expiresAt: minutesAfter(grant.lease.endsAt, 1) },
      ],
      ['requests_extensions_expire_with_lease', { expiresAt: minutesAfter(grant.lease.endsAt, 1) }],
      [
        'requests_extend_no_break_glass',
        { policy: permitted('breakGlass'), terms: { ...content, breakGlassSeconds: 3600 } },
      ],
    ] as [string, Partial<NewRequest>][]) {
      const insert = run(async (tx) => void (await tx.requests.insert(moreTime(lease, changes))))
      await expect(insert, constraint).rejects.toMatchObject(refusedBy(constraint))
    }
    await run((tx) => tx.grants.save(over(lease)))
    const late = run(async (tx) => void (await tx.requests.insert(moreTime(lease))))
    await expect(late).rejects.toMatchObject(refusedBy('requests_extend_active_leases'))
  })

  it('is one at a time, also while an approved one is carried out', async () => {
    const lease = await held()
    const first = await ask(lease)
    await expect(ask(lease)).rejects.toMatchObject(refusedBy('requests_one_pending_extension'))
    await store.transaction(async (tx) => {
      await tx.decisions.insert(decisionOf(first, lease.approver))
      await tx.requests.save(closed(first, 'approved'))
    })
    await expect(ask(lease)).rejects.toMatchObject(refusedBy('requests_one_extension_at_once'))
    const { endsAt } = lease.grant.lease
    await run((tx) => tx.leaseExtensions.insert(outcome(lease, first, { endsAt, failure: 'No.' })))
    await ask(lease)
  })

  it('makes no grant, and no pre-approval', async () => {
    const lease = await held()
    const request = await approved(lease)
    const grant = run((tx) => tx.grants.insert(grantOf(request)))
    await expect(grant).rejects.toMatchObject(refusedBy('grants_of_entitlements'))
    const made = run(
      async (tx) =>
        void (await tx.preApprovals.insert({
          requestId: request.id,
          madeById: lease.approver.id,
          madeAt: noon,
          goodThrough: minutesAfter(noon, 60),
          maxDurationSeconds: 60,
          reason: 'Often',
          engagementId: null,
          policy: permitted('preApprove'),
        })),
    )
    await expect(made).rejects.toMatchObject(refusedBy('pre_approvals_of_access'))
  })

  it('names the lease, and no request for access does', async () => {
    const lease = await held()
    const bare = database.sql`
      insert into requests (submission_key, requester_id, asks_for_kind, resource_id, entitlement_id, terms, duration_seconds,
        justification, policy, status, submitted_at, expires_at)
      select submission_key || 'x', requester_id, 'extension', resource_id, entitlement_id, terms, duration_seconds, justification,
        policy, 'pending', submitted_at, expires_at from requests where id = ${lease.request.id}`
    await expect(bare).rejects.toMatchObject(refusedBy('requests_extensions_name_a_grant'))
  })
})
