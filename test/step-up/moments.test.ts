import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addHours } from 'date-fns/addHours'
import { subSeconds } from 'date-fns/subSeconds'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NamedScope } from '../../src/domain/freeze.ts'
import { loadPolicies } from '../../src/policy/load-policies.ts'
import { cardMessage } from '../../src/slack/features/decide/card.ts'
import { liftFreeze, liftFreezeOf } from '../../src/usecases/freezes/lift-freeze.ts'
import { makeFreeze } from '../../src/usecases/freezes/make-freeze.ts'
import { issueCredentials } from '../../src/usecases/grants/issue-credentials.ts'
import { panic } from '../../src/usecases/panic/panic.ts'
import { breakGlass } from '../../src/usecases/requests/break-glass.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { extendLease } from '../../src/usecases/requests/extend-lease.ts'
import { preApprove } from '../../src/usecases/requests/pre-approve.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { findForProof } from '../../src/usecases/step-up/_find-step-up.ts'
import { openStepUpPage } from '../../src/usecases/step-up/open-page.ts'
import { proofByPasskey, proveByPasskey, useProven } from '../../src/usecases/step-up/prove.ts'
import { usualAsk, who } from '../_world.ts'
import { openStepUpWorld, type StepUpWorld } from './_step-up-world.ts'

let world: StepUpWorld
afterEach(() => world.close())

const proofIn = (details: Record<string, unknown> | undefined) => details?.step_up

describe('each moment of the catalog asks for its own proof', () => {
  beforeEach(async () => {
    world = await openStepUpWorld(['request', 'credentials', 'break-glass', 'approve'])
  })

  it('a request is not stored before the proof, and loses nothing that was typed', async () => {
    const carl = await world.enrol('U0CARL')
    const ask = usualAsk()
    const answer = await requestAccess(world.ports, ask)
    if (answer.kind !== 'needs_proof') throw new Error(answer.kind)
    expect(await world.events('request.submitted')).toEqual([])
    const token = await world.link('U0CARL', answer.intent)
    expect(await world.prove(token, carl)).toMatchObject({
      outcome: { answer: { kind: 'submitted', history: { request: { justification: ask.justification } } } },
    })
    expect(proofIn((await world.events('request.submitted'))[0]?.details)).toMatchObject({ kind: 'request' })
    const [row] = await world.database
      .sql`select intent from step_ups where used_at is not null and kind = 'request'`
    expect(row).toEqual({ intent: null })
  })

  it('a request for later starts when it was asked for, and both the page and the record say so', async () => {
    const carl = await world.enrol('U0CARL')
    const startsAt = addHours(world.clock.now(), 3)
    const answer = await requestAccess(world.ports, { ...usualAsk(), start: { at: startsAt } })
    if (answer.kind !== 'needs_proof') throw new Error(answer.kind)
    const token = await world.link('U0CARL', answer.intent)
    world.clock.advance(60)
    expect(await world.prove(token, carl)).toMatchObject({
      outcome: { answer: { kind: 'submitted', history: { request: { startsAt } } } },
    })
    const [submitted] = await world.events('request.submitted')
    expect(proofIn(submitted?.details)).toMatchObject({ terms: { starts_at: startsAt.toISOString() } })
  })

  it('credentials, more time and an approval in advance', async () => {
    world.change({ stepUp: ['credentials'] })
    const [carl, dana] = [await world.enrol('U0CARL'), await world.enrol('U0DANA')]
    const request = await world.ask()
    const by = who('U0CARL')
    await decideRequest(world.ports, {
      by: who('U0DANA'),
      requestId: request.id,
      verdict: 'approve',
      reason: null,
    })
    await world.processAll()
    const press = { by, requestId: request.id, interactionKey: 'one press' }
    const answer = await issueCredentials(world.ports, press)
    if (answer.kind !== 'needs_proof') throw new Error(answer.kind)
    expect(await world.events('grant.credentials_issued')).toEqual([])
    const token = await world.link('U0CARL', answer.intent)
    expect(await world.prove(token, carl)).toMatchObject({ outcome: { answer: { kind: 'issued' } } })
    const [issued] = await world.events('grant.credentials_issued')
    expect(proofIn(issued?.details)).toMatchObject({ kind: 'credentials', method: 'passkey' })

    world.change({ stepUp: ['request', 'approve'] })
    const typed = { duration: '30m', justification: 'Still fixing the totals', ticket: null }
    const more = await extendLease(world.ports, {
      by,
      requestId: request.id,
      ...typed,
      submissionKey: 'more',
    })
    if (more.kind !== 'needs_proof') throw new Error(more.kind)
    expect(await world.prove(await world.link('U0CARL', more.intent), carl)).toMatchObject({
      outcome: { kind: 'extend', answer: { kind: 'submitted' } },
    })

    const inAdvance = { lastDay: '2026-11-30', duration: '1h', reason: 'Weekly report' }
    const made = await preApprove(world.ports, { by: who('U0DANA'), requestId: request.id, ...inAdvance })
    if (made.kind !== 'needs_proof') throw new Error(made.kind)
    expect(await world.prove(await world.link('U0DANA', made.intent), dana)).toMatchObject({
      outcome: { kind: 'pre_approve', answer: { kind: 'made' } },
    })
    expect(proofIn((await world.events('pre_approval.made'))[0]?.details)).toMatchObject({
      method: 'passkey',
    })
  })

  it('credentials for a key that the person brought: the page names it, and another one proves nothing', async () => {
    world.change({ stepUp: ['credentials'] })
    await world.enrol('U0CARL')
    const { id: requestId } = await world.ask()
    const approval = { by: who('U0DANA'), requestId, verdict: 'approve', reason: null } as const
    await decideRequest(world.ports, approval)
    await world.processAll()
    const answer = await issueCredentials(world.ports, {
      ...{ by: who('U0CARL'), requestId, interactionKey: 'one press' },
      brought: { publicKey: `ssh-ed25519 ${Buffer.from('the key of Carl').toString('base64')}` },
    })
    if (answer.kind !== 'needs_proof') throw new Error(answer.kind)
    const token = await world.link('U0CARL', answer.intent)
    expect((await world.page(token)).terms.lines).toContainEqual({
      label: 'For the public key',
      text: 'SHA256:FFXCqODizpLUaYnvcemJoLkUGV3B6spuccXPogyRpNg (ssh-ed25519)',
    })
    const other = JSON.stringify(`ssh-ed25519 ${Buffer.from('the key of a thief').toString('base64')}`)
    await world.database.sql.unsafe(
      `update step_ups set intent = jsonb_set(intent, '{publicKey}', '${other}') where kind = 'credentials'`,
    )
    expect(await openStepUpPage(world.ports, token)).toMatchObject({ kind: 'closed', why: 'changed' })
  })

  it('break-glass: nothing is given before the proof', async () => {
    world.change({ breakGlass: { maxDurationSeconds: 1800 }, stepUp: ['break-glass'] })
    withPolicy(`@id("b") @reason("You may.") permit (principal, action == Action::"breakGlass", resource);`)
    const dana = await world.enrol('U0DANA')
    const named = { asker: who('U0DANA'), resourceId: 'orders-db', entitlementId: 'read-orders' }
    const typed = { duration: '20m', justification: 'Orders are stuck, INC-42', ticket: null }
    const ask = { ...named, ...typed, confirmed: true, submissionKey: 'form' }
    const answer = await breakGlass(world.ports, ask)
    if (answer.kind !== 'needs_proof') throw new Error(JSON.stringify(answer))
    expect(await world.events('break_glass.taken')).toEqual([])
    expect(await world.prove(await world.link('U0DANA', answer.intent), dana)).toMatchObject({
      outcome: { answer: { kind: 'taken' } },
    })
    expect(proofIn((await world.events('break_glass.taken'))[0]?.details)).toMatchObject({
      kind: 'break_glass',
    })
  })
})

describe('all access of a scope is taken back', () => {
  const order = (named: NamedScope = { kind: 'all' }) => ({
    by: who('U0LEAD'),
    named,
    reason: 'A laptop was stolen',
    freezeUntil: '2h',
    submissionKey: 'one form',
  })
  const asked = async (named?: NamedScope) => {
    const answer = await panic(world.ports, order(named))
    if (answer.kind !== 'needs_proof') throw new Error(answer.kind)
    return answer.intent
  }

  it('only after the proof, with what was typed, and once', async () => {
    world = await openStepUpWorld([], { coolingSeconds: 0, revokeAll: true })
    const lead = await world.enrol('U0LEAD')
    const request = await world.ask()
    const intent = await asked()
    expect(await world.events('panic.begun')).toEqual([])
    expect((await world.ports.store.histories.byRequest(request.id))?.request.status).toBe('pending')
    const token = await world.link('U0LEAD', intent)
    expect((await world.page(token)).terms.lines).toEqual([
      { label: 'What', text: 'All access to all systems, from everybody' },
      { label: 'Frozen afterwards', text: '2h' },
      { label: 'Why', text: 'A laptop was stolen' },
    ])
    const again = await world.link('U0LEAD', intent)
    expect(await world.prove(token, lead)).toMatchObject({
      outcome: { answer: { kind: 'begun', freeze: { reason: 'A laptop was stolen' } } },
    })
    await expect(world.page(token)).rejects.toThrow('the link is used')
    const [begun] = await world.events('panic.begun')
    expect(proofIn(begun?.details)).toMatchObject({ kind: 'panic', terms: { scope: 'all' } })
    expect(JSON.stringify(begun)).not.toContain('laptop')
    expect(await world.prove(again, lead)).toMatchObject({ outcome: { answer: { kind: 'repeated' } } })
    await world.processAll()
    expect((await world.ports.store.histories.byRequest(request.id))?.request.status).toBe('cancelled')
  })

  it('for the scope that was confirmed, and by a passkey that counts for critical', async () => {
    world = await openStepUpWorld([], { revokeAll: true })
    const lead = await world.enrol('U0LEAD')
    const token = await world.link('U0LEAD', await asked({ kind: 'person', userId: 'U0CARL' }))
    expect((await world.page(token)).terms).toMatchObject({
      risk: 'critical',
      facts: { scope: 'person', person: { user_id: 'U0CARL' } },
    })
    expect(await world.prove(token, lead)).toMatchObject({ kind: 'refused', why: 'too_new' })
    world.clock.advance(86_400)
    const later = await world.link('U0LEAD', await asked({ kind: 'resource', resourceId: 'orders-db' }))
    expect(await world.prove(later, lead)).toMatchObject({ outcome: { answer: { kind: 'begun' } } })
  })

  it('without a proof where nothing asks for one', async () => {
    world = await openStepUpWorld([])
    expect((await panic(world.ports, order())).kind).toBe('begun')
  })
})

describe('a freeze is lifted', () => {
  const lead = () => who('U0LEAD')
  const frozen = async (named: NamedScope = { kind: 'all' }) => {
    const answer = await makeFreeze(world.ports, {
      by: lead(),
      named,
      reason: 'A stolen laptop',
      until: '4h',
    })
    if (answer.kind !== 'made') throw new Error(answer.kind)
    return answer.freeze.id
  }
  const lift = (freezeId: string) => liftFreeze(world.ports, { by: lead(), freezeId })

  it('only after the proof, which names what is lifted, and once', async () => {
    world = await openStepUpWorld([], { coolingSeconds: 0, liftFreeze: true })
    const passkey = await world.enrol('U0LEAD')
    const freezeId = await frozen()
    const answer = await liftFreezeOf(world.ports, { by: lead(), named: { kind: 'all' } })
    expect(answer).toEqual({ kind: 'needs_proof', intent: { kind: 'lift_freeze', freezeId } })
    if (answer.kind !== 'needs_proof') return
    expect(await world.events('freeze.lifted')).toEqual([])
    const [token, again] = [
      await world.link('U0LEAD', answer.intent),
      await world.link('U0LEAD', answer.intent),
    ]
    expect((await world.page(token)).terms).toMatchObject({
      risk: 'critical',
      lines: [
        { label: 'What', text: 'All systems' },
        { label: 'Frozen', text: expect.stringMatching(/^since .* UTC, until .* UTC$/) },
        { label: 'Why it was frozen', text: 'A stolen laptop' },
      ],
    })
    expect(await world.prove(token, passkey)).toMatchObject({ outcome: { answer: { kind: 'lifted' } } })
    const [lifted] = await world.events('freeze.lifted')
    expect(proofIn(lifted?.details)).toMatchObject({ kind: 'lift_freeze', terms: { freeze: freezeId } })
    expect(JSON.stringify(lifted)).not.toContain('laptop')
    await expect(world.page(again)).rejects.toThrow()
    expect((await world.ask()).status).toBe('pending')
  })

  it('by no passkey that is too new for critical, and by nobody who is frozen', async () => {
    world = await openStepUpWorld([], { liftFreeze: true })
    const passkey = await world.enrol('U0LEAD')
    const freezeId = await frozen({ kind: 'person', userId: 'U0CARL' })
    const answer = await lift(freezeId)
    if (answer.kind !== 'needs_proof') throw new Error(answer.kind)
    const token = await world.link('U0LEAD', answer.intent)
    expect((await world.page(token)).terms.lines[0]).toMatchObject({
      text: expect.stringContaining('U0CARL'),
    })
    expect(await world.prove(token, passkey)).toMatchObject({ kind: 'refused', why: 'too_new' })
    world.clock.advance(86_400)
    const other = await frozen({ kind: 'person', userId: 'U0LEAD' })
    expect(await lift(other)).toMatchObject({ kind: 'frozen' })
  })

  it('without a proof where nothing asks for one', async () => {
    world = await openStepUpWorld([])
    expect(await lift(await frozen())).toMatchObject({ kind: 'lifted' })
  })
})

describe('policies ask for a proof', () => {
  const atNight = `@id("proven") @reason("Prove who you are.")
forbid (principal, action == Action::"approve", resource)
unless { context has verified && context.verified.method == "passkey" && context.verified.ageSeconds <= 60 };`

  beforeEach(async () => {
    world = await openStepUpWorld([])
    withPolicy(atNight)
  })

  it('for approving and for denying', async () => {
    const dana = await world.enrol('U0DANA')
    const [one, other] = [await world.ask(), await world.ask()]
    const approving = await world.press('U0DANA', one.id)
    const denying = await world.press('U0DANA', other.id, 'deny')
    expect((await world.page(denying)).terms.lines).toContainEqual({ label: 'Reason', text: 'Not today' })
    expect(await world.prove(approving, dana)).toMatchObject({ outcome: { answer: { kind: 'recorded' } } })
    expect(await world.prove(denying, dana)).toMatchObject({
      outcome: { verdict: 'deny', answer: { kind: 'recorded', history: { request: { status: 'denied' } } } },
    })
  })

  it('and a proof that is too old for them is refused, not taken for a fresh one', async () => {
    const dana = await world.enrol('U0DANA')
    const request = await world.ask()
    const token = await world.press('U0DANA', request.id)
    const found = await findForProof(world.ports, token)
    if (found.kind !== 'open') throw new Error(found.why)
    const answer = dana.assert((await world.page(token)).assertion)
    const proof = await proofByPasskey(world.ports, found, answer)
    if ('why' in proof) throw new Error(proof.why)
    const old = { ...proof, at: subSeconds(proof.at, 61) }
    expect(await useProven(world.ports, found, old)).toMatchObject({
      outcome: {
        answer: { kind: 'refused', policy: { sentence: expect.stringContaining('Prove who you are.') } },
      },
    })
    expect((await world.ports.store.histories.byRequest(request.id))?.request.status).toBe('pending')
  })

  it('and a passkey counts only where the catalog names it', async () => {
    const dana = await world.enrol('U0DANA')
    const token = await world.press('U0DANA', (await world.ask()).id)
    const answer = dana.assert((await world.page(token)).assertion)
    const { security } = world.ports.catalog
    Object.assign(world.ports.catalog, {
      security: { ...security, stepUp: { ...security.stepUp, methods: ['sign-in'] } },
    })
    expect(await proveByPasskey(world.ports, { token, answer })).toEqual({
      kind: 'refused',
      why: 'not_accepted',
    })
  })

  it('and a person whom they refuse with a proof too is refused at once', async () => {
    const request = await world.ask()
    const click = { by: who('U0PAT'), requestId: request.id, verdict: 'approve', reason: null } as const
    expect((await decideRequest(world.ports, click)).kind).toBe('refused')
  })
})

describe('an account that changed lately', () => {
  beforeEach(async () => {
    world = await openStepUpWorld([], { afterChangeSeconds: 7 * 86_400 })
  })

  it('needs a proof for its clicks, and the card tells of it', async () => {
    world.directory.change('U0DANA', { confirmedEmail: 'dana@acme.test' })
    world.directory.change('U0CARL', { isDeactivated: true })
    for (const userId of ['U0DANA', 'U0CARL'] as const) await seen(userId)
    world.directory.change('U0DANA', { confirmedEmail: 'dana@evil.test' })
    world.directory.change('U0CARL', {})
    for (const userId of ['U0DANA', 'U0CARL'] as const) await seen(userId)
    expect((await requestAccess(world.ports, usualAsk())).kind).toBe('needs_proof')
    const carl = await world.enrol('U0CARL')
    const asked = await requestAccess(world.ports, usualAsk())
    if (asked.kind !== 'needs_proof') throw new Error(asked.kind)
    await world.prove(await world.link('U0CARL', asked.intent), carl)
    const [requestId = ''] = (await world.database.sql`select id from requests`).map(({ id }) => String(id))
    const history = await world.ports.store.histories.byRequest(requestId)
    if (!history) throw new Error('no request')
    expect(JSON.stringify(cardMessage(history, world.ports.catalog))).toContain(
      'deactivated, and is active again',
    )
    const click = { requestId, verdict: 'approve', reason: null } as const
    expect((await decideRequest(world.ports, { ...click, by: who('U0DANA') })).kind).toBe('needs_proof')
    world.directory.change('U0LEAD', { confirmedEmail: 'lead@acme.test' })
    await seen('U0LEAD')
    world.directory.change('U0LEAD', { confirmedEmail: 'lead@evil.test' })
    await seen('U0LEAD')
    const order = { named: { kind: 'all' }, reason: 'An intruder', freezeUntil: null } as const
    const form = { by: who('U0LEAD'), submissionKey: 'form' }
    expect((await panic(world.ports, { ...order, ...form })).kind).toBe('needs_proof')
    world.clock.advance(7 * 86_400)
    const later = await world.ask()
    const decided = await decideRequest(world.ports, { ...click, requestId: later.id, by: who('U0DANA') })
    expect(decided.kind).toBe('recorded')
  })
})

async function seen(userId: string): Promise<void> {
  const account = await world.ports.directory.account(userId, { maxAgeSeconds: 0 })
  if (account) await world.ports.store.people.of([account])
}

/** The shipped policies, and one more. */
function withPolicy(text: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-step-up-'))
  try {
    writeFileSync(join(folder, 'a.cedar'), `${readFileSync('policies/default.cedar', 'utf8')}\n${text}\n`)
    const policy = loadPolicies(folder, { securityLeads: world.ports.catalog.security.leads })
    Object.assign(world.ports, { policy })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
