import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { type ApprovalPlan, approvalsIn, ownersPlan } from '../../src/domain/approval-plan.ts'
import { type GivenApproval, progressOf } from '../../src/domain/approval-progress.ts'
import type { Store } from '../../src/domain/store.ts'
import type { Transaction } from '../../src/domain/transaction.ts'
import { approvals, plans } from '../domain/_plans.ts'
import { closed, decisionOf, grantOf, member, newRequest } from './_base-world.ts'
import { openFreshStore } from './_fresh-store.ts'

let database: Database
let store: Store
beforeAll(async () => {
  const opened = await openFreshStore()
  database = opened.database
  store = opened.store
  return opened.close
})

const refusedBy = (constraint: string) => ({ constraint_name: constraint })

/** A request for this plan, with these approvals on record, whatever the domain would say of them. */
async function withApprovals(tx: Transaction, plan: ApprovalPlan, given: readonly GivenApproval[]) {
  const requester = await tx.accounts.upsert(member('UREQUESTER'))
  const { terms } = newRequest(requester)
  const request = await tx.requests.insert(newRequest(requester, { terms: { ...terms, approvals: plan } }))
  if (!request) throw new Error('not inserted')
  for (const [at, { person, countsAs }] of given.entries()) {
    const approver = await tx.accounts.upsert(member(`U${person}`))
    // A stage of its own for each decision, because only their order counts.
    await tx.decisions.insert(decisionOf(request, approver, { countsAs, stage: at }))
  }
  return request
}

/** Approvals that the plan lets be recorded: without the second one of a person, where it allows only one. */
function recordable(plan: ApprovalPlan, given: GivenApproval[]): GivenApproval[] {
  if (plan.samePersonInTwoStages) return given
  return given.filter(({ person }, at) => given.findIndex((one) => one.person === person) === at)
}

describe('Postgres counts approvals as the domain does', () => {
  it('for random plans, people and orders of clicks', async () => {
    await fc.assert(
      fc.asyncProperty(plans, approvals, async (plan, clicks) => {
        const given = recordable(plan, clicks)
        const request = await store.transaction((tx) => withApprovals(tx, plan, given))
        const progress = progressOf(plan, given)
        const [row] = await database.sql`
          select approvals_missing(requests) as missing from requests where id = ${request.id}`
        expect(row?.missing).toBe(approvalsIn(plan) - progress.given.flat().length)
        const approve = store.transaction(async (tx) => {
          await tx.requests.save(closed(request, 'approved'))
          await tx.grants.insert(grantOf(request))
        })
        if (progress.open === null) await approve
        else await expect(approve).rejects.toMatchObject(refusedBy('requests_approved_by_enough'))
      }),
      { numRuns: 150 },
    )
  })

  it('also a request of an earlier version, whose terms have a number', async () => {
    const request = await store.transaction(async (tx) => {
      const requester = await tx.accounts.upsert(member('UOLD'))
      const { terms } = newRequest(requester)
      // The type of the terms has no number any more, but stored rows do.
      const stored = { ...terms, approvals: 2 as unknown as ApprovalPlan }
      return tx.requests.insert(newRequest(requester, { terms: stored }))
    })
    const [row] = await database.sql`
      select approvals_missing(requests) as missing from requests where id = ${request?.id ?? ''}`
    expect(row?.missing).toBe(2)
    const history = await store.histories.byRequest(request?.id ?? '')
    expect(history?.request.terms.approvals).toEqual(ownersPlan(2))
  })
})

describe('terms without a plan', () => {
  it.each([
    ['nothing', {}],
    ['no approvals', { approvals: 0 }],
    ['no stages', { approvals: { ...ownersPlan(1), stages: [] } }],
    ['a stage without needs', { approvals: { ...ownersPlan(1), stages: [{ name: 'S', needs: [] }] } }],
    [
      'a need for nobody',
      { approvals: { ...ownersPlan(1), stages: [{ name: 'S', needs: [{ count: 0, from: ['owners'] }] }] } },
    ],
    [
      'a need that nobody fills',
      { approvals: { ...ownersPlan(1), stages: [{ name: 'S', needs: [{ count: 1, from: [] }] }] } },
    ],
    ['no word on two stages', { approvals: { stages: ownersPlan(1).stages } }],
  ])('are refused: %s', async (_, part) => {
    const insert = store.transaction(async (tx) => {
      const requester = await tx.accounts.upsert(member('UTERMS'))
      const draft = newRequest(requester)
      const { approvals: _, ...rest } = draft.terms
      await tx.requests.insert({ ...draft, terms: { ...rest, ...part } as typeof draft.terms })
    })
    await expect(insert).rejects.toMatchObject(refusedBy('requests_terms_name_approvals'))
  })
})
