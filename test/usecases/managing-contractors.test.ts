import { addDays } from 'date-fns/addDays'
import { subSeconds } from 'date-fns/subSeconds'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addContractor } from '../../src/usecases/people/add-contractor.ts'
import { checkAccount, checkNextAccount } from '../../src/usecases/people/check-accounts.ts'
import { confirmIdentity } from '../../src/usecases/people/confirm-identity.ts'
import { linkAccounts } from '../../src/usecases/people/link-accounts.ts'
import { listContractors } from '../../src/usecases/people/list-contractors.ts'
import {
  endEngagementNow,
  handOverEngagement,
  letEngagementEnd,
  moveEngagementEnd,
} from '../../src/usecases/people/manage-engagement.ts'
import { takeOverEngagement } from '../../src/usecases/people/take-over-engagement.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { openWorld, teamId, usualAsk, type World, who } from '../_world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const add = (by: string, userId: string, changes: Partial<Parameters<typeof addContractor>[1]> = {}) =>
  addContractor(world.ports, {
    by: who(by),
    userId,
    company: 'Brandt Audit',
    sponsorUserId: null,
    ends: '2026-12-31',
    tags: 'audit',
    ...changes,
  })
const engagementOf = async (userId: string) => {
  const account = await world.directory.account(userId)
  const [person] = account ? await world.ports.store.people.of([account]) : []
  if (!person?.engagement) throw new Error(`${userId} has no open engagement`)
  return person.engagement
}
const carls = async (by: string) => ({ by: who(by), engagementId: (await engagementOf('U0CARL')).id })
const deciders = (answer: { kind: string; policy?: { decidedBy: readonly { id: string }[] } }) => [
  answer.kind,
  ...(answer.policy?.decidedBy.map(({ id }) => id) ?? []),
]
const fields = (answer: { kind: string; problems?: readonly { field: string }[] }) => [
  answer.kind,
  ...(answer.problems?.map(({ field }) => field) ?? []),
]
const actions = async () =>
  (await world.database.sql`select action from audit_events order by id`).map(({ action }) => action)
const approved = async (asker = 'U0CARL') => {
  const { id } = await world.ask({ asker: who(asker), duration: '8h' })
  await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
  await world.processAll()
  return id
}
const grantOf = async (id: string) => (await world.ports.store.histories.byRequest(id))?.grant
const requestOf = async (id: string) => (await world.ports.store.histories.byRequest(id))?.request.status

describe('who may', () => {
  it('an employee adds a contractor as the sponsor, until the last minute of the day in the time zone of the employee', async () => {
    const answer = await add('U0DANA', 'U0FRED')
    expect(answer.kind).toBe('added')
    expect(await engagementOf('U0FRED')).toMatchObject({
      company: 'Brandt Audit',
      sponsor: { userId: 'U0DANA', isActive: true },
      endsAt: new Date('2026-12-31T23:59:00Z'),
      tags: ['audit'],
    })
    expect(await actions()).toEqual(['engagement.added'])
  })

  it('the last day counts to its end when the clocks change on it', async () => {
    await add('U0DANA', 'U0FRED', { ends: '2027-03-28' })
    expect((await engagementOf('U0FRED')).endsAt).toEqual(new Date('2027-03-28T22:59:00Z'))
  })

  it('a guest sponsors nobody, and nobody sponsors themselves', async () => {
    expect(deciders(await add('U0CARL', 'U0FRED'))).toContain('contractors-manage-no-engagements')
    expect(deciders(await add('U0DANA', 'U0DANA'))).toEqual([
      'refused',
      'nobody-manages-their-own-engagement',
      'only-employees-sponsor',
    ])
    expect(await actions()).toEqual(['engagement.refused', 'engagement.refused'])
  })

  it('nobody sponsors themselves with a second account, also when the addresses become equal now', async () => {
    world.directory.change('U0FRED', { confirmedEmail: 'same@acme.test' })
    world.directory.change('U0DANA', { confirmedEmail: 'same@acme.test' })
    expect(deciders(await add('U0DANA', 'U0FRED'))).toContain('nobody-manages-their-own-engagement')
    const managed = await carls('U0PAT')
    world.directory.change('U0CARL', { confirmedEmail: 'pat@acme.test' })
    world.directory.change('U0PAT', { confirmedEmail: 'pat@acme.test' })
    const own = await moveEngagementEnd(world.ports, { ...managed, ends: '2029-01-01' })
    expect(deciders(own)).toContain('nobody-manages-their-own-engagement')
  })

  it('an employee names nobody else as the sponsor; a security lead does, but no guest', async () => {
    expect(deciders(await add('U0DANA', 'U0FRED', { sponsorUserId: 'U0ERIN' }))).toEqual(['refused'])
    expect(deciders(await add('U0LEAD', 'U0FRED', { sponsorUserId: 'U0GUEST' }))).toEqual([
      'refused',
      'only-employees-sponsor',
    ])
    expect((await add('U0LEAD', 'U0FRED', { sponsorUserId: 'U0ERIN' })).kind).toBe('added')
  })

  it('a sponsor of somebody else, and the contractor, change nothing', async () => {
    await add('U0DANA', 'U0FRED')
    const change = { ends: '2028-01-01' }
    expect(deciders(await moveEngagementEnd(world.ports, { ...(await carls('U0DANA')), ...change }))).toEqual(
      ['refused'],
    )
    expect(deciders(await moveEngagementEnd(world.ports, { ...(await carls('U0CARL')), ...change }))).toEqual(
      ['refused', 'contractors-manage-no-engagements', 'nobody-manages-their-own-engagement'],
    )
    expect(deciders(await endEngagementNow(world.ports, await carls('U0ERIN')))).toEqual(['refused'])
    const handed = await handOverEngagement(world.ports, {
      ...(await carls('U0ERIN')),
      sponsorUserId: 'U0ERIN',
    })
    expect(deciders(handed)).toEqual(['refused'])
    expect((await engagementOf('U0CARL')).sponsor.userId).toBe('U0PAT')
  })

  it('problems are beside their fields, and nothing is stored', async () => {
    expect(fields(await add('U0DANA', 'U0FRED', { company: ' ', ends: '2026-11-21', tags: '!' }))).toEqual([
      'invalid',
      'company',
      'tags',
      'ends',
    ])
    expect(fields(await add('U0DANA', 'U0GONE'))).toEqual(['invalid', 'person'])
    expect(fields(await add('U0DANA', 'U0BOT'))).toEqual(['invalid', 'person'])
    expect(fields(await add('U0DANA', 'U0GUEST'))).toEqual(['invalid', 'person'])
    expect(await actions()).toEqual([])
  })

  it('a list shows what its reader may do', async () => {
    const list = (by: string, scope: 'mine' | 'all' = 'mine') =>
      listContractors(world.ports, { by: who(by), scope, page: 1 })
    const all = ['extend', 'end', 'handOver', 'confirmIdentity']
    const pat = await list('U0PAT', 'all')
    expect(pat).toMatchObject({ scope: 'mine', mayAdd: true, maySeeAll: false, total: 2 })
    expect(pat.contractors.map(({ may }) => may)).toEqual([all, all])
    expect(await list('U0LEAD', 'all')).toMatchObject({ scope: 'all', total: 2, maySeeAll: true })
    expect(await list('U0CARL')).toMatchObject({ mayAdd: false, maySeeAll: false, total: 0 })
  })
})

describe('logins and accounts', () => {
  it('the sponsor confirms and withdraws a login; the contractor and other employees do not', async () => {
    const confirm = (by: string, login: string | null) =>
      confirmIdentity(world.ports, { by: who(by), userId: 'U0CARL', system: 'github', login })
    expect(deciders(await confirm('U0CARL', 'mine'))).toContain('nobody-manages-their-own-engagement')
    expect(deciders(await confirm('U0DANA', 'mine'))).toEqual(['refused'])
    expect(await confirm('U0PAT', 'carl-gh')).toMatchObject({
      kind: 'done',
      identities: [{ login: 'carl-gh' }],
    })
    expect(await confirm('U0LEAD', null)).toEqual({ kind: 'done', identities: [] })
    expect(await actions()).toEqual([
      'engagement.refused',
      'engagement.refused',
      'identity.confirmed',
      'identity.withdrawn',
    ])
  })

  it('only a security lead says that two accounts are one person, who then decides nothing for the other', async () => {
    const link = (by: string) =>
      linkAccounts(world.ports, { by: who(by), userId: 'U0CARL', otherUserId: 'U0DANA' })
    expect(deciders(await link('U0PAT'))).toEqual(['refused'])
    expect(deciders(await link('U0DANA'))).toEqual(['refused'])
    const { id } = await world.ask()
    expect(await link('U0LEAD')).toEqual({ kind: 'done' })
    const answer = await decideRequest(world.ports, {
      by: who('U0DANA'),
      requestId: id,
      verdict: 'approve',
      reason: null,
    })
    expect(answer).toMatchObject({
      kind: 'refused',
      policy: { decidedBy: [{ id: 'nobody-decides-their-own-request' }] },
    })
  })
})

describe('an end', () => {
  it('now revokes grants, cancels requests, and tells each once', async () => {
    const [held, pending] = [await approved(), (await world.ask()).id]
    expect((await endEngagementNow(world.ports, await carls('U0PAT'))).kind).toBe('done')
    await world.processAll()
    expect(await grantOf(held)).toMatchObject({ status: 'revoked', revocation: { cause: 'offboarded' } })
    expect(await requestOf(pending)).toBe('cancelled')
    expect(world.target.held.size).toBe(0)
    expect(world.channel.toldOf().toSorted()).toEqual(['contractor:ended U0CARL', 'sponsor:ended U0PAT'])
    const again = await requestAccess(world.ports, usualAsk())
    expect(again).toMatchObject({
      kind: 'refused',
      policy: { decidedBy: [{ id: 'contractors-need-an-engagement' }] },
    })
  })

  it('at its time comes by itself, after a notice a week and a day before', async () => {
    await moveEngagementEnd(world.ports, { ...(await carls('U0PAT')), ends: '2026-12-10' })
    const { endsAt } = await engagementOf('U0CARL')
    const at = async (time: Date) => {
      world.clock.advance((time.getTime() - world.clock.now().getTime()) / 1000)
      await world.processAll()
      return world.channel.toldOf()
    }
    expect(await at(subSeconds(addDays(endsAt, -7), 1))).toEqual([])
    expect(await at(addDays(endsAt, -7))).toEqual(['sponsor:ends_soon U0PAT'])
    expect(await at(addDays(endsAt, -1))).toEqual(['sponsor:ends_soon U0PAT', 'sponsor:ends_soon U0PAT'])
    const held = await approved()
    await at(endsAt)
    expect(['ended', 'revoked']).toContain((await grantOf(held))?.status)
    expect(world.channel.toldOf().slice(2).toSorted()).toEqual([
      'contractor:ended U0CARL',
      'sponsor:ended U0PAT',
    ])
    expect((await actions()).filter((action) => action.startsWith('engagement.'))).toEqual([
      'engagement.shortened',
      'engagement.end_notified',
      'engagement.end_notified',
      'engagement.ended',
    ])
  })

  it('that moved or that the sponsor lets come is not noticed again', async () => {
    await moveEngagementEnd(world.ports, { ...(await carls('U0PAT')), ends: '2026-12-10' })
    const week = addDays((await engagementOf('U0CARL')).endsAt, -7)
    world.clock.advance((week.getTime() - world.clock.now().getTime()) / 1000)
    await world.processAll()
    await letEngagementEnd(world.ports, await carls('U0PAT'))
    world.clock.advance(6 * 86_400)
    await world.processAll()
    expect(world.channel.toldOf()).toEqual(['sponsor:ends_soon U0PAT'])
  })

  it('that moves earlier shortens the lease, and no lease goes beyond it', async () => {
    const held = await approved()
    world.directory.change('U0PAT', { timeZone: 'Asia/Tokyo' })
    await moveEngagementEnd(world.ports, { ...(await carls('U0PAT')), ends: '2026-11-22' })
    const end = new Date('2026-11-22T14:59:00Z')
    expect(await grantOf(held)).toMatchObject({ lease: { endsAt: end }, generation: 2 })
    expect(await grantOf(await approved())).toMatchObject({ lease: { endsAt: end } })
  })
})

describe('a sponsor who leaves without an event', () => {
  it.each([{ isDeactivated: true }, { isGuest: true }])(
    '%j: nothing is allowed until somebody takes over, told once',
    async (change) => {
      const [held, pending] = [await approved(), (await world.ask()).id]
      world.directory.change('U0PAT', change)
      for (const _ of [1, 2, 3, 4]) {
        await checkNextAccount(world.ports, teamId)
        world.clock.advance(2)
      }
      await checkAccount(world.ports, who('U0PAT'))
      await world.processAll()
      expect(await grantOf(held)).toMatchObject({ status: 'revoked', revocation: { cause: 'offboarded' } })
      expect(await requestOf(pending)).toBe('cancelled')
      expect(world.channel.toldOf().toSorted()).toEqual([
        'contractor:sponsor_left U0CARL',
        'contractor:sponsor_left U0GUEST',
      ])
      const left = (await actions()).filter((action) => action === 'engagement.sponsor_left')
      expect(left).toHaveLength(2)
      expect(await requestAccess(world.ports, usualAsk())).toMatchObject({
        kind: 'refused',
        policy: { decidedBy: [{ id: 'engagements-need-an-active-sponsor' }] },
      })
      expect(await takeOverEngagement(world.ports, { by: who('U0DANA'), userId: 'U0CARL' })).toMatchObject({
        kind: 'done',
      })
      await world.processAll()
      expect((await requestAccess(world.ports, usualAsk())).kind).toBe('submitted')
    },
  )
})

it('an employee who becomes a guest without an engagement loses access, though the event was lost', async () => {
  const held = await approved('U0FRED')
  world.directory.change('U0FRED', { isGuest: true })
  for (const _ of [1, 2]) {
    await checkNextAccount(world.ports, teamId)
    world.clock.advance(2)
  }
  await world.processAll()
  expect(await grantOf(held)).toMatchObject({ status: 'revoked', revocation: { cause: 'offboarded' } })
})
