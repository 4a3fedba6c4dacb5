import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { panic } from '../../src/usecases/panic/panic.ts'
import { settleAccount } from '../../src/usecases/people/settle-account.ts'
import { answerErasure } from '../../src/usecases/privacy/answer-erasure.ts'
import { askErasure } from '../../src/usecases/privacy/ask-erasure.ts'
import { askReport } from '../../src/usecases/reports/make-report.ts'
import { preApprove } from '../../src/usecases/requests/pre-approve.ts'
import { policiesWith } from '../_policies.ts'
import { startPostgres18, type TestPostgres } from '../_postgres.ts'
import { openWorld, who } from '../_world.ts'
import { openRecordWorld } from '../record/_record-world.ts'
import { openStepUpWorld } from '../step-up/_step-up-world.ts'
import { addActions } from './_action-world.ts'

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres18()
})
afterAll(() => server.close())

const refund = { order: '7', why: 'lost' }

it('a panic cancels what is approved and has not begun, and requests that wait', async () => {
  const world = await addActions(await openWorld(), server)
  const [approved, waiting] = [await world.asked(refund), await world.asked({ order: '8', why: 'lost' })]
  await world.approve(approved)
  const named = { kind: 'resource', resourceId: 'orders-db' } as const
  const order = { by: who('U0LEAD'), named, reason: 'A laptop was stolen', submissionKey: randomUUID() }
  // Without a freeze: it alone must not let the run begin.
  expect(await panic(world.ports, { ...order, freezeUntil: null })).toMatchObject({ kind: 'begun' })
  await world.processAll()
  expect(await world.history(approved)).toMatchObject({
    run: { status: 'cancelled', failure: { code: 'panic' } },
  })
  expect(await world.history(waiting)).toMatchObject({ request: { status: 'cancelled' }, run: null })
  expect([await world.statusOf(7), await world.statusOf(8)]).toEqual(['paid', 'paid'])
  await world.close()
})

it('the end of an engagement or an account cancels what has not begun', async () => {
  const world = await addActions(await openWorld(), server)
  const id = await world.asked(refund)
  await world.approve(id)
  world.directory.change('U0CARL', { isDeactivated: true })
  await world.ports.store.transaction(async (tx) => {
    const account = await world.ports.directory.account('U0CARL', { maxAgeSeconds: 0 })
    if (!account) throw new Error('no Carl')
    await settleAccount(tx, await tx.accounts.upsert(account), world.clock.now())
  })
  await world.processAll()
  expect((await world.history(id)).run).toMatchObject({
    status: 'cancelled',
    failure: { code: 'offboarded' },
  })
  expect(await world.statusOf(7)).toBe('paid')
  await world.close()
})

it('a rule may approve it, without a preview and with the count that the catalog expects', async () => {
  const world = await addActions(await openWorld(), server)
  const policy = policiesWith(`@id("refunds-by-rule") @reason("Refunds need nobody.")
    permit (principal, action == Action::"selfServe", resource == Entitlement::"orders-db/refund-order");`)
  Object.assign(world.ports, { policy })
  const good = await world.asked(refund)
  expect(await world.history(good)).toMatchObject({
    request: { how: 'self_serve' },
    preview: null,
    run: { status: 'done' },
  })
  const again = await world.asked(refund)
  expect((await world.history(again)).run).toMatchObject({ status: 'failed', failure: { code: 'row_count' } })
  expect(world.channel.said(good)).toEqual(expect.arrayContaining(['card', 'thread:run', 'requester:run']))
  await world.close()
})

it('reports: runs with their outcome and approvers, and not among accesses', async () => {
  const world = await addActions(await openWorld(), server)
  const rows = async (name: string, given: Record<string, string>) => {
    const asked = { by: who('U0LEAD'), name, given, format: 'slack', timeZone: 'UTC', most: 100 } as const
    const answer = await askReport(world.ports, asked)
    if (answer.kind !== 'report') throw new Error(JSON.stringify(answer))
    return answer.rows
  }
  const [done, failed] = [await world.asked(refund), await world.asked({ order: '8', why: 'lost' })]
  await world.approve(done)
  await world.shop.shop.query(`update public.orders set status = 'x' where id = 8`)
  await world.approve(failed)
  await world.processAll()
  const approved = { person: 'carl', entitlement: 'refund-order', approvedBy: 'dana (U0DANA)' }
  const { asksFor } = (await world.history(done)).request
  const textSha256 = asksFor.kind === 'action' && asksFor.action.textHash
  expect(await rows('runs', { last: '1d' })).toMatchObject([
    { ...approved, request: 'AR-1002', outcome: 'failed', rows: null, reason: 'row count' },
    { ...approved, request: 'AR-1001', outcome: 'done', rows: 1, reason: null, textSha256 },
  ])
  expect(await rows('held-on', { on: '2026-11-22' })).toEqual([])
  expect(await rows('approver', { last: '1d' })).toMatchObject([
    { outcome: 'run failed' },
    { outcome: 'run done' },
  ])
  const events = (await rows('contractor', { person: 'U0CARL' })).map(({ event, detail }) => [event, detail])
  expect(events).toEqual(
    expect.arrayContaining([
      ['run finished', 'rows: 1'],
      ['run failed', 'row_count'],
    ]),
  )
  await world.close()
})

it('cannot be approved in advance: a pre-approval would be for other values too', async () => {
  const world = await addActions(await openWorld(), server)
  const requestId = await world.asked(refund)
  const input = {
    by: who('U0DANA'),
    requestId,
    lastDay: '2026-12-01',
    duration: '15m',
    reason: 'Again and again',
  }
  expect((await preApprove(world.ports, input)).kind).toBe('action')
  await world.close()
})

it('a proof of who is clicking is over the exact text, for the request and for the approval', async () => {
  const world = await addActions(await openStepUpWorld([]), server)
  world.changeCatalog((yaml) =>
    yaml
      .replace('leads: [S0SECURITY] }', 'leads: [S0SECURITY], stepUp: { coolingTime: 1s } }')
      .replace('runWithin: 15m', 'runWithin: 15m\n        stepUp: [request, approve]'),
  )
  const [carl, dana] = [await world.enrol('U0CARL'), await world.enrol('U0DANA')]
  const answer = await world.ask(refund)
  if (answer.kind !== 'needs_proof') throw new Error(answer.kind)
  expect(answer.intent).toMatchObject({ parameters: refund })
  const token = await world.link('U0CARL', answer.intent)
  expect((await world.page(token)).terms.lines).toContainEqual({
    label: 'Will be run',
    text: expect.stringContaining('why = "lost"\norder = "7"'),
  })
  const proven = await world.prove(token, carl)
  if (proven.kind !== 'carried_out' || proven.outcome.kind !== 'request') throw new Error(proven.kind)
  if (proven.outcome.answer.kind !== 'submitted') throw new Error(proven.outcome.answer.kind)
  const { request } = proven.outcome.answer.history
  await world.processAll()
  const approving = await world.press('U0DANA', request.id)
  expect(await world.prove(approving, dana)).toMatchObject({ kind: 'carried_out' })
  await world.processAll()
  expect(await world.statusOf(7)).toBe('refunded')
  const proofs = (await world.events(request.id)).flatMap(
    ({ details }) => (details as { step_up?: { terms: unknown } }).step_up?.terms ?? [],
  )
  const action_sha256 = request.asksFor.kind === 'action' ? request.asksFor.action.textHash : ''
  expect(proofs).toMatchObject([{ action_sha256 }, { action_sha256, preview_rows: 1 }])
  await world.close()
})

it('an erasure takes out the values, what the target said of them, samples and output; proofs hold', async () => {
  const world = await addActions(await openRecordWorld(), server)
  world.directory.groups.set('S0SECURITY', new Set(['U0LEAD', 'U0PAT']))
  const looked = await world.asked({ text: 'about Ana Ruiz', day: '2026-12-01' }, 'show-order')
  await world.approve(looked)
  const refused = await world.asked({ order: '7', why: 'damaged' })
  await world.shop.shop.query(`update public.orders set status = 'x' where id = 7`)
  await world.approve(refused)
  await world.processAll()
  await world.sequence()
  await world.sign()
  for (const id of [looked, refused]) {
    const { reference } = (await world.history(id)).request
    const asked = await askErasure(world.ports, { by: who('U0LEAD'), about: reference })
    if (asked.kind !== 'asked') throw new Error(asked.kind)
    await answerErasure(world.ports, { by: who('U0PAT'), erasureId: asked.erasureId, confirmed: true })
  }
  const [row] = await world.owner.sql`
    select (select json_agg(r)::text from requests r) || (select json_agg(r)::text from runs r) ||
      coalesce((select json_agg(p)::text from action_previews p), '') || (select json_agg(t)::text from record_texts t) ||
      (select json_agg(e)::text from audit_events e) || (select count(*)::text from run_outputs) as text`
  expect(String(row?.text)).not.toMatch(/Ana Ruiz|damaged|INC-42/)
  expect((await world.history(looked)).request.asksFor).toMatchObject({
    action: { text: '(erased)', values: {} },
  })
  expect((await world.verify()).faults).toEqual([])
  await world.close()
})
