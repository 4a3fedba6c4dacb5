import { beforeAll, describe, expect, it } from 'vitest'
import { ownersPlan } from '../../src/domain/approval-plan.ts'
import { reviewDueAt } from '../../src/domain/break-glass.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import type { AccessRequest, PendingRequest } from '../../src/domain/request.ts'
import type { Store } from '../../src/domain/store.ts'
import type { NewPreApproval, NewRequest } from '../../src/domain/transaction.ts'
import {
  closed,
  decisionOf,
  grantOf,
  member,
  minutesAfter,
  newRequest,
  noon,
  permitted,
} from './_base-world.ts'
import { openFreshStore } from './_fresh-store.ts'

let store: Store
let sql: Awaited<ReturnType<typeof openFreshStore>>['database']['sql']
beforeAll(async () => {
  const opened = await openFreshStore()
  store = opened.store
  sql = opened.database.sql
  return opened.close
})

const refusedBy = (constraint: string) => ({ constraint_name: constraint })
let people = 0
const someone = () => {
  people += 1
  return store.transaction((tx) => tx.accounts.upsert(member(`UW${people}`)))
}
type Account = Awaited<ReturnType<typeof someone>>
const terms = (changes: Partial<NewRequest['terms']> = {}): NewRequest['terms'] => ({
  resourceName: 'R',
  environment: null,
  entitlementName: 'E',
  risk: 'low',
  approvals: ownersPlan(1),
  tell: [],
  selfServePerPersonAndDay: 2,
  breakGlassSeconds: 3600,
  content: contentFromJson({ privileges: ['one'] }),
  ...changes,
})
async function insert(requester: Account, changes: Partial<NewRequest> = {}): Promise<PendingRequest> {
  const request = await store.transaction((tx) =>
    tx.requests.insert(newRequest(requester, { terms: terms(), ...changes })),
  )
  if (!request) throw new Error('not stored')
  return request
}
const grant = (request: PendingRequest) =>
  store.transaction(async (tx) => {
    await tx.requests.save(closed(request, 'approved'))
    await tx.grants.insert(grantOf(request))
  })
/** The accounts turn out to be one person. */
const becomeOne = (into: Account, other: Account) =>
  sql`update accounts set person_id = ${into.personId} where id = ${other.id}`

describe('a request that says of itself that a rule approved it', () => {
  const byRule = { policy: permitted('selfServe') }

  it('is refused beyond the limit in its terms, also by another account of the person', async () => {
    const [one, other] = [await someone(), await someone()]
    await insert(one, byRule)
    await becomeOne(one, other)
    await insert(other, byRule)
    await expect(insert(one, byRule)).rejects.toMatchObject(refusedBy('requests_by_rule_within_limit'))
    await expect(insert(other, byRule)).rejects.toMatchObject(refusedBy('requests_by_rule_within_limit'))
    await insert(one, {
      ...byRule,
      submittedAt: minutesAfter(noon, 24 * 60),
      expiresAt: minutesAfter(noon, 25 * 60),
    })
  })

  it('is refused beyond the limit when all come at once', async () => {
    const one = await someone()
    const all = await Promise.allSettled(Array.from({ length: 6 }, () => insert(one, byRule)))
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
  })
})

describe('break-glass', () => {
  const emergency = { policy: permitted('breakGlass') }
  const open = (request: AccessRequest, personId: string) =>
    store.transaction((tx) =>
      tx.reviews.insert({ requestId: request.id, openedAt: noon, dueAt: reviewDueAt(noon) }, personId),
    )
  const done = (request: AccessRequest, by: Account) =>
    store.transaction((tx) =>
      tx.reviews.close(request.id, {
        byId: by.id,
        at: minutesAfter(noon, 90),
        verdict: 'justified',
        finding: 'Fine.',
        policy: permitted('review'),
      }),
    )

  it('without a review gives nothing', async () => {
    const request = await insert(await someone(), emergency)
    await expect(grant(request)).rejects.toMatchObject(refusedBy('requests_approved_by_enough'))
  })

  it('with a review that is done gives nothing either', async () => {
    const [one, reviewer] = [await someone(), await someone()]
    const request = await insert(one, emergency)
    await open(request, one.personId)
    await done(request, reviewer)
    await expect(grant(request)).rejects.toMatchObject(refusedBy('requests_approved_by_enough'))
  })

  it('is refused beyond its short limit, and where there is none', async () => {
    const one = await someone()
    const name = 'requests_break_glass_within_limit'
    await expect(insert(one, { ...emergency, durationSeconds: 3601 })).rejects.toMatchObject(refusedBy(name))
    const none = { ...emergency, terms: terms({ breakGlassSeconds: null }) }
    await expect(insert(one, none)).rejects.toMatchObject(refusedBy(name))
  })

  it('has one open review for a person, also when two persons turn out to be one', async () => {
    const [one, other] = [await someone(), await someone()]
    const name = 'break_glass_reviews_one_open_per_person'
    await open(await insert(one, emergency), one.personId)
    await expect(open(await insert(one, emergency), one.personId)).rejects.toMatchObject(refusedBy(name))
    await becomeOne(other, one)
    await expect(open(await insert(other, emergency), other.personId)).rejects.toMatchObject(refusedBy(name))
  })

  it('has one open review when several come at once', async () => {
    const one = await someone()
    const requests = await Promise.all(Array.from({ length: 5 }, () => insert(one, emergency)))
    const all = await Promise.allSettled(requests.map((request) => open(request, one.personId)))
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('names its person, and belongs to a break-glass', async () => {
    const [one, other] = [await someone(), await someone()]
    await expect(open(await insert(one, emergency), other.personId)).rejects.toMatchObject(
      refusedBy('break_glass_reviews_name_the_person'),
    )
    await expect(open(await insert(one), one.personId)).rejects.toMatchObject(
      refusedBy('break_glass_reviews_of_break_glass'),
    )
  })

  it('is not reviewed by its person, not while it is open, and only once', async () => {
    const [one, second, reviewer] = [await someone(), await someone(), await someone()]
    const request = await insert(one, emergency)
    await open(request, one.personId)
    await becomeOne(one, second)
    for (const self of [one, second])
      await expect(done(request, self)).rejects.toMatchObject(refusedBy('break_glass_reviews_not_by_oneself'))
    await grant(request)
    await expect(done(request, reviewer)).rejects.toMatchObject(
      refusedBy('break_glass_reviews_after_the_lease'),
    )
    await sql`update grants set status = 'activation_failed', failure_code = 'x', failure_message = 'x', failed_at = now(),
      ended_at = now() where request_id = ${request.id}`
    await done(request, reviewer)
    await expect(done(request, reviewer)).rejects.toMatchObject(refusedBy('break_glass_reviews_done_once'))
    const gone = sql`delete from break_glass_reviews where request_id = ${request.id}`
    await expect(gone).rejects.toMatchObject(refusedBy('break_glass_reviews_done_once'))
  })
})

describe('a pre-approval', () => {
  const make = async (origin: AccessRequest, maker: Account, changes: Partial<NewPreApproval> = {}) => {
    const made = await store.transaction((tx) =>
      tx.preApprovals.insert({
        requestId: origin.id,
        madeById: maker.id,
        madeAt: noon,
        goodThrough: minutesAfter(noon, 60),
        maxDurationSeconds: 3600,
        reason: 'Project.',
        engagementId: null,
        policy: permitted('preApprove'),
        ...changes,
      }),
    )
    if (!made) throw new Error('not made')
    return made
  }
  const world = async () => {
    const [holder, maker] = [await someone(), await someone()]
    const made = await make(await insert(holder), maker)
    return { holder, maker, made, use: { preApprovalId: made.id } }
  }
  const uncovered = refusedBy('requests_within_pre_approval')

  it('approves a request that it covers', async () => {
    const { holder, use } = await world()
    const request = await insert(holder, use)
    expect(request.how).toBe('pre_approval')
    await grant(request)
  })

  it.each<[string, Partial<NewRequest>]>([
    ['longer', { durationSeconds: 3601 }],
    ['later', { submittedAt: minutesAfter(noon, 60), expiresAt: minutesAfter(noon, 90) }],
    [
      'of another resource',
      { asksFor: { kind: 'entitlement', resourceId: 'other', entitlementId: 'read-orders' } },
    ],
    [
      'of another entitlement',
      { asksFor: { kind: 'entitlement', resourceId: 'orders-db', entitlementId: 'x' } },
    ],
    ['of another content', { terms: terms({ content: contentFromJson({ privileges: ['two'] }) }) }],
    ['of another risk', { terms: terms({ risk: 'high' }) }],
    ['that needs two approvals', { terms: terms({ approvals: ownersPlan(2) }) }],
  ])('approves no request that is %s', async (_, changes) => {
    const { holder, use } = await world()
    await expect(insert(holder, { ...use, ...changes })).rejects.toMatchObject(uncovered)
  })

  it('approves no request of another person, and none after its withdrawal', async () => {
    const { holder, maker, made, use } = await world()
    await expect(insert(await someone(), use)).rejects.toMatchObject(uncovered)
    const stored = await insert(holder, use)
    await store.transaction((tx) =>
      tx.preApprovals.withdraw(made.id, { byId: maker.id, at: minutesAfter(noon, 1) }),
    )
    await expect(insert(holder, use)).rejects.toMatchObject(uncovered)
    await expect(grant(stored)).rejects.toMatchObject(refusedBy('requests_approved_by_enough'))
  })

  it('approves nothing when maker and holder turn out to be one person', async () => {
    const { holder, maker, use } = await world()
    await becomeOne(holder, maker)
    await expect(insert(holder, use)).rejects.toMatchObject(uncovered)
  })

  it('is refused for oneself, by person, and for what needs two approvals', async () => {
    const [holder, second] = [await someone(), await someone()]
    const origin = await insert(holder)
    await becomeOne(holder, second)
    for (const self of [holder, second])
      await expect(make(origin, self)).rejects.toMatchObject(refusedBy('pre_approvals_not_for_oneself'))
    const two = await insert(holder, { terms: terms({ approvals: ownersPlan(2) }) })
    const refused = refusedBy('pre_approvals_of_one_approval')
    await expect(make(two, await someone())).rejects.toMatchObject(refused)
  })

  it('ends with the engagement', async () => {
    const { holder, maker } = await world()
    const engage = async (endsAt: Date) => {
      const [row] =
        await sql`insert into engagements (person_id, company, sponsor_person_id, starts_at, ends_at)
        values (${holder.personId}, 'Mendes', ${maker.personId}, ${minutesAfter(noon, -60)}, ${endsAt}) returning id`
      return String(row?.id)
    }
    const engagementId = await engage(minutesAfter(noon, 30))
    const origin = await insert(holder)
    const within = refusedBy('pre_approvals_within_engagement')
    await expect(make(origin, maker)).rejects.toMatchObject(within)
    await expect(make(origin, maker, { engagementId })).rejects.toMatchObject(within)
    const made = await make(origin, maker, { engagementId, goodThrough: minutesAfter(noon, 30) })
    await grant(await insert(holder, { preApprovalId: made.id }))
    await sql`update engagements set ended_at = ${noon} where id = ${engagementId}`
    await engage(minutesAfter(noon, 600))
    await expect(insert(holder, { preApprovalId: made.id })).rejects.toMatchObject(uncovered)
  })

  it('only changes by its withdrawal, once', async () => {
    const { made, maker } = await world()
    const only = refusedBy('pre_approvals_only_withdrawn')
    const longer = sql`update pre_approvals set good_through = good_through + interval '1 day' where id = ${made.id}`
    await expect(longer).rejects.toMatchObject(only)
    const withdraw = () =>
      store.transaction((tx) => tx.preApprovals.withdraw(made.id, { byId: maker.id, at: noon }))
    await withdraw()
    await expect(withdraw()).rejects.toMatchObject(only)
    await expect(sql`delete from pre_approvals where id = ${made.id}`).rejects.toMatchObject(only)
  })

  it('is no approval of a request that does not name it', async () => {
    const { holder, maker } = await world()
    const request = await insert(holder)
    await expect(grant(request)).rejects.toMatchObject(refusedBy('requests_approved_by_enough'))
    await store.transaction((tx) => tx.decisions.insert(decisionOf(request, maker)))
    await grant(request)
  })
})
