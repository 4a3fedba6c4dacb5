import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { renderMessage } from '../../src/slack/messages/render-message.ts'
import { makeFreeze } from '../../src/usecases/freezes/make-freeze.ts'
import { revokeNow } from '../../src/usecases/grants/revoke-now.ts'
import { breakGlass, type EmergencyAsk, mayBreakGlass } from '../../src/usecases/requests/break-glass.ts'
import { mayReview, reviewBreakGlass } from '../../src/usecases/requests/review-break-glass.ts'
import { policiesWith } from '../_policies.ts'
import { openWorld, type PersonId, type World, who } from '../_world.ts'

const onCall = `@id("on-call-may-break-glass") @reason("You are on call.")
permit (principal, action == Action::"breakGlass", resource) when { principal.kind == "employee" };`

let world: World
beforeEach(async () => {
  world = await openWorld()
  Object.assign(world.ports, { policy: policiesWith(onCall) })
})
afterEach(() => world.close())

const take = (userId: PersonId, changes: Partial<EmergencyAsk> = {}) =>
  breakGlass(world.ports, {
    asker: who(userId),
    resourceId: 'orders-db',
    entitlementId: 'fix-orders',
    duration: '20m',
    justification: 'Orders are stuck, INC-42',
    ticket: null,
    confirmed: true,
    submissionKey: randomUUID(),
    ...changes,
  })

/** Somebody took the access; everything that is due is done. */
async function taken(userId: PersonId = 'U0FRED'): Promise<string> {
  const answer = await take(userId)
  if (answer.kind !== 'taken') throw new Error(`not taken: ${JSON.stringify(answer)}`)
  await world.processAll()
  return answer.history.request.id
}
const review = (requestId: string, userId: PersonId, finding = 'Looked at the log: one row corrected.') =>
  reviewBreakGlass(world.ports, { by: who(userId), requestId, verdict: 'justified', finding })
/** The lease has run out. */
async function over(requestId: string): Promise<void> {
  world.clock.advance(20 * 60)
  await world.processAll()
  expect((await historyOf(requestId)).grant?.status).toBe('ended')
}
async function historyOf(requestId: string) {
  const history = await world.ports.store.histories.byRequest(requestId)
  if (!history) throw new Error('no history')
  return history
}
const events = async (requestId: string) => {
  const audited = await world.ports.store.histories.byReference(
    (await historyOf(requestId)).request.reference,
  )
  return audited?.events.map(({ action }) => action) ?? []
}
const textOf = (requestId: string, purpose: string): string => {
  const message = world.channel.latest(requestId, purpose)
  return message ? JSON.stringify(renderMessage(message, world.ports.catalog)) : 'nothing'
}
const refusals = () =>
  world.database.sql`select action, details ->> 'why' as why, policy ->> 'action' as asked from audit_events
    where action like '%refused' order by id`

describe('somebody whom policy lets', () => {
  it('has the access at once, and owners and security are told at once', async () => {
    const requestId = await taken()
    const { request, grant, decisions, review: opened } = await historyOf(requestId)
    expect(request).toMatchObject({
      how: 'break_glass',
      status: 'approved',
      policy: { action: 'breakGlass' },
    })
    expect(grant).toMatchObject({ status: 'active', durationSeconds: 1200 })
    expect(decisions).toEqual([])
    expect(opened?.dueAt).toEqual(new Date(request.submittedAt.getTime() + 86_400_000))
    expect(world.channel.said(requestId)).toEqual(
      expect.arrayContaining(['card', 'security:break_glass', 'requester:active']),
    )
    for (const purpose of ['card', 'security:break_glass']) {
      expect(textOf(requestId, purpose)).toContain('Nobody approved it')
      expect(textOf(requestId, purpose)).toContain('daypass.revoke_at_once')
    }
    expect(textOf(requestId, 'card')).toContain('<!subteam^S0DBAS>')
    expect(textOf(requestId, 'security:break_glass')).toContain('<!subteam^S0SECURITY>')
    expect(await events(requestId)).toEqual(
      expect.arrayContaining([
        'request.submitted',
        'break_glass.taken',
        'request.approved',
        'grant.activated',
      ]),
    )
  })

  it('is taken back by an owner, and by security, with one press', async () => {
    for (const [holder, revoker] of [
      ['U0FRED', 'U0DANA'],
      ['U0ERIN', 'U0LEAD'],
    ] as const) {
      const requestId = await taken(holder)
      const answer = await revokeNow(world.ports, { by: who(revoker), requestId, reason: 'No emergency.' })
      expect(answer.kind).toBe('revoking')
      await world.processAll()
      expect((await historyOf(requestId)).grant?.status).toBe('revoked')
      expect(textOf(requestId, 'card')).not.toContain('revoke_at_once')
    }
  })

  it('must confirm and say why, and stays within the short cap', async () => {
    expect(await take('U0FRED', { confirmed: false, justification: ' ', duration: '31m' })).toEqual({
      kind: 'invalid',
      problems: [
        { field: 'justification', message: 'Say why you need it: the approvers read this.' },
        { field: 'confirmed', message: expect.stringContaining('Confirm that this is an emergency') },
      ],
    })
    const long = await take('U0FRED', { duration: '31m' })
    const message = 'In an emergency this is given for 30m at the most.'
    expect(long).toEqual({ kind: 'invalid', problems: [{ field: 'duration', message }] })
    expect(world.target.held.size).toBe(0)
  })

  it('needs no ticket in an emergency', async () => {
    const { resources } = world.ports.catalog
    const entitlement = resources.get('orders-db')?.entitlements.get('fix-orders')
    if (!entitlement) throw new Error('no such entitlement')
    Object.assign(entitlement, { ticket: { ...entitlement.ticket, required: true } })
    expect((await take('U0FRED')).kind).toBe('taken')
  })

  it('gets nothing where the catalog has no break-glass', async () => {
    expect(await take('U0FRED', { entitlementId: 'read-orders' })).toMatchObject({ kind: 'not_offered' })
    expect(await refusals()).toEqual([
      { action: 'request.refused', why: 'no_break_glass', asked: 'breakGlass' },
    ])
  })

  it('is told of a target that is down, and the review is due all the same', async () => {
    world.target.breakDown(true)
    const answer = await take('U0FRED')
    if (answer.kind !== 'taken') throw new Error(answer.kind)
    const { id } = answer.history.request
    for (let minute = 0; minute < 16; minute += 1) {
      await world.processAll()
      world.clock.advance(60)
    }
    world.target.mend()
    await world.processAll()
    const history = await historyOf(id)
    expect(history.review?.outcome).toBeNull()
    expect(history.grant && 'lease' in history.grant ? history.grant.lease : null).toBeNull()
    expect(textOf(id, 'requester:activation_failed')).toContain('could not open')
    expect(textOf(id, 'card')).toContain('daypass.review')
    expect((await review(id, 'U0DANA')).kind).toBe('reviewed')
  })
})

describe('nobody else', () => {
  it.each(['U0CARL', 'U0GUEST', 'U0GONE', 'U0BOT', 'U0STRANGER'] as const)(
    '%s is refused, with a record',
    async (userId) => {
      expect(await take(userId)).toMatchObject({
        kind: 'refused',
        policy: { action: 'breakGlass', allowed: false },
      })
      expect(
        await mayBreakGlass(world.ports, {
          asker: who(userId),
          resourceId: 'orders-db',
          entitlementId: 'fix-orders',
        }),
      ).toMatchObject({ kind: 'refused' })
      expect((await refusals()).length).toBe(2)
      expect(world.target.held.size).toBe(0)
    },
  )

  it('by the shipped policies: nobody at all', async () => {
    Object.assign(world.ports, { policy: policiesWith('') })
    for (const userId of ['U0FRED', 'U0DANA', 'U0LEAD'] as const)
      expect(await take(userId)).toMatchObject({ kind: 'refused', policy: { outcome: 'no_rule' } })
  })
})

describe('until the review', () => {
  it('this person cannot break glass again, with any account', async () => {
    const requestId = await taken()
    await over(requestId)
    const { reference } = (await historyOf(requestId)).request
    expect(await take('U0FRED')).toEqual({ kind: 'review_open', reference })
    world.directory.change('U0FRED', { confirmedEmail: 'fred@example.com' })
    world.directory.change('U0LEAD', { confirmedEmail: 'fred@example.com' })
    expect(await take('U0FRED')).toEqual({ kind: 'review_open', reference })
    expect(await take('U0LEAD')).toEqual({ kind: 'review_open', reference })
    expect(await take('U0ERIN')).toMatchObject({ kind: 'taken' })
    expect(await refusals()).toContainEqual({
      action: 'request.refused',
      why: 'review_open',
      asked: 'breakGlass',
    })
  })

  it('two forms sent at once give one access', async () => {
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all(Array.from({ length: 6 }, () => take('U0FRED')))
      expect(answers.map(({ kind }) => kind).toSorted()).toEqual([...Array(5).fill('review_open'), 'taken'])
      const first = answers.find((answer) => answer.kind === 'taken')
      await world.processAll()
      expect(world.target.held.size).toBe(1)
      world.clock.advance(20 * 60)
      await world.processAll()
      if (first?.kind === 'taken') await review(first.history.request.id, 'U0DANA')
    }
  })

  it('one form delivered twice gives one access, and the same answer', async () => {
    const submissionKey = randomUUID()
    const [one, two] = await Promise.all([
      take('U0FRED', { submissionKey }),
      take('U0FRED', { submissionKey }),
    ])
    expect([one.kind, two.kind]).toEqual(['taken', 'taken'])
    await world.processAll()
    expect(world.target.held.size).toBe(1)
  })
})

describe('the review', () => {
  it('by an owner lets this person break glass again', async () => {
    const requestId = await taken()
    await over(requestId)
    expect((await mayReview(world.ports, { by: who('U0DANA'), requestId })).kind).toBe('may')
    expect((await review(requestId, 'U0DANA')).kind).toBe('reviewed')
    await world.processAll()
    expect(textOf(requestId, 'card')).toContain('one row corrected')
    expect(textOf(requestId, 'requester:reviewed')).toContain('was reviewed by <@U0DANA>')
    expect(world.channel.said(requestId)).toContain('thread:reviewed')
    expect(await events(requestId)).toContain('break_glass.reviewed')
    expect((await take('U0FRED')).kind).toBe('taken')
  })

  it('is not by a reviewer who is frozen, because the account may be in wrong hands', async () => {
    const requestId = await taken()
    await over(requestId)
    const named = { kind: 'person', userId: 'U0DANA' } as const
    await makeFreeze(world.ports, { by: who('U0LEAD'), named, reason: 'A stolen laptop', until: '' })
    expect(await review(requestId, 'U0DANA')).toMatchObject({ kind: 'frozen' })
    expect(await refusals()).toMatchObject([{ action: 'break_glass.review_refused', why: 'frozen' }])
    expect((await take('U0FRED')).kind).toBe('review_open')
    expect((await review(requestId, 'U0ERIN')).kind).toBe('reviewed')
  })

  it('happens once', async () => {
    const requestId = await taken()
    await over(requestId)
    const answers = await Promise.all([review(requestId, 'U0DANA'), review(requestId, 'U0ERIN')])
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['reviewed', 'reviewed_before'])
  })

  it('needs a finding', async () => {
    const requestId = await taken()
    await over(requestId)
    expect(await review(requestId, 'U0DANA', ' ')).toMatchObject({
      kind: 'invalid',
      problems: [{ field: 'reason' }],
    })
  })

  it('waits until the access is over', async () => {
    const requestId = await taken()
    expect((await review(requestId, 'U0DANA')).kind).toBe('still_open')
  })

  it('is never by the person, also not from a second account that approves here', async () => {
    const requestId = await taken()
    await over(requestId)
    world.directory.change('U0FRED', { confirmedEmail: 'fred@example.com' })
    world.directory.change('U0DANA', { confirmedEmail: 'fred@example.com' })
    for (const userId of ['U0FRED', 'U0DANA'] as const) {
      expect(await review(requestId, userId)).toMatchObject({
        kind: 'refused',
        policy: { decidedBy: [{ id: 'nobody-reviews-their-own-break-glass' }] },
      })
    }
    expect((await historyOf(requestId)).review?.outcome).toBeNull()
    expect(await events(requestId)).toContain('break_glass.review_refused')
  })

  it.each(['U0CARL', 'U0GUEST', 'U0STRANGER'] as const)('is not by %s', async (userId) => {
    const requestId = await taken()
    await over(requestId)
    expect(await review(requestId, userId)).toMatchObject({ kind: 'refused' })
  })

  it('that is overdue is told to security and to the owners, once', async () => {
    const requestId = await taken()
    await over(requestId)
    world.clock.advance(86_400 - 20 * 60 - 1)
    await world.processAll()
    expect(world.channel.said(requestId)).not.toContain('security:review_overdue')
    world.clock.advance(1)
    await world.processAll()
    expect(world.channel.said(requestId)).toEqual(
      expect.arrayContaining(['security:review_overdue', 'thread:review_overdue']),
    )
    expect(textOf(requestId, 'security:review_overdue')).toContain('Nobody has reviewed')
    await review(requestId, 'U0LEAD')
    await world.processAll()
    expect(textOf(requestId, 'security:review_overdue')).toContain('was reviewed by <@U0LEAD>')
    world.clock.advance(86_400)
    await world.processAll()
    expect(
      (await events(requestId)).filter((action) => action === 'break_glass.review_overdue'),
    ).toHaveLength(1)
  })

  it('that was done in time is never told as overdue', async () => {
    const requestId = await taken()
    await over(requestId)
    await review(requestId, 'U0DANA')
    world.clock.advance(2 * 86_400)
    await world.processAll()
    expect(world.channel.said(requestId)).not.toContain('security:review_overdue')
  })
})

it('a policy may name the local time and the leases of the person also for break-glass', async () => {
  const inOfficeHours = (hour: number) =>
    policiesWith(`@id("by-day") @reason("By day.")
      permit (principal, action == Action::"breakGlass", resource)
      when { principal.kind == "employee" && context.localHour == ${hour} && context.activeLeases == 0 };`)
  Object.assign(world.ports, { policy: inOfficeHours(10) })
  expect(await take('U0FRED')).toMatchObject({ kind: 'refused', policy: { outcome: 'no_rule' } })
  Object.assign(world.ports, { policy: inOfficeHours(9) })
  expect(await take('U0FRED')).toMatchObject({ kind: 'taken' })
})
