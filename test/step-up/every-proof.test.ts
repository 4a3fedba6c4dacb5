import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadPolicies } from '../../src/policy/load-policies.ts'
import type { NeedsProof } from '../../src/usecases/_shared/proofs.ts'
import { liftFreezeOf } from '../../src/usecases/freezes/lift-freeze.ts'
import { makeFreeze } from '../../src/usecases/freezes/make-freeze.ts'
import { issueCredentials } from '../../src/usecases/grants/issue-credentials.ts'
import { panic } from '../../src/usecases/panic/panic.ts'
import { checkRecord } from '../../src/usecases/record/verify-record.ts'
import { breakGlass } from '../../src/usecases/requests/break-glass.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { extendLease } from '../../src/usecases/requests/extend-lease.ts'
import { preApprove } from '../../src/usecases/requests/pre-approve.ts'
import { requestAccess } from '../../src/usecases/requests/request-access.ts'
import { addPasskey } from '../../src/usecases/step-up/add-passkey.ts'
import { usualAsk, who } from '../_world.ts'
import { type SoftAuthenticator, softAuthenticator } from './_authenticator.ts'
import { openStepUpWorld, origin, type StepUpWorld } from './_step-up-world.ts'

let world: StepUpWorld
beforeAll(async () => {
  const signIn = {
    ...{ issuer: 'https://login.acme.test', clientId: 'daypass', clientSecret: () => null },
    ...{ acrValues: [], maxAgeSeconds: 120 },
  }
  const rules = { coolingSeconds: 0, revokeAll: true, liftFreeze: true, signIn }
  world = await openStepUpWorld(['request', 'credentials', 'break-glass', 'approve'], rules)
})
afterAll(() => world.close())

/** Dana adds a passkey with the one that she has. */
async function addFurther(present: SoftAuthenticator) {
  const token = await world.link('U0DANA', { kind: 'add_passkey' })
  const { registration, assertion } = await world.page(token)
  const given = { token, name: 'Phone', code: null, assertion: present.assert(assertion) }
  const added = await addPasskey(world.ports, {
    ...given,
    registration: softAuthenticator({ origin }).register(registration),
  })
  if (added.kind !== 'added') throw new Error(added.kind)
}

it('a record with a proof of every kind is sound', async () => {
  const [carl, dana, lead] = [
    await world.enrol('U0CARL'),
    await world.enrol('U0DANA'),
    await world.enrol('U0LEAD'),
  ]
  const passkeys = { U0CARL: carl, U0DANA: dana, U0LEAD: lead }
  const prove = async (by: keyof typeof passkeys, answer: { kind: string } | NeedsProof) => {
    if (!('intent' in answer)) throw new Error(answer.kind)
    return world.prove(await world.link(by, answer.intent), passkeys[by])
  }
  const ask = async () => {
    const proven = await prove('U0CARL', await requestAccess(world.ports, usualAsk()))
    if (proven.kind !== 'carried_out' || proven.outcome.kind !== 'request') throw new Error(proven.kind)
    if (proven.outcome.answer.kind !== 'submitted') throw new Error(proven.outcome.answer.kind)
    return proven.outcome.answer.history.request.id
  }
  const requestId = await ask()
  await prove(
    'U0DANA',
    await decideRequest(world.ports, { by: who('U0DANA'), requestId, verdict: 'approve', reason: null }),
  )
  await world.processAll()
  await prove(
    'U0CARL',
    await issueCredentials(world.ports, { by: who('U0CARL'), requestId, interactionKey: 'press' }),
  )
  const typed = { duration: '30m', justification: 'Still fixing the totals', ticket: null }
  await prove(
    'U0CARL',
    await extendLease(world.ports, { by: who('U0CARL'), requestId, ...typed, submissionKey: 'more' }),
  )
  const inAdvance = { lastDay: '2026-11-30', duration: '1h', reason: 'Weekly report' }
  await prove(
    'U0DANA',
    await preApprove(world.ports, { by: who('U0DANA'), requestId: await ask(), ...inAdvance }),
  )
  world.change({ breakGlass: { maxDurationSeconds: 1800 } })
  const folder = mkdtempSync(join(tmpdir(), 'daypass-policies-'))
  writeFileSync(
    join(folder, 'p.cedar'),
    `${readFileSync('policies/default.cedar', 'utf8')}
    @id("b") @reason("You may.") permit (principal, action == Action::"breakGlass", resource);`,
  )
  Object.assign(world.ports, {
    policy: loadPolicies(folder, { securityLeads: world.ports.catalog.security.leads }),
  })
  rmSync(folder, { recursive: true })
  const named = { asker: who('U0DANA'), resourceId: 'orders-db', entitlementId: 'read-orders' }
  await prove(
    'U0DANA',
    await breakGlass(world.ports, { ...named, ...typed, confirmed: true, submissionKey: randomUUID() }),
  )
  for (const scope of [
    { kind: 'person', userId: 'U0CARL' },
    { kind: 'resource', resourceId: 'orders-db' },
  ] as const) {
    const order = {
      by: who('U0LEAD'),
      named: scope,
      reason: 'An intruder',
      freezeUntil: null,
      submissionKey: scope.kind,
    }
    await prove('U0LEAD', await panic(world.ports, order))
  }
  const orders = { kind: 'resource', resourceId: 'orders-db' } as const
  await makeFreeze(world.ports, { by: who('U0LEAD'), named: orders, reason: 'An intruder', until: '' })
  await prove('U0LEAD', await liftFreezeOf(world.ports, { by: who('U0LEAD'), named: orders }))
  await world.prove(await world.link('U0LEAD', { kind: 'issue_code', userId: 'U0ERIN' }), lead)
  await world.prove(
    await world.link('U0LEAD', { kind: 'link_sign_in', userId: 'U0ERIN', subject: '00u1ab2c' }),
    lead,
  )
  await addFurther(dana)
  const [passkey] = await world.database
    .sql`select p.id from passkeys p join accounts a using (person_id) where a.user_id = 'U0CARL'`
  await world.prove(
    await world.link('U0CARL', { kind: 'remove_passkey', passkeyId: String(passkey?.id) }),
    carl,
  )

  const proven = await world.database.sql<{ action: string; kind: string }[]>`
    select action, details -> 'step_up' ->> 'kind' as kind from audit_events where details ? 'step_up' order by id`
  expect(proven.map(({ action, kind }) => `${kind}: ${action}`)).toEqual([
    'request: request.submitted',
    'decide: decision.recorded',
    'credentials: grant.credentials_issued',
    'extend: request.submitted',
    'request: request.submitted',
    'pre_approve: decision.recorded',
    'pre_approve: pre_approval.made',
    'break_glass: break_glass.taken',
    'panic: panic.begun',
    'panic: panic.begun',
    'lift_freeze: freeze.lifted',
    'issue_code: passkey.code_issued',
    'link_sign_in: identity.confirmed',
    'add_passkey: passkey.added',
    'remove_passkey: passkey.removed',
  ])
  const { record, clock } = world.ports
  while ((await record.sequence({ late: true })) > 0);
  const { faults } = await checkRecord(
    { record, clock },
    { scope: 'whole', from: 0 },
    { notes: [], key: null },
  )
  expect(faults).toEqual([])
})
