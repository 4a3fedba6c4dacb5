import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startWebhookReceiver } from '../../fixtures/targets/webhook-receiver.ts'
import { makeFreeze } from '../../src/usecases/freezes/make-freeze.ts'
import { answerLift, askLift } from '../../src/usecases/holds/lift-hold.ts'
import { placeHold } from '../../src/usecases/holds/place-hold.ts'
import { cancelRequest } from '../../src/usecases/requests/cancel-request.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { cancelRun } from '../../src/usecases/runs/cancel-run.ts'
import { showOutput } from '../../src/usecases/runs/show-output.ts'
import { stopRunOfOther } from '../../src/usecases/runs/stop-run.ts'
import { startPostgres18, type TestPostgres } from '../_postgres.ts'
import { who } from '../_world.ts'
import { type ActionWorld, openActionWorld } from './_action-world.ts'

let server: TestPostgres
let world: ActionWorld
beforeAll(async () => {
  server = await startPostgres18()
})
afterAll(() => server.close())
beforeEach(async () => {
  world = await openActionWorld(server)
})
afterEach(() => world.close())

const refund = { order: '7', why: 'lost' }
const text = () =>
  `refund-order on orders-db
update public.orders set status = 'refunded', note = :why where id = :order and status = 'paid'

why = "lost"
order = "7"

as ${world.shop.clerk}, changes exactly 1 row`

describe('an action', () => {
  it('is asked for, shown, approved, and run once, exactly as it was approved', async () => {
    const id = await world.asked(refund)
    const asked = await world.history(id)
    expect(asked.request).toMatchObject({
      status: 'pending',
      durationSeconds: 900,
      asksFor: {
        kind: 'action',
        action: {
          values: refund,
          text: text(),
          textHash: createHash('sha256').update(text()).digest('hex'),
        },
      },
    })
    expect(asked.preview).toMatchObject({
      rows: 1,
      before: { rows: [['7', 'paid', null]] },
      after: { rows: [['7', 'refunded', 'lost']] },
    })
    expect(world.channel.said(id)).toEqual(['card', 'requester:submitted'])
    expect(await world.statusOf(7)).toBe('paid')

    expect(await world.approve(id)).toMatchObject({
      kind: 'recorded',
      history: { request: { status: 'approved' }, grant: null, run: { status: 'waiting' } },
    })
    await world.processAll()
    expect((await world.history(id)).run).toMatchObject({ status: 'done', rows: 1, output: null })
    expect(await world.statusOf(7)).toBe('refunded')
    expect(await world.events(id)).toMatchObject([
      { action: 'request.submitted' },
      { action: 'action.previewed', details: { rows: 1 } },
      { action: 'decision.recorded' },
      { action: 'request.approved' },
      { action: 'run.began', details: { mark: { xid: expect.stringMatching(/^\d+$/) } } },
      { action: 'run.finished', details: { rows: 1 } },
    ])
    expect(world.channel.said(id)).toEqual(expect.arrayContaining(['card', 'requester:run', 'thread:run']))
    // Nothing that a person typed is in the log.
    expect(JSON.stringify(await world.events(id))).not.toContain('lost')
    await world.shop.shop.query(`update public.orders set status = 'paid' where id = 7`)
    world.clock.advance(3600)
    await world.processAll()
    expect(await world.statusOf(7)).toBe('paid')
  })

  it('says what is wrong beside each field, and nothing is stored', async () => {
    const problems = async (parameters: Record<string, string>, changes = {}) => {
      const answer = await world.ask(parameters, changes)
      return answer.kind === 'invalid'
        ? answer.problems.map(({ field, message }) => `${field}: ${message}`)
        : answer.kind
    }
    expect(await problems({ order: '0x7', why: 'stolen', colour: 'red' }, { duration: '1h' })).toEqual([
      'entitlement: Refund an order takes no “colour”. It takes: order, why.',
      'duration: Refund an order is run once, so it takes no time.',
      'parameter:order: Order is a whole number, written with digits.',
      'parameter:why: why is one of: damaged, lost.',
    ])
    expect(await problems({})).toEqual([
      'parameter:order: Order is missing.',
      'parameter:why: why is missing.',
    ])
    expect(await problems({ order: '10000', why: 'lost' })).toEqual([
      'parameter:order: Order is from 1 to 9999.',
    ])
    expect(await problems({ order: '7.5', why: 'lost' })).toEqual([
      'parameter:order: Order is a whole number.',
    ])
    const look = { entitlementId: 'show-order' }
    expect(await problems({ text: ' x', day: '2027-01-01' }, look)).toEqual([
      'parameter:text: text holds hidden characters, or spaces around it. Type it anew.',
      'parameter:day: day is 2026-12-31 or earlier.',
    ])
    expect(await problems({ text: 'x', day: '2026-02-30' }, look)).toEqual([
      'parameter:day: day is a day that exists, written as 2026-11-30.',
    ])
    const [row] = await world.database.sql`select count(*)::int as count from requests`
    expect(row).toEqual({ count: 0 })
  })

  it('that cannot be run like this is asked of nobody', async () => {
    const id = await world.asked({ order: '777', why: 'lost' })
    expect(await world.history(id)).toMatchObject({
      request: { status: 'cancelled' },
      preview: { failure: { code: 'row_count' } },
    })
    expect(world.channel.said(id)).not.toContain('card')
    expect(world.channel.said(id)).toContain('requester:closed')
  })

  it('whose count differs from the preview is undone, and people read it', async () => {
    const id = await world.asked(refund)
    await world.shop.shop.query(`update public.orders set status = 'refunded' where id = 7`)
    await world.approve(id)
    await world.processAll()
    expect((await world.history(id)).run).toMatchObject({
      status: 'failed',
      failure: {
        code: 'row_count',
        message: 'It would have changed 0 rows, and this action changes exactly 1 row. It was undone.',
      },
    })
    expect(world.channel.latest(id, 'requester:run')).toBeDefined()
  })

  it('cannot be approved for less, in advance, or by its requester', async () => {
    const id = await world.asked(refund)
    const own = await decideRequest(world.ports, {
      by: who('U0CARL'),
      requestId: id,
      verdict: 'approve',
      reason: null,
    })
    expect(own.kind).toBe('refused')
    const less = {
      by: who('U0DANA'),
      requestId: id,
      verdict: 'approve',
      reason: null,
      duration: '1m',
    } as const
    expect(await decideRequest(world.ports, less)).toMatchObject({ kind: 'invalid' })
  })
})

describe('it does not begin', () => {
  const approved = async () => {
    const id = await world.asked(refund)
    await world.approve(id)
    return id
  }
  const ended = async (id: string) => {
    await world.processAll()
    const { run } = await world.history(id)
    expect(await world.statusOf(7)).toBe('paid')
    return run && 'failure' in run ? `${run.status} ${run.failure.code}` : run?.status
  }

  it('after its time', async () => {
    const id = await approved()
    world.clock.advance(900)
    expect(await ended(id)).toBe('lapsed lapsed')
  })

  it('while the target does not answer, and lapses then', async () => {
    world.between.runs = (runs) => ({
      ...runs,
      ready: () => Promise.reject(Object.assign(new Error('down'))),
    })
    const id = await approved()
    await world.processAll()
    expect((await world.history(id)).run?.status).toBe('waiting')
    world.clock.advance(901)
    expect(await ended(id)).toBe('lapsed lapsed')
  })

  it('when something is frozen', async () => {
    const id = await approved()
    const named = { kind: 'resource', resourceId: 'orders-db' } as const
    const frozen = await makeFreeze(world.ports, {
      by: who('U0LEAD'),
      named,
      reason: 'Under attack',
      until: '',
    })
    expect(frozen.kind).toBe('made')
    expect(await ended(id)).toBe('failed frozen')
    expect(await world.ask(refund)).toMatchObject({ kind: 'frozen' })
  })

  it('when the catalog does something else now', async () => {
    const id = await approved()
    world.changeCatalog((yaml) => yaml.replace("status = 'refunded',", "status = 'refunded twice',"))
    expect(await ended(id)).toBe('failed conflict')
    const again = await approved()
    world.changeCatalog((yaml) => yaml.replace('refund-order:', 'refund-another:'))
    expect(await ended(again)).toBe('failed not_in_catalog')
  })

  it('when the requester cancels it, and others cannot', async () => {
    const id = await approved()
    expect(await cancelRun(world.ports, { by: who('U0DANA'), requestId: id })).toEqual({ kind: 'not_yours' })
    expect(await cancelRun(world.ports, { by: who('U0CARL'), requestId: id })).toMatchObject({
      kind: 'cancelled',
    })
    expect(await ended(id)).toBe('cancelled cancelled')
    expect(await cancelRun(world.ports, { by: who('U0CARL'), requestId: id })).toMatchObject({ kind: 'over' })
  })

  it('when the request is cancelled before its approval', async () => {
    const id = await world.asked(refund)
    expect(await cancelRequest(world.ports, { by: who('U0CARL'), requestId: id })).toMatchObject({
      kind: 'cancelled',
    })
    expect(await world.approve(id)).toMatchObject({ kind: 'closed' })
    expect(await ended(id)).toBeUndefined()
  })
})

describe('it is executed at most once', () => {
  it('when its process stops after the commit of the intent: the target says what became of it', async () => {
    const id = await world.asked(refund)
    await world.approve(id)
    let executions = 0
    world.between.runs = (runs) => ({
      ...runs,
      ready: async (order) => {
        const ready = await runs.ready(order)
        executions += 1
        // The process hangs before it sends the statement.
        return { ...ready, execute: () => new Promise(() => {}) }
      },
    })
    void world.processAll()
    await expect.poll(async () => (await world.history(id)).run?.status).toBe('running')
    world.clock.advance(60)
    await world.processAll()
    expect((await world.history(id)).run).toMatchObject({
      status: 'failed',
      failure: { code: 'interrupted' },
    })
    expect(executions).toBe(1)
    expect(await world.statusOf(7)).toBe('paid')
  })

  it('when its process stops after the target did it: it is done, and its output is lost', async () => {
    const id = await world.asked(refund)
    await world.approve(id)
    world.between.runs = (runs) => ({
      ...runs,
      ready: async (order) => {
        const ready = await runs.ready(order)
        return {
          ...ready,
          execute: async (signal) => {
            await ready.execute(signal)
            return new Promise(() => {})
          },
        }
      },
    })
    void world.processAll()
    await expect.poll(() => world.statusOf(7)).toBe('refunded')
    world.clock.advance(60)
    await world.processAll()
    expect((await world.history(id)).run).toMatchObject({ status: 'done', rows: null, output: null })
  })

  it('when the target cannot say it either: people are told, and it is never executed again', async () => {
    const id = await world.asked(refund)
    await world.approve(id)
    let executions = 0
    world.between.runs = (runs) => ({
      ...runs,
      ready: async (order) => ({
        ...(await runs.ready(order)),
        execute: async () => {
          executions += 1
          return { kind: 'unknown', code: 'unreachable', message: 'The connection broke.' }
        },
      }),
      settle: async () => ({ kind: 'unknown', code: 'too_long_ago', message: 'Nobody knows.' }),
    })
    await world.processAll()
    world.clock.advance(60)
    await world.processAll()
    expect((await world.history(id)).run).toMatchObject({ status: 'outcome_unknown' })
    expect(world.channel.said(id)).toEqual(expect.arrayContaining(['requester:run', 'thread:run']))
    world.clock.advance(3600)
    await world.processAll()
    expect(executions).toBe(1)
  })

  it('and Postgres refuses a second beginning, a run without approval, and one beside a freeze', async () => {
    const id = await world.asked(refund)
    const insert = (runId: string) => world.database.sql`
      insert into runs (id, status, approved_at, lapses_at) values (${runId}, 'waiting', now(), now() + interval '1 minute')`
    await expect(insert(id)).rejects.toMatchObject({ constraint_name: 'runs_need_approval' })
    await world.approve(id)
    await world.processAll()
    await expect(
      world.database
        .sql`update runs set status = 'running', ended_at = null, summary = null where id = ${id}`,
    ).rejects.toMatchObject({ constraint_name: 'runs_final_stay' })
    await expect(world.database.sql`delete from runs where id = ${id}`).rejects.toMatchObject({
      constraint_name: 'runs_stay',
    })
    await expect(
      world.database.sql`update requests set action = '{}' where id = ${id}`,
    ).rejects.toMatchObject({ constraint_name: 'requests_keep_terms' })
  })
})

describe('the output', () => {
  const shown = async (userId: string, requestId: string) =>
    showOutput(world.ports, { by: who(userId), requestId })

  it('is for the requester alone, without what is redacted, and for its time', async () => {
    await world.shop.shop.query(`update public.orders set note = 'secret' where id = 1`)
    const id = await world.asked({ text: 'card 1234-5678', day: '2026-12-01' }, 'show-order')
    await world.approve(id)
    await world.processAll()
    const { run } = await world.history(id)
    const csv = 'id,status,note,said\r\n1,paid,(redacted),card (redacted)\r\n2,paid,,card (redacted)\r\n'
    expect(run).toMatchObject({
      status: 'done',
      rows: 2,
      output: {
        sha256: createHash('sha256').update(csv).digest('hex'),
        bytes: csv.length,
        keptUntil: new Date('2026-11-22T10:00:00Z'),
      },
    })
    const [stored] = await world.database.sql`select sealed from run_outputs`
    expect(Buffer.from(stored?.sealed, 'base64').toString()).not.toContain('secret')
    expect(await shown('U0DANA', id)).toEqual({ kind: 'not_yours' })
    expect(await shown('U0CARL', id)).toMatchObject({
      kind: 'shown',
      output: {
        columns: ['id', 'status', 'note', 'said'],
        rows: [['1', 'paid', '(redacted)', 'card (redacted)'], {}],
      },
    })
    expect((await world.events(id)).map(({ action }) => action).slice(-2)).toEqual([
      'run.output_refused',
      'run.output_shown',
    ])
    world.clock.advance(3600)
    expect(await shown('U0CARL', id)).toMatchObject({ kind: 'gone' })
    await world.processAll()
    expect(await world.database.sql`select from run_outputs`).toHaveLength(0)
  })

  it('is kept beyond its time while a legal hold covers the request, and shown to nobody then', async () => {
    world.directory.groups.set('S0SECURITY', new Set(['U0LEAD', 'U0PAT']))
    const id = await world.asked({ text: 'x', day: '2026-12-01' }, 'show-order')
    await world.approve(id)
    await world.processAll()
    const { reference } = (await world.history(id)).request
    const named = { kind: 'request', reference } as const
    const wanted = { by: who('U0LEAD'), named, reason: 'Case 42', from: null, to: null }
    expect(await placeHold(world.ports, wanted)).toMatchObject({ kind: 'placed' })
    world.clock.advance(3600)
    await world.processAll()
    expect(await shown('U0CARL', id)).toMatchObject({ kind: 'gone' })
    const { sql } = world.database
    expect(await sql`select from run_outputs`).toHaveLength(1)
    await expect(sql`delete from run_outputs`).rejects.toMatchObject({ constraint_name: 'run_outputs_held' })
    await expect(sql`update run_outputs set sealed = 'x'`).rejects.toMatchObject({
      constraint_name: 'run_outputs_stay',
    })
    const kept = await sql`select details from audit_events where action = 'record.kept'`
    expect(kept).toMatchObject([
      { details: { what: `the output of ${reference}`, kept_by_holds: { 'LH-1': 1 } } },
    ])
    await askLift(world.ports, { by: who('U0LEAD'), reference: 'LH-1' })
    await answerLift(world.ports, { by: who('U0PAT'), reference: 'LH-1', confirmed: true })
    await world.processAll()
    expect(await sql`select from run_outputs`).toHaveLength(0)
  })

  it('is not kept where the catalog does not say so', async () => {
    world.changeCatalog((yaml) => yaml.replace('keepOutput: 1h', ''))
    const id = await world.asked({ text: 'x', day: '2026-12-01' }, 'show-order')
    await world.approve(id)
    await world.processAll()
    expect((await world.history(id)).run).toMatchObject({
      status: 'done',
      output: { keptUntil: null, bytes: expect.any(Number) },
    })
    expect(await shown('U0CARL', id)).toMatchObject({ kind: 'gone' })
  })
})

it('a run that is under way is stopped when the requester cancels it', async () => {
  const id = await world.asked({}, 'slow-order')
  await world.approve(id)
  const performing = world.processAll()
  await expect.poll(async () => (await world.history(id)).run?.status).toBe('running')
  expect(await cancelRun(world.ports, { by: who('U0CARL'), requestId: id })).toMatchObject({ kind: 'asked' })
  await performing
  expect((await world.history(id)).run).toMatchObject({
    status: 'cancelled',
    failure: { message: 'It was stopped, and the database undid it.' },
  })
})

it('those who may take access back stop a run, and nobody else', async () => {
  const id = await world.asked({}, 'slow-order')
  await world.approve(id)
  const performing = world.processAll()
  await expect.poll(async () => (await world.history(id)).run?.status).toBe('running')
  const stop = (userId: string) => stopRunOfOther(world.ports, { by: who(userId), requestId: id })
  expect(await stop('U0GUEST')).toMatchObject({ kind: 'refused' })
  expect(await stop('U0DANA')).toMatchObject({ kind: 'asked' })
  await performing
  expect((await world.history(id)).run).toMatchObject({ status: 'cancelled' })
  expect(await stop('U0LEAD')).toMatchObject({ kind: 'over' })
  expect((await world.events(id)).map(({ action }) => action)).toContain('run.cancellation_refused')
})

describe('a run that the target took over', () => {
  const offer = (url: string, secret: string | undefined) => `
  crm:
    name: CRM
    owners: { channel: C0ORDERS, approvers: [U0DANA, S0DBAS] }
    connector:
      { kind: webhook, url: "${url}", secrets: [${secret}], signedAnswers: false, allowHttp: true, allowAddresses: [127.0.0.0/8] }
    entitlements: {}
    actions:
      resend:
        name: Send an invoice again
        risk: low
        parameters: { invoice: { type: string, pattern: "[0-9]+" } }
        redact: { patterns: ["[0-9]{4}"] }
        call: resend
        reads: true
`
  const under = async () => {
    const receiver = await startWebhookReceiver()
    world.changeCatalog((yaml) => `${yaml}${offer(receiver.url(), receiver.secrets[0])}`)
    const asked = await world.ask({ invoice: '9000' }, { resourceId: 'crm', entitlementId: 'resend' })
    if (asked.kind !== 'submitted') throw new Error(JSON.stringify(asked))
    const { id } = asked.history.request
    await world.processAll()
    await world.approve(id)
    await world.processAll()
    return { receiver, id, run: async () => (await world.history(id)).run }
  }
  const later = async () => {
    world.clock.advance(5)
    await world.processAll()
  }

  it('is asked how far it is, by whatever process; its requester reads that, without what must not leave', async () => {
    const { receiver, id, run } = await under()
    expect(await run()).toMatchObject({ status: 'running', isFollowed: true, progress: 'In the queue' })
    await later()
    expect(await run()).toMatchObject({ status: 'running', progress: 'Page 1 of invoice (redacted)' })
    const shown = [...world.channel.standing.values()].filter(
      ({ purpose }) => purpose === 'requester:submitted',
    )
    expect(shown.map(({ history }) => history.run)).toMatchObject([
      { progress: 'Page 1 of invoice (redacted)' },
    ])
    // A receiver that does not answer for a while changes nothing: it is asked again.
    receiver.behave('action.read', { answers: { status: 503, body: {} } })
    await later()
    expect(await run()).toMatchObject({ status: 'running' })
    receiver.behave('action.read', 'honest')
    receiver.system.finish(id)
    world.clock.advance(60)
    await world.processAll()
    expect(await run()).toMatchObject({ status: 'done' })
    const sent = receiver.calls.filter(({ type }) => type === 'action.run')
    expect(sent).toHaveLength(1)
    const [row] = await world.database.sql`select progress, followed from runs where id = ${id}`
    expect(row).toEqual({ progress: null, followed: {} })
    await receiver.close()
  })

  it('is stopped at the target', async () => {
    const { receiver, id, run } = await under()
    expect(await stopRunOfOther(world.ports, { by: who('U0LEAD'), requestId: id })).toMatchObject({
      kind: 'asked',
    })
    await later()
    expect(await run()).toMatchObject({ status: 'cancelled' })
    expect(receiver.system.done()).toEqual([])
    await receiver.close()
  })

  it('keeps what the target said when it took it over', async () => {
    const { receiver, id } = await under()
    await expect(
      world.owner.sql`update runs set followed = '{"run_id": 7}' where id = ${id}`,
    ).rejects.toThrow('the target took this run over already')
    await receiver.close()
  })
})
