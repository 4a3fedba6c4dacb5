import { beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { type ApprovalPlan, ownersPlan } from '../../src/domain/approval-plan.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { grantTransitions } from '../../src/domain/grant.ts'
import type { Store } from '../../src/domain/ports.ts'
import { requestTransitions, type Terms } from '../../src/domain/request.ts'
import {
  activatingGrant,
  active,
  closed,
  decisionOf,
  ended,
  grantOf,
  member,
  pendingRequest,
  permitted,
  revoking,
} from './_base-world.ts'
import { openFreshStore } from './_fresh-store.ts'

let database: Database
let store: Store
beforeAll(async () => {
  const opened = await openFreshStore()
  database = opened.database
  store = opened.store
  return opened.close
})

const termsWith = (approvals: ApprovalPlan): Terms => ({
  resourceName: 'R',
  environment: null,
  entitlementName: 'E',
  risk: 'high',
  approvals,
  tell: [],
  selfServePerPersonAndDay: 3,
  breakGlassSeconds: 1800,
  content: contentFromJson({}),
})
const refusedBy = (constraint: string) => ({ constraint_name: constraint })

describe('legal transitions are those of the domain', () => {
  it.each([
    ['requests', requestTransitions],
    ['grants', grantTransitions],
  ])('%s', async (table, transitions) => {
    const pairs = Object.entries(transitions).flatMap(([from, tos]) =>
      tos.map((to: string) => `${from} ${to}`),
    )
    const rows = await database.sql`
      select from_status, to_status from status_transitions where table_name = ${table}`
    expect(rows.map((row) => `${row.fromStatus} ${row.toStatus}`).sort()).toEqual(pairs.sort())
  })
})

describe('a request', () => {
  it('begins as pending', async () => {
    const { request } = await pendingRequest(store)
    const copy = database.sql`
      insert into requests (submission_key, requester_id, asks_for_kind, resource_id, entitlement_id, terms, duration_seconds,
        justification, policy, status, submitted_at, expires_at, closed_at)
      select submission_key || 'x', requester_id, asks_for_kind, resource_id, entitlement_id, terms, duration_seconds, justification,
        policy, 'denied', submitted_at, expires_at, submitted_at from requests where id = ${request.id}`
    await expect(copy).rejects.toMatchObject(refusedBy('requests_begin_pending'))
  })

  it('that is closed never changes again', async () => {
    const { request } = await pendingRequest(store)
    await store.transaction((tx) => tx.requests.save(closed(request, 'cancelled')))
    for (const status of ['approved', 'denied', 'cancelled', 'expired'] as const) {
      const reopened = store.transaction((tx) => tx.requests.save(closed(request, status)))
      await expect(reopened, status).rejects.toMatchObject(refusedBy('requests_final_stay'))
    }
  })

  it('keeps what was asked for', async () => {
    const { request } = await pendingRequest(store)
    const stretched = database.sql`update requests set duration_seconds = 86400 where id = ${request.id}`
    await expect(stretched).rejects.toMatchObject(refusedBy('requests_keep_terms'))
    const selfServed = database.sql`
      update requests set policy = policy || '{"action": "selfServe"}' where id = ${request.id}`
    await expect(selfServed).rejects.toMatchObject(refusedBy('requests_keep_terms'))
  })

  it('is not approved by nobody', async () => {
    const { request } = await pendingRequest(store)
    const approved = store.transaction((tx) => tx.requests.save(closed(request, 'approved')))
    await expect(approved).rejects.toMatchObject(refusedBy('requests_approved_by_enough'))
  })

  it('for two approvals is not approved by one', async () => {
    const { request, approver } = await pendingRequest(store, { terms: termsWith(ownersPlan(2)) })
    const approve = store.transaction(async (tx) => {
      await tx.decisions.insert(decisionOf(request, approver))
      await tx.requests.save(closed(request, 'approved'))
    })
    await expect(approve).rejects.toMatchObject(refusedBy('requests_approved_by_enough'))
    await store.transaction(async (tx) => {
      const second = await tx.accounts.upsert(member('USECOND'))
      await tx.decisions.insert(decisionOf(request, approver))
      await tx.decisions.insert(decisionOf(request, second))
      await tx.requests.save(closed(request, 'approved'))
      await tx.grants.insert(grantOf(request))
    })
  })

  it('that policy approves by itself needs nobody', async () => {
    const { request } = await pendingRequest(store, { policy: permitted('selfServe') })
    await store.transaction(async (tx) => {
      await tx.requests.save(closed(request, 'approved'))
      await tx.grants.insert(grantOf(request))
    })
    expect((await store.histories.byRequest(request.id))?.grant?.status).toBe('activating')
  })

  it('that policy refused to approve by itself needs its approvers', async () => {
    const policy = { ...permitted('selfServe'), allowed: false, outcome: 'forbidden' } as const
    const { request } = await pendingRequest(store, { policy })
    const approved = store.transaction((tx) => tx.requests.save(closed(request, 'approved')))
    await expect(approved).rejects.toMatchObject(refusedBy('requests_approved_by_enough'))
  })
})

describe('a decision', () => {
  it('is never the requester’s own', async () => {
    const { request, requester } = await pendingRequest(store)
    const own = store.transaction((tx) => tx.decisions.insert(decisionOf(request, requester)))
    await expect(own).rejects.toMatchObject(refusedBy('decisions_not_by_requester'))
  })

  it('is never that of a second account of the requester', async () => {
    const { request, requester } = await pendingRequest(store)
    const { confirmedEmail } = requester
    const second = await store.transaction((tx) => tx.accounts.upsert(member('USECOND', { confirmedEmail })))
    const own = store.transaction((tx) => tx.decisions.insert(decisionOf(request, second)))
    await expect(own).rejects.toMatchObject(refusedBy('decisions_not_by_requester'))
  })

  it('names the person of its account', async () => {
    const { request, requester, approver } = await pendingRequest(store)
    const forged = decisionOf(request, approver, { approverPerson: requester.personId })
    const inserted = store.transaction((tx) => tx.decisions.insert(forged))
    await expect(inserted).rejects.toMatchObject(refusedBy('decisions_name_the_person'))
  })

  it('is one for each person, unless the plan lets one person decide two stages', async () => {
    for (const samePersonInTwoStages of [false, true]) {
      const { request, approver } = await pendingRequest(store, {
        terms: termsWith({ ...ownersPlan(1), samePersonInTwoStages }),
      })
      const twice = store.transaction(async (tx) => {
        await tx.decisions.insert(decisionOf(request, approver))
        await tx.decisions.insert(decisionOf(request, approver, { stage: 1 }))
      })
      if (samePersonInTwoStages) await twice
      else await expect(twice).rejects.toMatchObject(refusedBy('decisions_one_stage_per_person'))
    }
  })

  it('approves for less, never for longer, and never for no time', async () => {
    const { request, approver } = await pendingRequest(store)
    for (const durationSeconds of [3600, 7200]) {
      const longer = store.transaction((tx) =>
        tx.decisions.insert(decisionOf(request, approver, { durationSeconds })),
      )
      await expect(longer).rejects.toMatchObject(refusedBy('decisions_approve_for_less'))
    }
    const never = decisionOf(request, approver, { durationSeconds: 0 })
    await expect(store.transaction((tx) => tx.decisions.insert(never))).rejects.toMatchObject(
      refusedBy('decisions_approve_for_some_time'),
    )
    await store.transaction((tx) =>
      tx.decisions.insert(decisionOf(request, approver, { durationSeconds: 1800 })),
    )
  })

  it('to deny says why', async () => {
    const { request, approver } = await pendingRequest(store)
    const denial = decisionOf(request, approver, { verdict: 'deny', reason: '  ' })
    const denied = store.transaction((tx) => tx.decisions.insert(denial))
    await expect(denied).rejects.toMatchObject(refusedBy('decisions_deny_says_why'))
  })

  it('comes before the request is closed', async () => {
    const { request, approver } = await pendingRequest(store)
    await store.transaction((tx) => tx.requests.save(closed(request, 'expired')))
    const late = store.transaction((tx) => tx.decisions.insert(decisionOf(request, approver)))
    await expect(late).rejects.toMatchObject(refusedBy('decisions_while_pending'))
  })
})

describe('a grant', () => {
  it('needs an approved request', async () => {
    const { request } = await pendingRequest(store)
    const grant = store.transaction((tx) => tx.grants.insert(grantOf(request)))
    await expect(grant).rejects.toMatchObject(refusedBy('grants_need_approved_request'))
  })

  it('is one for each request', async () => {
    const { request } = await activatingGrant(store)
    const second = store.transaction((tx) => tx.grants.insert(grantOf(request)))
    await expect(second).rejects.toMatchObject(refusedBy('grants_one_per_request'))
  })

  it('gives what was asked for, to who asked', async () => {
    const { request, approver } = await pendingRequest(store, { policy: permitted('selfServe') })
    await store.transaction((tx) => tx.requests.save(closed(request, 'approved')))
    for (const change of [
      { holderId: approver.id },
      { entitlementId: 'fix-orders' },
      { durationSeconds: 7200 },
    ]) {
      const other = store.transaction((tx) => tx.grants.insert({ ...grantOf(request), ...change }))
      await expect(other).rejects.toMatchObject(refusedBy('grants_give_what_was_asked'))
    }
  })

  it('lasts no longer than the shortest time that an approver gave', async () => {
    const { request, approver } = await pendingRequest(store)
    const approveForLess = (durationSeconds: number) =>
      store.transaction(async (tx) => {
        await tx.decisions.insert(decisionOf(request, approver, { durationSeconds: 1800 }))
        await tx.requests.save(closed(request, 'approved'))
        await tx.grants.insert({ ...grantOf(request), durationSeconds })
      })
    await expect(approveForLess(3600)).rejects.toMatchObject(refusedBy('grants_give_what_was_asked'))
    await approveForLess(1800)
  })

  it('begins as activating', async () => {
    const { request } = await pendingRequest(store, { policy: permitted('selfServe') })
    await store.transaction((tx) => tx.requests.save(closed(request, 'approved')))
    const grant = store.transaction((tx) => tx.grants.insert(active(grantOf(request))))
    await expect(grant).rejects.toMatchObject(refusedBy('grants_begin_activating'))
  })

  it('that is active is not activating again, nor ended without being revoked', async () => {
    const { grant } = await activatingGrant(store)
    await store.transaction((tx) => tx.grants.save(active(grant)))
    for (const next of [grant, ended(revoking(active(grant)))]) {
      const moved = store.transaction((tx) => tx.grants.save(next))
      await expect(moved, next.status).rejects.toMatchObject(refusedBy('grants_move_legally'))
    }
  })

  it('that has ended never changes again', async () => {
    const { grant } = await activatingGrant(store)
    const last = ended(revoking(active(grant)))
    for (const step of [active(grant), revoking(active(grant)), last]) {
      await store.transaction((tx) => tx.grants.save(step))
    }
    for (const next of [last, active(grant), revoking(active(grant))]) {
      const moved = store.transaction((tx) => tx.grants.save(next))
      await expect(moved, next.status).rejects.toMatchObject(refusedBy('grants_final_stay'))
    }
  })

  it('never goes back a generation, nor changes what it gives', async () => {
    const { grant } = await activatingGrant(store)
    const back = store.transaction((tx) => tx.grants.save({ ...grant, generation: 0 }))
    await expect(back).rejects.toMatchObject(refusedBy('grants_raise_generation'))
    const wider = database.sql`update grants set approved_content = '{"roles": ["superuser"]}' where id = ${grant.id}`
    await expect(wider).rejects.toMatchObject(refusedBy('grants_keep_terms'))
  })

  it.each([
    ['grants_active_have_lease_and_evidence', "status = 'active'"],
    ['grants_revocation_says_why_and_when', "status = 'revoking'"],
    ['grants_failure_says_what_and_when', "status = 'activation_failed', ended_at = now()"],
    [
      'grants_lease_not_backwards',
      "status = 'active', granted = '{}', activated_at = now(), lease_ends_at = now() - interval '1 s'",
    ],
  ])('has what its status says: %s', async (constraint, change) => {
    const { grant } = await activatingGrant(store)
    const update = database.sql.unsafe(`update grants set ${change} where id = '${grant.id}'`)
    await expect(update).rejects.toMatchObject(refusedBy(constraint))
  })
})
