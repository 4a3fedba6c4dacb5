import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { renderMessage } from '../../src/slack/messages/render-message.ts'
import { issueCredentials } from '../../src/usecases/grants/issue-credentials.ts'
import { releaseGrant } from '../../src/usecases/grants/release-grant.ts'
import { offboardAccount } from '../../src/usecases/people/offboard-account.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { type ByHand, byHand, cannot, didIt, payrollContent } from '../_by-hand.ts'
import { openWorld, type PersonId, type World, who } from '../_world.ts'

// Access that people give and take away by hand, with the real connector of kind manual.

let world: World
let hand: ByHand
beforeEach(async () => {
  world = await openWorld()
  hand = byHand(world)
})
afterEach(() => world.close())

const grantOf = async (requestId: string) => (await hand.history(requestId)).grant
const taskOf = async (requestId: string, direction: 'give' | 'take_away') =>
  (await hand.history(requestId)).tasks.find((task) => task.direction === direction)
const textOf = (requestId: string, purpose: string): string => {
  const message = world.channel.latest(requestId, purpose)
  return message ? JSON.stringify(renderMessage(message, world.ports.catalog)) : 'nothing'
}
/** The target is asked again every minute. Here it is asked less often, in long waits. */
const pass = async (minutes: number) => {
  const steps = Math.min(minutes, 12)
  for (let step = 0; step < steps; step += 1) {
    world.clock.advance((minutes / steps) * 60)
    await world.processAll()
  }
}
const events = async (requestId: string) => {
  const { request } = await hand.history(requestId)
  const audited = await world.ports.store.histories.byReference(request.reference)
  return (audited?.events ?? []).map(({ action, actorUserId, details }) => ({
    action,
    by: actorUserId,
    details,
  }))
}
const actions = async (requestId: string) => (await events(requestId)).map(({ action }) => action)
/** Approved, and given by Erin. */
const given = async (changes: Parameters<ByHand['approved']>[0] = {}) => {
  const id = await hand.approved(changes)
  expect(await hand.answer('U0ERIN', id, 'give')).toMatchObject({ kind: 'answered' })
  await world.processAll()
  expect(await grantOf(id)).toMatchObject({ status: 'active' })
  return id
}
const over = async (requestId: string) => {
  world.clock.advance(3600)
  await world.processAll()
  expect(await grantOf(requestId)).toMatchObject({ status: 'revoking' })
}

describe('the whole way', () => {
  it('a person gives it, and a person takes it away: both are attested, audited, and shown', async () => {
    const id = await hand.approved()
    expect(await grantOf(id)).toMatchObject({ status: 'activating' })
    const asked = textOf(id, 'task:give')
    expect(asked).toContain(
      'Please give <@U0CARL> the role *Payroll approver* in *Orders database* (production)',
    )
    expect(asked).toContain('<!subteam^S0DBAS> <@U0GUEST>')
    expect(asked).toContain('Open Users, and add the role.')
    expect(asked).toContain('<https://wiki.test/payroll>')
    expect(world.channel.latest(id, 'task:give')?.channelId).toBe('C0LOBBY')
    expect(textOf(id, 'requester:awaits')).toContain('A person gives this access by hand')
    expect(textOf(id, 'card')).toContain('Asked to give it')

    await hand.answer('U0ERIN', id, 'give', {
      ...didIt,
      howToConnect: 'https://payroll.test, with your own login',
    })
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'active', granted: { proof: 'attested' } })
    expect(textOf(id, 'task:give')).toContain('Given by <@U0ERIN>')
    expect(textOf(id, 'task:give')).not.toContain('daypass.task')
    expect(textOf(id, 'requester:active')).toContain('https://payroll.test, with your own login')
    expect(textOf(id, 'requester:active')).not.toContain('daypass.credentials')
    expect(textOf(id, 'card')).toContain('https://desk.test/17')

    await over(id)
    expect(textOf(id, 'task:take_away')).toContain('remove the role, and sign the user out')
    expect(textOf(id, 'task:take_away')).not.toContain('Nobody has confirmed that it was given')
    await hand.answer('U0FRED', id, 'take_away')
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'ended', removed: { proof: 'attested' } })
    expect(textOf(id, 'requester:ended')).toContain('This is attested, not proven')
    expect(textOf(id, 'card')).toContain('removal is attested, not proven')

    const seen = (await events(id)).filter(({ action }) => action.startsWith('task.'))
    expect(seen).toMatchObject([
      {
        action: 'task.opened',
        by: null,
        details: { direction: 'give', asked: ['S0DBAS', 'U0GUEST'], channel: 'C0LOBBY' },
      },
      { action: 'task.done', by: 'U0ERIN', details: { direction: 'give' } },
      { action: 'task.opened', by: null, details: { direction: 'take_away' } },
      { action: 'task.done', by: 'U0FRED', details: { direction: 'take_away' } },
    ])
    // What people typed stands on the task alone.
    expect(JSON.stringify(await events(id))).not.toContain('desk.test')
  })

  it('the lease begins when the person has confirmed, and not before', async () => {
    const id = await hand.approved()
    await pass(40)
    await hand.answer('U0ERIN', id, 'give')
    await world.processAll()
    const grant = await grantOf(id)
    expect(grant?.status === 'active' && grant.lease.activatedAt).toEqual(world.clock.now())
  })

  it('what the person wrote about connecting is shown to the holder alone, also later', async () => {
    const id = await hand.approved()
    await hand.answer('U0ERIN', id, 'give', { ...didIt, howToConnect: 'At payroll.test' })
    await world.processAll()
    const press = { requestId: id, interactionKey: 'one' }
    expect(await issueCredentials(world.ports, { ...press, by: who('U0CARL') })).toMatchObject({
      kind: 'issued',
      credentials: { fields: [{ label: 'How to connect', value: 'At payroll.test' }], isSecret: false },
    })
    expect(await issueCredentials(world.ports, { ...press, by: who('U0ERIN') })).toEqual({
      kind: 'not_yours',
    })
  })

  it('direct messages go to each named person, and to one who is named later', async () => {
    const direct = { assignees: ['U0ERIN', 'U0FRED'], channel: undefined, directMessages: true }
    hand.use(direct)
    const id = await hand.approved()
    const readers = () =>
      [...world.channel.standing.values()]
        .filter(({ history, purpose }) => history.request.id === id && purpose === 'task:give')
        .map(({ reader, channelId }) => `${reader} ${channelId}`)
        .toSorted()
    expect(readers()).toEqual(['U0ERIN null', 'U0FRED null'])
    hand.use({ ...direct, assignees: ['U0LEAD'] })
    await pass(2)
    expect(readers()).toEqual(['U0ERIN null', 'U0FRED null', 'U0LEAD null'])
    expect(await hand.answer('U0ERIN', id, 'give')).toMatchObject({ kind: 'refused', because: 'not_asked' })
    expect(await hand.answer('U0LEAD', id, 'give')).toMatchObject({ kind: 'answered' })
  })

  it('without people in the catalog the approvers of the resource are asked, in their channel', async () => {
    hand.use({ assignees: undefined, channel: undefined })
    const id = await hand.approved()
    expect(world.channel.latest(id, 'task:give')?.channelId).toBe('C0ORDERS')
    expect(await hand.answer('U0GUEST', id, 'give')).toMatchObject({ because: 'not_asked' })
    expect(await hand.answer('U0DANA', id, 'give')).toMatchObject({ kind: 'answered' })
  })
})

describe('nobody answers', () => {
  it('to give: they are reminded, with pauses that double, and the activation fails in time', async () => {
    const id = await hand.approved()
    const reminders = () =>
      world.channel.said(id).filter((purpose) => purpose === 'task:give_reminder').length
    await pass(29)
    expect(reminders()).toBe(0)
    await pass(2)
    expect(reminders()).toBe(1)
    expect(textOf(id, 'task:give_reminder')).toContain('still waits. Please give')
    await pass(60)
    expect(reminders()).toBe(2)
    world.clock.advance(8 * 3600)
    await world.processAll()
    // Somebody may have given it without saying so.
    const grant = await grantOf(id)
    expect(grant).toMatchObject({ status: 'revoking', revocation: { cause: 'activation_failed' } })
    expect(textOf(id, 'task:give')).toContain('No longer needed')
    expect(textOf(id, 'task:take_away')).toContain('Nobody has confirmed that it was given')
    await hand.answer('U0ERIN', id, 'take_away')
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'revoked' })
    expect(await actions(id)).toEqual(expect.arrayContaining(['task.withdrawn', 'grant.activation_failed']))
  })

  it('to take away: they are reminded, then security is told, and it goes on until somebody does it', async () => {
    const id = await given()
    await over(id)
    await pass(119)
    expect(await grantOf(id)).toMatchObject({ status: 'revoking' })
    expect(world.channel.said(id).filter((purpose) => purpose === 'task:take_away_reminder')).toHaveLength(2)
    expect(world.channel.said(id)).not.toContain('security:revocation_failed')
    await pass(2)
    expect(await grantOf(id)).toMatchObject({
      status: 'revocation_failed',
      failure: { code: 'awaiting_person' },
    })
    expect(textOf(id, 'security:revocation_failed')).toContain('ACCESS MAY STILL BE OPEN')
    expect(textOf(id, 'security:revocation_failed')).toContain('Asked to take it away')
    await pass(120)
    expect(await grantOf(id)).toMatchObject({ status: 'revocation_failed' })
    // The security lead does it.
    await hand.answer('U0LEAD', id, 'take_away')
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'ended' })
    expect(textOf(id, 'security:revocation_failed')).toContain('attested, not proven')
  })

  it('a catalog may let them take longer', async () => {
    hand.use({ escalateAfter: '3d', remindAfter: '1d' })
    const id = await given()
    await over(id)
    await pass(240)
    expect(await grantOf(id)).toMatchObject({ status: 'revoking' })
    expect(world.channel.said(id)).not.toContain('task:take_away_reminder')
  })
})

describe('a person cannot do it', () => {
  it('to give: the activation fails at once, the reason is shown, and nothing has to be taken away', async () => {
    const id = await hand.approved()
    expect(await hand.answer('U0ERIN', id, 'give', cannot)).toMatchObject({ kind: 'answered' })
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'activation_failed' })
    expect(textOf(id, 'card')).toContain('The vendor has locked the account.')
    expect(textOf(id, 'requester:activation_failed')).toContain('You have no access.')
    expect(await taskOf(id, 'take_away')).toBeUndefined()
    expect(await hand.answer('U0FRED', id, 'give')).toMatchObject({ kind: 'answered_before' })
    expect(await actions(id)).toContain('task.refused')
    expect(JSON.stringify(await events(id))).not.toContain('vendor')
  })

  it('to take away: security is told at once, and another person can still do it', async () => {
    const id = await given()
    await over(id)
    await hand.answer('U0ERIN', id, 'take_away', cannot)
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({
      status: 'revocation_failed',
      failure: { code: 'still_present' },
    })
    expect(textOf(id, 'security:revocation_failed')).toContain('The vendor has locked the account.')
    expect(textOf(id, 'task:take_away')).toContain('daypass.task.done')
    expect(textOf(id, 'task:take_away')).not.toContain('daypass.task.cannot')
    expect(await hand.answer('U0FRED', id, 'take_away', cannot)).toMatchObject({ kind: 'answered_before' })
    await pass(5)
    expect(await hand.answer('U0FRED', id, 'take_away')).toMatchObject({ kind: 'answered' })
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'ended' })
    expect(await taskOf(id, 'take_away')).toMatchObject({
      status: 'done',
      refusal: { byId: expect.any(String) },
    })
  })
})

describe('who may answer', () => {
  it.each<[string, PersonId, string]>([
    ['somebody whom nobody asked', 'U0DANA', 'not_asked'],
    ['the holder', 'U0CARL', 'own_access'],
    ['a bot', 'U0BOT', 'account'],
    ['a deactivated account', 'U0GONE', 'account'],
    ['a stranger', 'U0STRANGER', 'account'],
  ])('not %s', async (_, userId, because) => {
    world.directory.groups.get('S0DBAS')?.add('U0CARL').add('U0BOT').add('U0GONE').add('U0STRANGER')
    const id = await hand.approved()
    expect(await hand.answer(userId, id, 'give')).toMatchObject({ kind: 'refused', because })
    expect(await taskOf(id, 'give')).toMatchObject({ status: 'open' })
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'activating' })
    expect(await events(id)).toContainEqual({
      action: 'task.answer_refused',
      by: userId,
      details: { direction: 'give', because },
    })
  })

  it('not the holder by another account, to give or to take away, though that account is named', async () => {
    for (const userId of ['U0CARL', 'U0ERIN'] as const)
      world.directory.change(userId, { confirmedEmail: 'carl@acme.test' })
    hand.use({ assignees: ['U0ERIN', 'U0FRED'] })
    const id = await hand.approved()
    expect(await hand.answer('U0ERIN', id, 'give')).toMatchObject({ because: 'own_access' })
    await hand.answer('U0FRED', id, 'give')
    await world.processAll()
    await over(id)
    expect(await hand.answer('U0ERIN', id, 'take_away')).toMatchObject({ because: 'own_access' })
    expect(await hand.answer('U0CARL', id, 'take_away')).toMatchObject({ because: 'own_access' })
    expect(await taskOf(id, 'take_away')).toMatchObject({ status: 'open' })
  })

  it('not the holder by an account that Slack shows to be the same person only now', async () => {
    const id = await hand.approved()
    await hand.answer('U0FRED', id, 'give')
    await world.processAll()
    await over(id)
    for (const userId of ['U0CARL', 'U0ERIN'] as const)
      world.directory.change(userId, { confirmedEmail: 'carl@acme.test' })
    expect(await hand.answer('U0ERIN', id, 'take_away')).toMatchObject({ because: 'own_access' })
  })

  it('a guest who is named, and not one who is only in the user group', async () => {
    world.directory.change('U0ERIN', { isGuest: true })
    const id = await hand.approved()
    expect(await hand.answer('U0ERIN', id, 'give')).toMatchObject({ because: 'guest' })
    expect(await hand.answer('U0GUEST', id, 'give')).toMatchObject({ kind: 'answered' })
  })

  it('nobody while Slack does not say who presses', async () => {
    const id = await hand.approved()
    world.directory.state.down = true
    await expect(hand.answer('U0ERIN', id, 'give')).rejects.toMatchObject({ name: 'DirectoryUnavailable' })
    expect(await taskOf(id, 'give')).toMatchObject({ status: 'open' })
  })

  it('somebody also after the account of the holder is gone', async () => {
    const id = await given()
    const { requester } = await hand.history(id)
    await over(id)
    const { account } = world.directory
    world.directory.account = async (userId) => (userId === 'U0CARL' ? null : account(userId))
    expect(requester.userId).toBe('U0CARL')
    expect(await hand.answer('U0ERIN', id, 'take_away')).toMatchObject({ kind: 'answered' })
  })

  it('two who press at once: one of them did it, and the other is told who', async () => {
    const id = await hand.approved()
    const answers = await Promise.all(
      ['U0ERIN', 'U0FRED', 'U0GUEST'].map((by) => hand.answer(by, id, 'give', { ...didIt, evidence: by })),
    )
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual([
      'answered',
      'answered_before',
      'answered_before',
    ])
    const task = await taskOf(id, 'give')
    expect(task?.status === 'done' && task.report.evidence).toBe(task?.doer?.userId)
    expect((await actions(id)).filter((action) => action === 'task.done')).toHaveLength(1)
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'active' })
  })
})

describe('late answers', () => {
  it('a task that is overtaken by the end is not answered any more, and the one to take it away says why', async () => {
    const id = await hand.approved()
    await releaseGrant(world.ports, { by: who('U0CARL'), requestId: id })
    // The revocation is ordered, and has not begun.
    expect(await hand.answer('U0ERIN', id, 'give')).toMatchObject({ kind: 'not_needed' })
    expect(await taskOf(id, 'give')).toMatchObject({ status: 'open' })
    await world.processAll()
    expect(await hand.answer('U0ERIN', id, 'give')).toMatchObject({ kind: 'not_needed' })
    expect(await taskOf(id, 'give')).toMatchObject({ status: 'withdrawn' })
    expect(await taskOf(id, 'take_away')).toMatchObject({ status: 'open', work: { isUncertain: true } })
    expect((await events(id)).filter(({ details }) => details.because === 'too_late')).toHaveLength(2)
    await hand.answer('U0ERIN', id, 'take_away')
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'revoked' })
  })

  it('an answer to take away counts also after security was told', async () => {
    const id = await given()
    await over(id)
    await pass(180)
    expect(await grantOf(id)).toMatchObject({ status: 'revocation_failed' })
    await hand.answer('U0ERIN', id, 'take_away')
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'ended' })
    expect(textOf(id, 'task:take_away_reminder')).toContain('Taken away by <@U0ERIN>')
  })

  it('an answer cannot be given twice, and not in another way', async () => {
    const id = await given()
    expect(await hand.answer('U0ERIN', id, 'give', cannot)).toMatchObject({ kind: 'answered_before' })
    expect(await hand.answer('U0ERIN', id, 'give', { ...didIt, evidence: 'another' })).toMatchObject({
      kind: 'answered_before',
    })
    expect(await taskOf(id, 'give')).toMatchObject({ report: { evidence: 'https://desk.test/17' } })
  })

  it('revoked before anybody was asked: nobody has to take anything away', async () => {
    const { id } = await world.ask()
    await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
    await releaseGrant(world.ports, { by: who('U0CARL'), requestId: id })
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'revoked' })
    expect((await hand.history(id)).tasks).toEqual([])
  })
})

describe('offboarding', () => {
  const leaves = async () => {
    world.directory.change('U0CARL', { isDeactivated: true })
    const account = await world.directory.account('U0CARL')
    if (!account) throw new Error('no account')
    await offboardAccount(world.ports, account)
    await world.processAll()
  }

  it('amid the giving: the task is withdrawn, and somebody sees whether it was given', async () => {
    const id = await hand.approved()
    await leaves()
    expect(await taskOf(id, 'give')).toMatchObject({ status: 'withdrawn' })
    expect(textOf(id, 'task:take_away')).toContain('Nobody has confirmed that it was given')
    await hand.answer('U0ERIN', id, 'take_away')
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'revoked', revocation: { cause: 'offboarded' } })
  })

  it('amid the lease: somebody is asked at once', async () => {
    const id = await given()
    await leaves()
    expect(await grantOf(id)).toMatchObject({ status: 'revoking', revocation: { cause: 'offboarded' } })
    expect(await taskOf(id, 'take_away')).toMatchObject({ status: 'open', work: { isUncertain: false } })
    await hand.answer('U0ERIN', id, 'take_away')
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'revoked' })
  })
})

describe('two leases of one person', () => {
  it('the end of one asks nobody, because the other goes on; the end of the last one asks', async () => {
    const first = await given()
    const second = await given({ duration: '2h' })
    await pass(61)
    expect(await grantOf(first)).toMatchObject({ status: 'ended', removed: { remains: expect.any(String) } })
    expect(textOf(first, 'requester:ended')).toContain('The same access goes on by another lease.')
    expect(await taskOf(first, 'take_away')).toBeUndefined()
    await pass(60)
    expect(await grantOf(second)).toMatchObject({ status: 'revoking' })
    await hand.answer('U0ERIN', second, 'take_away')
    await world.processAll()
    expect(await grantOf(second)).toMatchObject({ status: 'ended' })
  })

  it('a lease that nobody has confirmed yet keeps nothing', async () => {
    const first = await given()
    await hand.approved({ duration: '2h' })
    await over(first)
    expect(await taskOf(first, 'take_away')).toMatchObject({ status: 'open' })
  })

  it('a task to take away is withdrawn when another lease is given meanwhile', async () => {
    const first = await given()
    const second = await hand.approved({ duration: '4h' })
    await over(first)
    await hand.answer('U0ERIN', second, 'give')
    await pass(2)
    expect(await taskOf(first, 'take_away')).toMatchObject({ status: 'withdrawn' })
    expect(await grantOf(first)).toMatchObject({ status: 'ended', removed: { remains: expect.any(String) } })
    expect(await grantOf(second)).toMatchObject({ status: 'active' })
  })

  it('of another role leaves it alone', async () => {
    const other = { ...payrollContent, role: 'Payroll reader' }
    const first = await given()
    hand.use({}, other)
    await given({ duration: '2h' })
    await over(first)
    expect(await taskOf(first, 'take_away')).toMatchObject({
      status: 'open',
      work: { role: 'Payroll approver' },
    })
  })
})

describe('what people write', () => {
  it.each([
    ['nothing done', { whatWasDone: ' ' }, 'whatWasDone'],
    ['no evidence', { evidence: '\u200b' }, 'evidence'],
    ['too much', { evidence: 'x'.repeat(1_001) }, 'evidence'],
    ['a password', { howToConnect: 'payroll.test, password: Winter-2026' }, 'howToConnect'],
    ['a key', { evidence: 'AKIAIOSFODNN7EXAMPLE' }, 'evidence'],
  ])('is refused: %s', async (_, changes, field) => {
    const id = await hand.approved()
    expect(await hand.answer('U0ERIN', id, 'give', { ...didIt, ...changes })).toMatchObject({
      kind: 'invalid',
      problems: [{ field }],
    })
    expect(await taskOf(id, 'give')).toMatchObject({ status: 'open' })
  })

  it('a reason without words, or with a secret', async () => {
    const id = await hand.approved()
    for (const reason of ['', 'token=ghp_abcdefghijklmnopqrstuvwxyz0123'])
      expect(await hand.answer('U0ERIN', id, 'give', { kind: 'cannot', reason })).toMatchObject({
        kind: 'invalid',
      })
  })
})

describe('the catalog', () => {
  it('that changes while a task is open changes whom it asks, and what it says', async () => {
    const id = await given()
    await over(id)
    hand.use(
      { assignees: ['U0DANA'], channel: 'C0ORDERS' },
      { ...payrollContent, takeAway: 'Ask the vendor to do it.' },
    )
    await pass(2)
    expect(textOf(id, 'task:take_away')).toContain('Ask the vendor to do it.')
    expect(await hand.answer('U0ERIN', id, 'take_away')).toMatchObject({ because: 'not_asked' })
    expect(await hand.answer('U0DANA', id, 'take_away')).toMatchObject({ kind: 'answered' })
  })

  it('that no longer names the resource: those who gave it take it away', async () => {
    const id = await given()
    const catalog = { ...world.ports.catalog, resources: new Map() }
    Object.assign(world.ports, { catalog })
    hand.registry.use(catalog)
    await over(id)
    expect(await taskOf(id, 'take_away')).toMatchObject({ status: 'open', assignees: ['S0DBAS', 'U0GUEST'] })
    await hand.answer('U0ERIN', id, 'take_away')
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'ended' })
  })

  it('may ask for a confirmed login, which the task names', async () => {
    hand.use({}, { ...payrollContent, login: 'Payroll login' })
    const id = await hand.approved()
    expect(await grantOf(id)).toMatchObject({ status: 'activating', awaitsLogin: 'Payroll login' })
    expect((await hand.history(id)).tasks).toEqual([])
    const { requester } = await hand.history(id)
    await world.ports.store.transaction((tx) =>
      tx.identities.confirm({
        personId: requester.personId,
        system: 'orders-db',
        login: 'carl.p',
        confirmedById: null,
        confirmedAt: world.clock.now(),
      }),
    )
    await pass(2)
    expect(textOf(id, 'task:give')).toContain('login `carl.p`')
  })
})
