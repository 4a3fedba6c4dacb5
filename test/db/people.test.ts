import { beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import type { Account } from '../../src/domain/account.ts'
import { ownersPlan } from '../../src/domain/approval-plan.ts'
import type { NewEngagement } from '../../src/domain/engagement.ts'
import type { Store } from '../../src/domain/store.ts'
import { decisionOf, member, minutesAfter, newRequest, noon } from './_base-world.ts'
import { openFreshStore } from './_fresh-store.ts'

let database: Database
let store: Store
beforeAll(async () => {
  const opened = await openFreshStore()
  database = opened.database
  store = opened.store
  return opened.close
})

let people = 0
/** Stores an account with these facts. Without a user id it is a new one. */
const stored = (changes: Parameters<typeof member>[1] = {}): Promise<Account> => {
  people += 1
  return store.transaction((tx) => tx.accounts.upsert(member(changes.userId ?? `UP${people}`, changes)))
}
const engage = (who: Account, sponsor: Account, changes: Partial<NewEngagement> = {}) =>
  store.transaction((tx) =>
    tx.engagements.insert({
      personId: who.personId,
      company: 'Mendes Consulting',
      sponsorPersonId: sponsor.personId,
      startsAt: noon,
      endsAt: minutesAfter(noon, 1000),
      tags: ['databases'],
      createdById: sponsor.id,
      ...changes,
    }),
  )
const refusedBy = (constraint_name: string) => ({ constraint_name })
const again = (account: Account, changes: Parameters<typeof member>[1]) =>
  stored({ userId: account.userId, ...changes })

const personOf = async (userId: string) => (await store.people.of([member(userId)]))[0]

describe('a person', () => {
  it('has every account of one workspace with one confirmed address, also when all are stored at once', async () => {
    const accounts = await Promise.all(
      Array.from({ length: 8 }, () => stored({ confirmedEmail: 'ann@example.com' })),
    )
    expect(new Set(accounts.map(({ personId }) => personId)).size).toBe(1)
    const elsewhere = await stored({ teamId: 'T2', confirmedEmail: 'ann@example.com' })
    expect(elsewhere.personId).not.toBe(accounts[0]?.personId)
  })

  it('without a confirmed address has one account', async () => {
    const [one, two] = [await stored({ confirmedEmail: null }), await stored({ confirmedEmail: null })]
    expect(one.personId).not.toBe(two.personId)
  })

  it('is one for ever after the addresses were the same once, and decided once', async () => {
    const [one, two, requester] = [await stored(), await stored(), await stored()]
    const request = await store.transaction((tx) =>
      tx.requests.insert(
        newRequest(requester, { terms: { ...newRequest(requester).terms, approvals: ownersPlan(2) } }),
      ),
    )
    if (!request) throw new Error('not inserted')
    expect(await store.transaction((tx) => tx.decisions.insert(decisionOf(request, one)))).toBe(true)
    const same = await again(two, { confirmedEmail: one.confirmedEmail })
    expect(await store.transaction((tx) => tx.decisions.insert(decisionOf(request, same)))).toBe(false)
    const apart = await again(two, { confirmedEmail: 'other@example.com' })
    const [still] = await database.sql`select person_id from accounts where id = ${one.id}`
    expect(apart.personId).toBe(still?.personId)
    const events = await database.sql`select action from audit_events where subject_id = ${apart.personId}`
    expect(events.map(({ action }) => action)).toEqual(['person.merged'])
  })

  it('who decided by two accounts before they were known as one counts once', async () => {
    const [one, two, requester] = [await stored(), await stored(), await stored()]
    const request = await store.transaction((tx) =>
      tx.requests.insert(
        newRequest(requester, { terms: { ...newRequest(requester).terms, approvals: ownersPlan(2) } }),
      ),
    )
    if (!request) throw new Error('not inserted')
    for (const account of [one, two])
      await store.transaction((tx) => tx.decisions.insert(decisionOf(request, account)))
    await again(two, { confirmedEmail: one.confirmedEmail })
    const decisions = await store.transaction((tx) => tx.decisions.list(request.id))
    expect(new Set(decisions.map(({ approverPerson }) => approverPerson)).size).toBe(1)
    const approved = { ...request, status: 'approved', closedAt: minutesAfter(noon, 3) } as const
    await expect(store.transaction((tx) => tx.requests.save(approved))).rejects.toMatchObject(
      refusedBy('requests_approved_by_enough'),
    )
  })

  it('with an engagement is a contractor, and stays one', async () => {
    const [contractor, sponsor] = [await stored(), await stored()]
    expect(contractor.kind).toBe('employee')
    const engagement = await engage(contractor, sponsor)
    expect(await personOf(contractor.userId)).toEqual({
      id: contractor.personId,
      kind: 'contractor',
      change: null,
      engagement,
    })
    if (!engagement) throw new Error('not inserted')
    await store.transaction((tx) =>
      tx.engagements.save({ ...engagement, endedAt: minutesAfter(noon, 5), endedById: sponsor.id }),
    )
    expect(await personOf(contractor.userId)).toEqual({
      id: contractor.personId,
      kind: 'contractor',
      change: null,
      engagement: null,
    })
    expect((await again(contractor, { displayName: 'Renamed' })).kind).toBe('contractor')
  })
})

describe('an engagement', () => {
  it('is one at a time, also when two are added at once', async () => {
    const [contractor, sponsor] = [await stored(), await stored()]
    const added = await Promise.all([engage(contractor, sponsor), engage(contractor, sponsor)])
    expect(added.filter(Boolean)).toHaveLength(1)
  })

  it('is never sponsored by the contractor', async () => {
    const contractor = await stored()
    await expect(engage(contractor, contractor)).rejects.toMatchObject(
      refusedBy('engagements_not_sponsored_by_oneself'),
    )
  })

  it('that ended changes no more', async () => {
    const [contractor, sponsor] = [await stored(), await stored()]
    const engagement = await engage(contractor, sponsor)
    if (!engagement) throw new Error('not inserted')
    const ended = { ...engagement, endedAt: minutesAfter(noon, 5), endedById: null }
    await store.transaction((tx) => tx.engagements.save(ended))
    const reopened = store.transaction((tx) => tx.engagements.save(engagement))
    await expect(reopened).rejects.toMatchObject(refusedBy('engagements_stay_ended'))
  })

  it('shows whether the sponsor is still a full member', async () => {
    const [contractor, sponsor] = [await stored(), await stored()]
    await engage(contractor, sponsor)
    const isActive = async () => (await personOf(contractor.userId))?.engagement?.sponsor.isActive
    expect(await isActive()).toBe(true)
    await again(sponsor, { isGuest: true })
    expect(await isActive()).toBe(false)
    await again(sponsor, { isDeactivated: true })
    expect(await isActive()).toBe(false)
    await stored({ confirmedEmail: sponsor.confirmedEmail })
    expect(await isActive()).toBe(true)
  })

  it('of a contractor who turns out to be the sponsor ends', async () => {
    const [contractor, sponsor] = [await stored(), await stored()]
    const engagement = await engage(contractor, sponsor)
    await again(contractor, { confirmedEmail: sponsor.confirmedEmail })
    const [row] =
      await database.sql`select ended_at, ended_by_id from engagements where id = ${engagement?.id ?? ''}`
    expect(row).toEqual({ endedAt: noon, endedById: null })
  })

  it('of two that become one person’s the first to end stays', async () => {
    const [one, two, sponsor] = [await stored(), await stored(), await stored()]
    await engage(one, sponsor, { endsAt: minutesAfter(noon, 2000) })
    const short = await engage(two, sponsor)
    const merged = await again(two, { confirmedEmail: one.confirmedEmail })
    const open = await store.transaction((tx) => tx.engagements.lockOpenOf(merged.personId))
    expect(open?.id).toBe(short?.id)
  })
})

it('nobody confirms their own login', async () => {
  const one = await stored()
  const own = database.sql`
    insert into identities (person_id, system, login, confirmed_by_id, confirmed_at)
    values (${one.personId}, 'github', 'one', ${one.id}, now())`
  await expect(own).rejects.toMatchObject(refusedBy('identities_not_by_oneself'))
})
