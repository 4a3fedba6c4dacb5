import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { NamedScope } from '../../src/domain/freeze.ts'
import type { Ports } from '../../src/domain/ports.ts'
import { makeFreeze } from '../../src/usecases/freezes/make-freeze.ts'
import { mayPanic, type PanicOrder, panic } from '../../src/usecases/panic/panic.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { extendLease } from '../../src/usecases/requests/extend-lease.ts'
import { openWorld, type PersonId, type World, who } from '../_world.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const everything: NamedScope = { kind: 'all' }
const orders: NamedScope = { kind: 'resource', resourceId: 'orders-db' }
const person = (userId: PersonId): NamedScope => ({ kind: 'person', userId })

const order = (named: NamedScope, changes: Partial<PanicOrder> = {}): PanicOrder => ({
  by: who('U0LEAD'),
  named,
  reason: 'A laptop was stolen',
  freezeUntil: '',
  submissionKey: randomUUID(),
  ...changes,
})
async function active(userId: PersonId = 'U0CARL'): Promise<string> {
  const { id } = await world.ask({ asker: who(userId) })
  await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
  await world.processAll()
  return id
}
const grantOf = async (id: string) => (await world.ports.store.histories.byRequest(id))?.grant
const requestOf = async (id: string) => (await world.ports.store.histories.byRequest(id))?.request
const begun = async (changes: PanicOrder) => {
  const answer = await panic(world.ports, changes)
  if (answer.kind !== 'begun') throw new Error(`not begun: ${JSON.stringify(answer)}`)
  return answer
}
/** Lets the panic be looked at again, until it says no more. */
async function settle(seconds = 3) {
  await world.processAll()
  world.clock.advance(seconds)
  await world.processAll()
}
const said = () =>
  world.channel.panics.map(
    ({ message, report: { progress } }) => `${message} ${progress.gone}/${progress.leases}`,
  )

describe('a panic', () => {
  it('takes back everything of its scope, proves it, and says so', async () => {
    const ids = [await active('U0CARL'), await active('U0GUEST')]
    const waiting = await world.ask()
    expect(await mayPanic(world.ports, { by: who('U0LEAD'), named: everything })).toMatchObject({
      counts: { leases: 2, holders: 2, resources: 1, pending: 1 },
    })
    await begun(order(everything))
    await settle()
    for (const id of ids)
      expect(await grantOf(id)).toMatchObject({
        status: 'revoked',
        revocation: { cause: 'revoked', reason: 'A laptop was stolen' },
      })
    expect(world.target.held.size).toBe(0)
    expect(await world.ports.store.histories.byRequest(waiting.id)).toMatchObject({
      request: { status: 'cancelled' },
      cancelledBy: { userId: 'U0LEAD', reason: 'A laptop was stolen' },
    })
    expect(said().at(-1)).toBe('end 2/2')
    expect(world.channel.panics.at(-1)?.report.panic.finishedAt).not.toBeNull()
  })

  it('of a person ends what all their accounts hold, and nothing of others', async () => {
    world.directory.change('U0CARL', { confirmedEmail: 'same@acme.test' })
    world.directory.change('U0GUEST', { confirmedEmail: 'same@acme.test' })
    const [carl, second] = [await active('U0CARL'), await active('U0GUEST')]
    const other = await active('U0PAT')
    await begun(order(person('U0CARL')))
    await settle()
    expect((await grantOf(carl))?.status).toBe('revoked')
    expect((await grantOf(second))?.status).toBe('revoked')
    expect((await grantOf(other))?.status).toBe('active')
  })

  it.each([
    ['', 'activation_failed'],
    [null, 'revoked'],
  ])('ends a grant that the target gives at that moment (freeze: %j)', async (freezeUntil, status) => {
    const { id } = await world.ask()
    await decideRequest(world.ports, { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null })
    world.target.state.beforeGrantEnds = async () => {
      world.target.state.beforeGrantEnds = async () => {}
      await begun(order(everything, { freezeUntil }))
    }
    await settle()
    expect((await grantOf(id))?.status).toBe(status)
    expect(world.target.held.size).toBe(0)
    expect(said().at(-1)).toBe('end 1/1')
  })

  it('waits for a grant that is being made at that moment, and takes it back', async () => {
    const { id } = await world.ask()
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const { store } = world.ports
    const slow: Ports = {
      ...world.ports,
      store: {
        ...store,
        transaction: (work) =>
          store.transaction(async (tx) => {
            const result = await work(tx)
            await tx.grants.findByRequest(id)
            await gate
            return result
          }),
      },
    }
    const verdict = { by: who('U0DANA'), requestId: id, verdict: 'approve', reason: null } as const
    const approving = decideRequest(slow, verdict)
    const { sql } = world.database
    // What gives something shares the lock that a freeze takes alone.
    const locks = (mode: 'ShareLock' | 'ExclusiveLock', isGranted: boolean) => async () => {
      const rows = await sql`select from pg_locks l join pg_database d on d.oid = l.database
        where d.datname = current_database() and locktype = 'advisory' and mode = ${mode} and granted = ${isGranted}`
      expect(rows.length).toBeGreaterThan(0)
    }
    await vi.waitFor(locks('ShareLock', true), { timeout: 10_000 })
    const panicking = begun(order(everything))
    await vi.waitFor(locks('ExclusiveLock', false), { timeout: 10_000 })
    open()
    expect(await approving).toMatchObject({ kind: 'recorded' })
    expect((await panicking).panic.counts.leases).toBe(1)
    await settle()
    expect(world.target.held.size).toBe(0)
  })

  it('cancels an extension that waits', async () => {
    const id = await active()
    const asked = await extendLease(world.ports, {
      by: who('U0CARL'),
      requestId: id,
      duration: '30m',
      justification: 'INC-42 takes longer',
      ticket: null,
      submissionKey: randomUUID(),
    })
    if (asked.kind !== 'submitted') throw new Error(asked.kind)
    await begun(order(person('U0CARL')))
    await settle()
    expect((await requestOf(asked.history.request.id))?.status).toBe('cancelled')
  })

  it('says honestly that a dead target keeps access, and is finished only when it is gone', async () => {
    await active()
    world.target.breakDown(true)
    await begun(order(everything))
    await settle(10)
    const told = world.channel.panics.at(-1)
    expect(told).toMatchObject({
      message: 'progress',
      report: {
        panic: { finishedAt: null },
        progress: { gone: 0, open: [{ resourceId: 'orders-db', failed: 1 }] },
      },
    })
    world.target.mend()
    await settle(120)
    await settle(120)
    expect(said().at(-1)).toBe('end 1/1')
  })

  it('over many leases at a dead target, security reads one message and not one for each', async () => {
    const ids: string[] = []
    for (let left = 11; left > 0; left -= 1) ids.push((await world.ask()).id)
    for (const requestId of ids)
      await decideRequest(world.ports, { by: who('U0DANA'), requestId, verdict: 'approve', reason: null })
    await world.processAll()
    world.target.breakDown(true)
    await begun(order(everything))
    await settle(10)
    for (const id of ids) expect(world.channel.said(id)).not.toContain('security:revocation_failed')
    expect(world.channel.panics.at(-1)?.report.progress.open).toMatchObject([{ failed: 11 }])
  })

  it('tries again at once what an earlier revocation failed to remove', async () => {
    const id = await active()
    world.target.breakDown(true)
    world.clock.advance(3600)
    await world.processAll()
    expect((await grantOf(id))?.status).toBe('revocation_failed')
    world.target.mend()
    await begun(order(everything))
    await world.processAll()
    expect((await grantOf(id))?.status).toBe('ended')
  })

  it('happens once, also when the form is sent twice at once', async () => {
    await active()
    const same = order(everything)
    const answers = await Promise.all([panic(world.ports, same), panic(world.ports, same)])
    expect(answers.map(({ kind }) => kind).sort()).toEqual(['begun', 'repeated'])
  })

  it('of two leads at once ends the same leases, and both are told', async () => {
    await active()
    await Promise.all([begun(order(everything)), begun(order(person('U0CARL')))])
    await settle()
    expect(said().filter((one) => one === 'end 1/1')).toHaveLength(2)
  })

  it('goes on after the process died between two batches', async () => {
    const id = await active()
    await begun(order(everything))
    const { transaction } = world.ports.store
    let left = 1
    Object.assign(world.ports.store, {
      transaction: async (work: Parameters<typeof transaction>[0]) => {
        left -= 1
        if (left < 0) throw new Error('the process died')
        return transaction(work)
      },
    })
    await world.processAll()
    Object.assign(world.ports.store, { transaction })
    await settle(60)
    await settle(60)
    expect((await grantOf(id))?.status).toBe('revoked')
    expect(said().at(-1)).toBe('end 1/1')
  })

  it('is ordered once, also where the process died before it could say that it was done', async () => {
    await active()
    const { panic: made } = await begun(order(everything))
    await settle()
    world.clock.advance(60)
    await world.ports.store.transaction((tx) =>
      tx.outbox.add({ kind: 'order_panic', panicId: made.id }, world.clock.now()),
    )
    await world.processAll()
    const results = await world.database.sql`
      select result from outbox where kind = 'order_panic' order by due_at`
    expect(results.map(({ result }) => result)).toEqual(['ordered', 'ordered before'])
  })

  it('without a freeze leaves people free to ask again', async () => {
    await active()
    await begun(order(everything, { freezeUntil: null }))
    await settle()
    expect((await world.ask()).status).toBe('pending')
  })

  it('replaces a freeze that would end sooner, and keeps one that does not', async () => {
    const by = who('U0LEAD')
    await makeFreeze(world.ports, { by, named: orders, reason: 'Maintenance', until: '1h' })
    const first = await begun(order(orders, { freezeUntil: '4h' }))
    expect(first.freeze?.endsAt).toEqual(new Date(world.clock.now().getTime() + 4 * 3600_000))
    const second = await begun(order(orders, { freezeUntil: '2h' }))
    expect(second.freeze?.id).toBe(first.freeze?.id)
  })
})

describe('who may', () => {
  it('an approver takes back all access to their own resource, and nothing else', async () => {
    const id = await active()
    await begun(order(orders, { by: who('U0DANA') }))
    await settle()
    expect((await grantOf(id))?.status).toBe('revoked')
    for (const named of [everything, person('U0CARL')])
      expect(await panic(world.ports, order(named, { by: who('U0DANA') }))).toMatchObject({ kind: 'refused' })
  })

  it('nobody else may, and that is recorded', async () => {
    for (const userId of ['U0CARL', 'U0PAT', 'U0GUEST', 'U0STRANGER', 'U0GONE'] as const) {
      for (const named of [everything, person('U0DANA'), orders])
        expect(await mayPanic(world.ports, { by: who(userId), named })).toMatchObject({ kind: 'refused' })
    }
    const { sql } = world.database
    const rows = await sql`select count(*)::integer as count from audit_events where action = 'panic.refused'`
    expect(rows[0]?.count).toBe(15)
  })

  it('needs a reason, and an end that can be read', async () => {
    expect(await panic(world.ports, order(everything, { reason: ' ', freezeUntil: 'soon' }))).toMatchObject({
      kind: 'invalid',
      problems: [{ field: 'reason' }, { field: 'until' }],
    })
    const unknown: NamedScope = { kind: 'resource', resourceId: 'order-db' }
    expect(await panic(world.ports, order(unknown))).toMatchObject({
      kind: 'unknown',
      message: expect.stringContaining('Did you mean “orders-db”?'),
    })
  })
})
