import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NamedScope } from '../../src/domain/freeze.ts'
import type { Store } from '../../src/domain/store.ts'
import { liftFreeze, liftFreezeOf } from '../../src/usecases/freezes/lift-freeze.ts'
import { listFreezes } from '../../src/usecases/freezes/list-freezes.ts'
import { makeFreeze } from '../../src/usecases/freezes/make-freeze.ts'
import { issueCredentials } from '../../src/usecases/grants/issue-credentials.ts'
import { mayPanic, panic } from '../../src/usecases/panic/panic.ts'
import { confirmIdentity } from '../../src/usecases/people/confirm-identity.ts'
import { answerErasure } from '../../src/usecases/privacy/answer-erasure.ts'
import { askErasure } from '../../src/usecases/privacy/ask-erasure.ts'
import { acknowledgeFaults } from '../../src/usecases/record/acknowledge-faults.ts'
import { breakGlass } from '../../src/usecases/requests/break-glass.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { explainRequest } from '../../src/usecases/requests/explain-request.ts'
import { extendLease } from '../../src/usecases/requests/extend-lease.ts'
import { listRequestable } from '../../src/usecases/requests/list-requestable.ts'
import { preApprove } from '../../src/usecases/requests/pre-approve.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { listPasskeys } from '../../src/usecases/step-up/list-passkeys.ts'
import { policiesWith } from '../_policies.ts'
import { openWorld, type PersonId, usualAsk, type World, who } from '../_world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const everything: NamedScope = { kind: 'all' }
const orders: NamedScope = { kind: 'resource', resourceId: 'orders-db' }
const person = (userId: PersonId): NamedScope => ({ kind: 'person', userId })
const lead = who('U0LEAD')

async function freeze(named: NamedScope, until = '', by = lead) {
  const answer = await makeFreeze(world.ports, { by, named, reason: 'An incident', until })
  if (answer.kind !== 'made') throw new Error(`not made: ${JSON.stringify(answer)}`)
  return answer.freeze
}
const approve = (requestId: string, by: PersonId = 'U0DANA') =>
  decideRequest(world.ports, { by: who(by), requestId, verdict: 'approve', reason: null })
async function active(): Promise<string> {
  const { id } = await world.ask()
  await approve(id)
  await world.processAll()
  return id
}
const grantOf = async (id: string) => {
  const grant = (await world.ports.store.histories.byRequest(id))?.grant
  if (!grant) throw new Error('no grant')
  return grant
}
const more = (requestId: string) =>
  extendLease(world.ports, {
    by: who('U0CARL'),
    requestId,
    duration: '30m',
    justification: 'INC-42 takes longer',
    ticket: null,
    submissionKey: randomUUID(),
  })
const events = async (action: string) => {
  const rows = await world.database.sql`select details from audit_events where action = ${action} order by id`
  return rows.map(({ details }) => details as Record<string, unknown>)
}

describe('while a freeze holds', () => {
  it.each([
    ['all', everything],
    ['the resource', orders],
    ['the person', person('U0CARL')],
  ])('a request is refused, with the freeze as the reason, and that is recorded: %s', async (_, named) => {
    const frozen = await freeze(named, '4h')
    expect(await requestAccess(world.ports, usualAsk())).toMatchObject({
      kind: 'frozen',
      freeze: { reason: 'An incident', endsAt: frozen.endsAt },
    })
    expect(await events('request.refused')).toEqual([{ why: 'frozen', freeze: frozen.id }])
  })

  it('of one person, others may ask; of a person with two accounts, neither account may', async () => {
    await freeze(person('U0CARL'))
    expect((await world.ask({ asker: who('U0PAT') })).status).toBe('pending')
    world.directory.change('U0CARL', { confirmedEmail: 'same@acme.test' })
    world.directory.change('U0GUEST', { confirmedEmail: 'same@acme.test' })
    await world.ask({ asker: who('U0PAT') })
    await requestAccess(world.ports, usualAsk())
    expect(await requestAccess(world.ports, { ...usualAsk(), asker: who('U0GUEST') })).toMatchObject({
      kind: 'frozen',
    })
  })

  it('a request that waits cannot be approved, waits on, can be denied, and is approved after it', async () => {
    const [one, other] = [await world.ask(), await world.ask()]
    const { id } = await freeze(orders)
    expect(await approve(one.id)).toMatchObject({ kind: 'frozen' })
    expect(await events('decision.refused')).toEqual([{ why: 'frozen', freeze: id }])
    const denied = { by: who('U0DANA'), requestId: other.id, verdict: 'deny', reason: 'no' } as const
    expect(await decideRequest(world.ports, denied)).toMatchObject({ kind: 'recorded' })
    await liftFreeze(world.ports, { by: lead, freezeId: id })
    expect(await approve(one.id)).toMatchObject({ kind: 'recorded' })
  })

  it('an approver who is frozen approves nothing', async () => {
    const { id } = await world.ask()
    await freeze(person('U0DANA'))
    expect(await approve(id)).toMatchObject({ kind: 'frozen' })
    expect(await approve(id, 'U0ERIN')).toMatchObject({ kind: 'recorded' })
  })

  it('an approver who is frozen approves nothing in advance, also from a request that was approved before', async () => {
    const id = await active()
    const { id: freezeId } = await freeze(person('U0DANA'))
    const inAdvance = (userId: PersonId) =>
      preApprove(world.ports, {
        ...{ by: who(userId), requestId: id, lastDay: '2026-11-30', duration: '1h' },
        reason: 'Weekly report',
      })
    expect(await inAdvance('U0DANA')).toMatchObject({ kind: 'frozen', freeze: { id: freezeId } })
    expect(await events('pre_approval.refused')).toEqual([{ why: 'frozen', freeze: freezeId }])
    expect(await world.database.sql`select from pre_approvals`).toHaveLength(0)
    expect(await inAdvance('U0ERIN')).toMatchObject({ kind: 'made' })
  })

  it('a security lead who is frozen does for others nothing that leads alone may do', async () => {
    world.directory.groups.set('S0SECURITY', new Set(['U0LEAD', 'U0PAT']))
    const { reference } = await world.ask()
    const asked = await askErasure(world.ports, { by: who('U0PAT'), about: reference })
    if (asked.kind !== 'asked') throw new Error(asked.kind)
    await freeze(person('U0LEAD'), '', who('U0PAT'))
    const answer = { by: lead, erasureId: asked.erasureId, confirmed: true }
    expect(await answerErasure(world.ports, answer)).toMatchObject({ kind: 'refused' })
    expect(await askErasure(world.ports, { by: lead, about: reference })).toEqual({ kind: 'refused' })
    expect(await acknowledgeFaults(world.ports, { by: lead, until: world.clock.now() })).toEqual({
      kind: 'refused',
    })
    expect(await listPasskeys(world.ports, lead)).toMatchObject({ mayHelp: false })
  })

  it('an approved grant is not activated', async () => {
    const { id } = await world.ask()
    await approve(id)
    await freeze(orders)
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'activation_failed', failure: { code: 'frozen' } })
    expect(world.target.state.grants).toBe(0)
  })

  it('a grant that the target gives at that moment is removed again', async () => {
    const { id } = await world.ask()
    await approve(id)
    world.target.state.beforeGrantEnds = async () => {
      await freeze(orders)
    }
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({ status: 'activation_failed', failure: { code: 'frozen' } })
    expect(world.target.held.size).toBe(0)
  })

  it('a lease goes on, without new credentials and without more time', async () => {
    const id = await active()
    const before = await grantOf(id)
    const asked = await more(id)
    if (asked.kind !== 'submitted') throw new Error(asked.kind)
    await approve(asked.history.request.id)
    await freeze(person('U0CARL'))
    await world.processAll()
    expect(await grantOf(id)).toMatchObject({
      status: 'active',
      lease: 'lease' in before ? before.lease : null,
    })
    expect(await more(id)).toMatchObject({ kind: 'frozen' })
    const press = { by: who('U0CARL'), requestId: id, interactionKey: randomUUID() }
    expect(await issueCredentials(world.ports, press)).toMatchObject({ kind: 'frozen' })
    expect(await events('grant.credentials_refused')).toHaveLength(1)
    world.clock.advance(3600)
    await world.processAll()
    expect((await grantOf(id)).status).toBe('ended')
  })

  it('an extension that is being carried out at that moment leaves the end at the target as on record', async () => {
    const id = await active()
    const asked = await more(id)
    if (asked.kind !== 'submitted') throw new Error(asked.kind)
    await approve(asked.history.request.id)
    world.target.state.beforeGrantEnds = async () => {
      world.target.state.beforeGrantEnds = async () => {}
      await freeze(orders)
    }
    await world.processAll()
    const grant = await grantOf(id)
    expect(grant).toMatchObject({ status: 'active', generation: 1 })
    expect(world.target.held.get(grant.id)?.until).toEqual('lease' in grant ? grant.lease?.endsAt : null)
  })

  it('break-glass is refused too', async () => {
    const policy = policiesWith(`
      @id("anybody-may-break-glass")
      @reason("In an emergency.")
      permit (principal, action == Action::"breakGlass", resource) when { principal.kind == "employee" };`)
    Object.assign(world.ports, { policy })
    await freeze(everything)
    const ask = {
      ...usualAsk(),
      asker: who('U0PAT'),
      entitlementId: 'fix-orders',
      duration: '20m',
      confirmed: true,
    }
    expect(await breakGlass(world.ports, ask)).toMatchObject({ kind: 'frozen' })
  })

  it('the form and an explanation say so', async () => {
    await freeze(orders, '2d')
    expect(
      await listRequestable(world.ports, { asker: who('U0CARL'), resourceId: 'orders-db' }),
    ).toMatchObject({
      freeze: { scope: { kind: 'resource', resourceId: 'orders-db' } },
    })
    const explained = await explainRequest(world.ports, { ...usualAsk(), mostPeople: 5 })
    expect(explained.freeze).toMatchObject({ reason: 'An incident' })
  })
})

describe('the end of a freeze', () => {
  it('comes by itself, at its time, and is recorded and told', async () => {
    await freeze(orders, '1h')
    world.clock.advance(3599)
    expect(await requestAccess(world.ports, usualAsk())).toMatchObject({ kind: 'frozen' })
    world.clock.advance(1)
    // Also before the worker has closed it.
    expect((await world.ask()).status).toBe('pending')
    await world.processAll()
    expect(await events('freeze.ended')).toHaveLength(1)
    expect(world.channel.notices).toMatchObject([
      { kind: 'freeze', change: 'made' },
      { kind: 'freeze', change: 'closed', freeze: { closed: { by: null } } },
    ])
  })

  it('does not come sooner, also where a worker is woken early', async () => {
    const { id: freezeId, endsAt } = await freeze(orders, '1h')
    await world.ports.store.transaction((tx) =>
      tx.outbox.add({ kind: 'end_freeze', freezeId }, world.clock.now()),
    )
    await world.processAll()
    const woken = await world.database.sql`
      select due_at, last_error from outbox where kind = 'end_freeze' and last_error is not null`
    expect(woken).toEqual([{ dueAt: endsAt, lastError: 'its time is not over' }])
    expect(await requestAccess(world.ports, usualAsk())).toMatchObject({ kind: 'frozen' })
  })

  it('hinders nothing from its time on, also where no worker has closed it yet', async () => {
    await freeze(orders, '1h')
    world.clock.advance(3600)
    expect(await liftFreezeOf(world.ports, { by: lead, named: orders })).toEqual({ kind: 'none' })
    await freeze(orders, '30m')
    expect(await events('freeze.ended')).toHaveLength(1)
  })

  it('is a lift by a security lead, and by nobody else', async () => {
    const { id } = await freeze(orders, '', who('U0DANA'))
    expect(await liftFreeze(world.ports, { by: who('U0DANA'), freezeId: id })).toMatchObject({
      kind: 'refused',
    })
    expect(await liftFreezeOf(world.ports, { by: who('U0CARL'), named: orders })).toMatchObject({
      kind: 'refused',
    })
    expect(await liftFreezeOf(world.ports, { by: lead, named: orders })).toMatchObject({ kind: 'lifted' })
    expect(await liftFreeze(world.ports, { by: lead, freezeId: id })).toEqual({ kind: 'none' })
    expect(await events('freeze.refused')).toHaveLength(2)
    expect(await events('freeze.lifted')).toHaveLength(1)
    expect((await world.ask()).status).toBe('pending')
  })

  it('of a lead keeps the lead from freezing, taking back and saying who somebody is', async () => {
    world.directory.groups.set('S0SECURITY', new Set(['U0LEAD', 'U0PAT']))
    await freeze(person('U0LEAD'), '', who('U0PAT'))
    const typed = { reason: 'An incident', submissionKey: 'one form' }
    const none = { kind: 'frozen' }
    expect(
      await makeFreeze(world.ports, { by: lead, named: orders, reason: 'Why', until: '' }),
    ).toMatchObject(none)
    expect(
      await panic(world.ports, { by: lead, named: everything, freezeUntil: null, ...typed }),
    ).toMatchObject(none)
    expect(await mayPanic(world.ports, { by: lead, named: everything })).toMatchObject(none)
    const login = { by: lead, userId: 'U0CARL', system: 'github', login: 'carl-in-wrong-hands' }
    expect(await confirmIdentity(world.ports, login)).toMatchObject({ kind: 'refused' })
    expect(await events('panic.begun')).toEqual([])
    expect((await events('panic.refused')).map(({ why }) => why)).toEqual(['frozen', 'frozen'])
    expect((await events('engagement.refused')).map(({ why }) => why)).toEqual(['frozen'])
  })

  it('and a panic leave no approval in advance that is made beside them', async () => {
    const asked = await world.ask()
    const ask = {
      by: who('U0DANA'),
      requestId: asked.id,
      lastDay: '2026-11-30',
      duration: '1h',
      reason: 'Weekly report',
    }
    const order = {
      by: lead,
      named: everything,
      reason: 'An intruder',
      freezeUntil: '4h',
      submissionKey: 'one',
    }
    // Ten times, because the order of two transactions is luck.
    for (let round = 0; round < 10; round += 1) {
      await Promise.allSettled([
        preApprove(world.ports, ask),
        panic(world.ports, { ...order, submissionKey: `form ${round}` }),
      ])
      const open = await world.database.sql`select from pre_approvals where withdrawn_at is null`
      expect(open).toHaveLength(0)
      await world.processAll()
      await liftFreezeOf(world.ports, { by: lead, named: everything })
      ask.requestId = (await world.ask()).id
    }
  })

  it('cannot be made by a lead who is frozen', async () => {
    world.directory.groups.set('S0SECURITY', new Set(['U0LEAD', 'U0PAT']))
    const { id } = await freeze(everything)
    await freeze(person('U0LEAD'), '', who('U0PAT'))
    expect(await liftFreeze(world.ports, { by: lead, freezeId: id })).toMatchObject({ kind: 'frozen' })
    expect(await liftFreezeOf(world.ports, { by: lead, named: person('U0LEAD') })).toMatchObject({
      kind: 'frozen',
    })
    expect(await liftFreezeOf(world.ports, { by: who('U0PAT'), named: person('U0LEAD') })).toMatchObject({
      kind: 'lifted',
    })
  })

  it('of a person is not shown to everybody', async () => {
    await freeze(person('U0DANA'))
    await freeze(orders)
    expect((await listFreezes(world.ports, { by: who('U0CARL') })).freezes).toHaveLength(1)
    expect(await listFreezes(world.ports, { by: lead })).toMatchObject({ mayLift: true, freezes: [{}, {}] })
  })
})

it('an approval amid which somebody freezes is answered as frozen, and grants nothing', async () => {
  const { id: requestId } = await world.ask()
  const { store } = world.ports
  let isFrozen = false
  const amid: Store['transaction'] = (work) =>
    store.transaction((tx) => {
      const holding: typeof tx.freezes.holding = async (...about) => {
        const found = await tx.freezes.holding(...about)
        if (!isFrozen) {
          isFrozen = true
          await freeze(orders)
        }
        return found
      }
      return work({ ...tx, freezes: { ...tx.freezes, holding } })
    })
  const ports = { ...world.ports, store: { ...store, transaction: amid } }
  const verdict = { by: who('U0DANA'), requestId, verdict: 'approve', reason: null } as const
  expect(await decideRequest(ports, verdict)).toMatchObject({ kind: 'frozen' })
  expect((await store.histories.byRequest(requestId))?.request.status).toBe('pending')
  expect((await store.histories.byRequest(requestId))?.grant).toBe(null)
})

describe('Postgres', () => {
  it('refuses a grant, an activation and an extension in the scope of a freeze, whoever writes it', async () => {
    const { sql } = world.owner
    const [pending, leased] = [await world.ask(), await active()]
    const asked = await more(leased)
    if (asked.kind !== 'submitted') throw new Error(asked.kind)
    const { id: extensionId } = asked.history.request
    const { id: activatingId } = await world.ask()
    await approve(activatingId)
    await approve(extensionId)
    const lease = await grantOf(leased)
    await freeze(person('U0CARL'))
    const activating = await grantOf(activatingId)
    const now = world.clock.now()
    const refusal = { constraint_name: 'nothing_is_granted_while_frozen' }
    await expect(
      sql`update grants set status = 'active', activated_at = ${now}, lease_ends_at = ${new Date(now.getTime() + 60_000)},
        granted = '{"readAt": "2026-11-22T09:00:00Z", "summary": "", "facts": {}}' where id = ${activating.id}`,
    ).rejects.toMatchObject(refusal)
    const endsAt = 'lease' in lease && lease.lease ? lease.lease.endsAt : now
    await expect(
      sql`insert into lease_extensions (request_id, grant_id, from_ends_at, ends_at, at)
        values (${extensionId}, ${lease.id}, ${endsAt}, ${new Date(endsAt.getTime() + 60_000)}, ${now})`,
    ).rejects.toMatchObject(refusal)
    await expect(
      sql.begin(async (tx) => {
        await tx`alter table grants disable trigger grants_follow_approval`
        await tx`insert into grants (id, request_id, holder_id, resource_id, entitlement_id, approved_content, duration_seconds,
            generation, created_at, status)
          values (${randomUUID()}, ${pending.id}, ${pending.requesterId}, 'orders-db', 'read-orders', '{}', 60, 1, ${now}, 'activating')`
      }),
    ).rejects.toMatchObject(refusal)
  })

  it('keeps what a freeze says, and closes it once', async () => {
    const { sql } = world.owner
    const { id } = await freeze(orders, '1h')
    for (const change of [
      sql`update freezes set ends_at = now() + interval '1 year' where id = ${id}`,
      sql`update freezes set closed_at = made_at where id = ${id}`,
      sql`delete from freezes where id = ${id}`,
    ])
      await expect(change).rejects.toMatchObject({ code: '23514' })
    await liftFreeze(world.ports, { by: lead, freezeId: id })
    for (const change of [
      sql`update freezes set closed_at = null where id = ${id}`,
      sql`update freezes set closed_at = closed_at + interval '1 hour' where id = ${id}`,
    ])
      await expect(change).rejects.toMatchObject({ code: '23514' })
  })
})
