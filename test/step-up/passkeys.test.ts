import { createHash, createPublicKey, verify } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ownersPlan } from '../../src/domain/approval-plan.ts'
import { type Proof, usualStepUp } from '../../src/domain/step-up.ts'
import { useProof } from '../../src/usecases/_shared/proofs.ts'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { findForProof } from '../../src/usecases/step-up/_find-step-up.ts'
import { addPasskey } from '../../src/usecases/step-up/add-passkey.ts'
import { askProof } from '../../src/usecases/step-up/ask-proof.ts'
import { issuePasskeyCode } from '../../src/usecases/step-up/issue-code.ts'
import { openStepUpPage } from '../../src/usecases/step-up/open-page.ts'
import { beginSignIn, proofByPasskey, proveByPasskey, useProven } from '../../src/usecases/step-up/prove.ts'
import { who } from '../_world.ts'
import { softAuthenticator } from './_authenticator.ts'
import { openStepUpWorld, origin, type StepUpWorld } from './_step-up-world.ts'

let world: StepUpWorld
/** A world for the tests of one group. */
function inOneWorld() {
  beforeAll(async () => {
    world = await openStepUpWorld()
  })
  beforeEach(() => {
    world.change({ stepUp: ['approve'], risk: 'low', approvals: ownersPlan(1) })
    world.directory.groups.set('S0DBAS', new Set(['U0ERIN', 'U0FRED']))
  })
  afterAll(() => world.close())
}

const statusOf = async (requestId: string) =>
  (await world.ports.store.histories.byRequest(requestId))?.request.status
const lastRefusal = async () => (await world.events('step_up.refused')).at(-1)?.details.why

describe('a proof of who approves', () => {
  inOneWorld()

  it('is asked for, and then the same use-case records the decision', async () => {
    const passkey = await world.enrol('U0DANA')
    const request = await world.ask()
    const token = await world.press('U0DANA', request.id)
    expect(await statusOf(request.id)).toBe('pending')
    expect((await world.page(token)).terms.lines).toContainEqual({
      label: 'Why',
      text: request.justification,
    })
    expect(await world.prove(token, passkey)).toMatchObject({
      kind: 'carried_out',
      outcome: { kind: 'decide', answer: { kind: 'recorded', history: { request: { status: 'approved' } } } },
    })
  })

  it('is verified again from the audit log alone, by code that is not ours', async () => {
    const passkey = await world.enrol('U0DANA')
    const request = await world.ask()
    await world.prove(await world.press('U0DANA', request.id), passkey)
    const event = JSON.parse(JSON.stringify((await world.events('decision.recorded')).at(-1)))
    const proof = event.details.step_up
    const { public_key, client_data_json, authenticator_data, signature } = proof.passkey
    const clientData = Buffer.from(client_data_json, 'base64url')
    const signed = Buffer.concat([Buffer.from(authenticator_data, 'base64url'), sha256(clientData)])
    const key = createPublicKey({ key: public_key, format: 'jwk' })
    expect(verify('sha256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true)
    // The signed challenge is that of this decision, and of nothing else.
    expect(sha256(sorted(proof.terms)).toString('hex')).toBe(proof.terms_sha256)
    const { id, kind, terms_sha256, nonce } = proof
    const challenge = sha256(sorted({ step_up: id, kind, terms_sha256, nonce })).toString('base64url')
    expect(JSON.parse(clientData.toString())).toMatchObject({ type: 'webauthn.get', challenge, origin })
    expect(proof.terms).toMatchObject({
      request: request.reference,
      verdict: 'approve',
      account: { user_id: 'U0DANA' },
      words_sha256: sha256(`${nonce}\n${request.justification}\n\n\n`).toString('hex'),
    })
    const data = Buffer.from(authenticator_data, 'base64url')
    expect((data[32] ?? 0) & 0x05).toBe(0x05)
    expect(JSON.stringify(event)).not.toContain(request.justification)
  })

  it('is asked for again after each click: no session is kept', async () => {
    const passkey = await world.enrol('U0DANA')
    const [first, second] = [await world.ask(), await world.ask()]
    await world.prove(await world.press('U0DANA', first.id), passkey)
    const again = { by: who('U0DANA'), requestId: second.id, verdict: 'approve', reason: null } as const
    expect(await decideRequest(world.ports, again)).toMatchObject({ kind: 'needs_proof' })
  })

  it('is not asked for where the catalog asks for none', async () => {
    world.change({ stepUp: [] })
    const request = await world.ask()
    const answer = await decideRequest(world.ports, {
      ...{ by: who('U0DANA'), requestId: request.id, verdict: 'approve', reason: null },
    })
    expect(answer.kind).toBe('recorded')
  })

  it('is asked for by the terms of the request, also after the catalog stopped asking', async () => {
    const request = await world.ask()
    world.change({ stepUp: [] })
    const click = { by: who('U0DANA'), requestId: request.id, verdict: 'approve', reason: null } as const
    expect((await decideRequest(world.ports, click)).kind).toBe('needs_proof')
    await expect(insertUnproven(request.id)).rejects.toThrow('needs a proof')
  })

  it('cannot be given by a person without a passkey, who is told what to do', async () => {
    const request = await world.ask()
    const intent = { kind: 'decide', requestId: request.id, verdict: 'approve' } as const
    const asked = await askProof(world.ports, {
      by: who('U0FRED'),
      intent: { ...intent, reason: null, stage: null, duration: null },
    })
    expect(asked).toMatchObject({ kind: 'no_way', otherwise: 'nothing' })
  })
})

describe('attacks on the link', () => {
  inOneWorld()

  it('opened by somebody else: another passkey proves nothing', async () => {
    await world.enrol('U0DANA')
    const erin = await world.enrol('U0ERIN')
    const request = await world.ask()
    const token = await world.press('U0DANA', request.id)
    expect(await world.prove(token, erin)).toEqual({ kind: 'refused', why: 'not_your_passkey' })
    expect(await lastRefusal()).toBe('not_your_passkey')
    expect(await statusOf(request.id)).toBe('pending')
  })

  it('opened is not used: previews of links and reloads change nothing', async () => {
    const passkey = await world.enrol('U0DANA')
    const token = await world.press('U0DANA', (await world.ask()).id)
    for (let times = 0; times < 3; times += 1) await world.page(token)
    expect((await world.prove(token, passkey)).kind).toBe('carried_out')
  })

  it('used twice, also at the same moment: one decision', async () => {
    const passkey = await world.enrol('U0DANA')
    world.change({ stepUp: ['approve'], approvals: ownersPlan(2) })
    const request = await world.ask()
    const token = await world.press('U0DANA', request.id)
    const { assertion } = await world.page(token)
    const answer = passkey.assert(assertion)
    const both = await Promise.all([1, 2].map(() => proveByPasskey(world.ports, { token, answer })))
    const recorded = both.filter((one) => JSON.stringify(one).includes('"kind":"recorded"'))
    expect(recorded).toHaveLength(1)
    expect(await proveByPasskey(world.ports, { token, answer })).toMatchObject({
      kind: 'closed',
      why: 'used',
    })
    expect((await world.ports.store.histories.byRequest(request.id))?.decisions).toHaveLength(1)
  })

  it('used late', async () => {
    const passkey = await world.enrol('U0DANA')
    const request = await world.ask()
    const token = await world.press('U0DANA', request.id)
    const answer = passkey.assert((await world.page(token)).assertion)
    world.clock.advance(120)
    expect(await openStepUpPage(world.ports, token)).toMatchObject({ kind: 'closed', why: 'expired' })
    expect(await proveByPasskey(world.ports, { token, answer })).toMatchObject({ why: 'expired' })
    expect(await lastRefusal()).toBe('expired')
    expect(await statusOf(request.id)).toBe('pending')
  })

  it('used after the request was decided or changed', async () => {
    const [dana, erin] = [await world.enrol('U0DANA'), await world.enrol('U0ERIN')]
    const request = await world.ask()
    const token = await world.press('U0DANA', request.id)
    const answer = dana.assert((await world.page(token)).assertion)
    await world.prove(await world.press('U0ERIN', request.id), erin)
    expect(await proveByPasskey(world.ports, { token, answer })).toMatchObject({
      kind: 'closed',
      why: 'changed',
    })
    expect(await lastRefusal()).toBe('changed')
  })

  it('is of an approver who may not decide any more', async () => {
    const passkey = await world.enrol('U0ERIN')
    const request = await world.ask()
    const token = await world.press('U0ERIN', request.id)
    world.directory.groups.set('S0DBAS', new Set(['U0FRED']))
    expect(await world.prove(token, passkey)).toMatchObject({
      outcome: { answer: { kind: 'refused' } },
    })
    expect(await statusOf(request.id)).toBe('pending')
  })

  describe('between the check of the proof and its use', () => {
    async function proven() {
      const passkey = await world.enrol('U0DANA')
      const token = await world.press('U0DANA', (await world.ask()).id)
      const answer = passkey.assert((await world.page(token)).assertion)
      const found = await findForProof(world.ports, token)
      if (found.kind !== 'open') throw new Error(found.why)
      const proof = await proofByPasskey(world.ports, found, answer)
      if ('why' in proof) throw new Error(proof.why)
      return { found, proof, passkey }
    }
    const use = (proof: Proof) =>
      world.ports.store.transaction((tx) => useProof(tx, proof, world.clock.now()))

    it('the time is over', async () => {
      const { found, proof } = await proven()
      world.clock.advance(120)
      expect(await useProven(world.ports, found, proof)).toEqual({ kind: 'refused', why: 'expired' })
    })

    it('the passkey was removed', async () => {
      const { found, proof, passkey } = await proven()
      await world.database.sql`update passkeys set removed_at = now() where credential_id = ${passkey.id}`
      expect(await useProven(world.ports, found, proof)).toEqual({ kind: 'refused', why: 'passkey_removed' })
    })

    it('it was used for something else', async () => {
      const { proof } = await proven()
      await use(proof)
      await expect(use(proof)).rejects.toMatchObject({ name: 'ProofNotUsable', why: 'used' })
    })
  })

  it('taken to the company’s sign-in, where that only lets people add passkeys', async () => {
    await world.enrol('U0DANA')
    const token = await world.press('U0DANA', (await world.ask()).id)
    const { security } = world.ports.catalog
    const signIn = {
      issuer: 'https://login.acme.test',
      ...{ clientId: 'daypass', clientSecret: () => null, acrValues: [], maxAgeSeconds: 60 },
    }
    const stepUp = { ...usualStepUp, ...security.stepUp, signIn }
    Object.assign(world.ports.catalog, { security: { ...security, stepUp } })
    expect(await beginSignIn(world.ports, token)).toEqual({ kind: 'refused', why: 'not_accepted' })
    Object.assign(world.ports.catalog, { security })
  })

  it('of a decision used to add a passkey, with a code too', async () => {
    await world.enrol('U0DANA')
    const token = await world.press('U0DANA', (await world.ask()).id)
    const issued = await issuePasskeyCode(world.ports, 'U0DANA')
    if (issued.kind !== 'issued') throw new Error(issued.kind)
    const adding = await world.link('U0DANA', { kind: 'add_passkey' })
    const registration = softAuthenticator({ origin }).register((await world.page(adding)).registration)
    const input = { token, name: 'Mine', registration, code: issued.code, assertion: null }
    expect(await addPasskey(world.ports, input)).toEqual({ kind: 'refused', why: 'not_accepted' })
  })

  it('to add a passkey: of an account that was deactivated meanwhile, and used twice at the same moment', async () => {
    const codes: string[] = []
    for (let n = 0; n < 3; n += 1) {
      const issued = await issuePasskeyCode(world.ports, 'U0FRED')
      if (issued.kind === 'issued') codes.push(issued.code)
    }
    const token = await world.link('U0FRED', { kind: 'add_passkey' })
    const { registration } = await world.page(token)
    const add = (code = '') => {
      const made = softAuthenticator({ origin }).register(registration)
      return addPasskey(world.ports, { token, name: 'Mine', registration: made, code, assertion: null })
    }
    world.directory.change('U0FRED', { isDeactivated: true })
    expect(await add(codes[0])).toEqual({ kind: 'refused', why: 'not_accepted' })
    world.directory.change('U0FRED', {})
    const both = await Promise.all([add(codes[1]), add(codes[2])])
    expect(both.map(({ kind }) => kind).toSorted()[0]).toBe('added')
    expect(both.filter(({ kind }) => kind === 'added')).toHaveLength(1)
  })

  it('is guessed', async () => {
    expect(await openStepUpPage(world.ports, 'guess')).toMatchObject({ kind: 'closed', why: 'unknown' })
  })
})

describe('attacks on the answer of the authenticator', () => {
  inOneWorld()

  const misbehaviours = {
    'no user verification': { notVerified: true },
    'another origin': { origin: 'https://daypass.evil.test' },
    'another site': { rpId: 'evil.test' },
    'a registration in place of an assertion': { type: 'webauthn.create' },
    'a frame of another site': { crossOrigin: true },
    'a signature of something else': { signature: 'MEUCIQDx' },
  }
  for (const [name, bad] of Object.entries(misbehaviours)) {
    it(name, async () => {
      const passkey = await world.enrol('U0DANA')
      const request = await world.ask()
      const token = await world.press('U0DANA', request.id)
      expect(await world.prove(token, passkey, bad)).toEqual({ kind: 'refused', why: 'not_proven' })
      expect(await statusOf(request.id)).toBe('pending')
      expect(await lastRefusal()).toBe('not_proven')
    })
  }

  it('the challenge of another decision, and a replayed assertion', async () => {
    const passkey = await world.enrol('U0DANA')
    const [one, other] = [await world.ask(), await world.ask()]
    const tokens = [await world.press('U0DANA', one.id), await world.press('U0DANA', other.id)] as const
    const answer = passkey.assert((await world.page(tokens[0])).assertion)
    expect(await proveByPasskey(world.ports, { token: tokens[1], answer })).toEqual({
      kind: 'refused',
      why: 'not_proven',
    })
    await proveByPasskey(world.ports, { token: tokens[0], answer })
    const again = await world.press('U0DANA', other.id)
    expect(await proveByPasskey(world.ports, { token: again, answer })).toMatchObject({ why: 'not_proven' })
    expect([await statusOf(one.id), await statusOf(other.id)]).toEqual(['approved', 'pending'])
  })

  it('a counter that goes back is a copy', async () => {
    const passkey = await world.enrol('U0DANA')
    passkey.counter = 7
    await world.prove(await world.press('U0DANA', (await world.ask()).id), passkey)
    passkey.counter = 7
    const request = await world.ask()
    expect(await world.prove(await world.press('U0DANA', request.id), passkey)).toEqual({
      kind: 'refused',
      why: 'counter_went_back',
    })
    expect(await statusOf(request.id)).toBe('pending')
    await expect(world.database.sql`update passkeys set counter = 6, last_used_at = now()`).rejects.toThrow(
      'went back',
    )
  })

  it('an authenticator that does not count is accepted each time', async () => {
    const passkey = await world.enrol('U0DANA')
    await world.database.sql`update passkeys set counter = 0`
    for (let times = 0; times < 2; times += 1) {
      passkey.counter = 0
      const proven = await world.prove(await world.press('U0DANA', (await world.ask()).id), passkey)
      expect(proven.kind).toBe('carried_out')
    }
  })
})

describe('a new passkey', () => {
  inOneWorld()

  it('needs more than the Slack account', async () => {
    const token = await world.link('U0DANA', { kind: 'add_passkey' })
    const thief = softAuthenticator({ origin })
    const registration = thief.register((await world.page(token)).registration)
    const add = (code: string | null, assertion: unknown = null) =>
      addPasskey(world.ports, { token, name: 'Mine', registration, code, assertion })
    expect(await add('ABCDE-12345')).toMatchObject({ kind: 'invalid', field: 'code' })
    expect(await add(null)).toEqual({ kind: 'refused', why: 'not_your_passkey' })
    expect(await add(null, thief.assert((await world.page(token)).registration))).toEqual({
      kind: 'refused',
      why: 'not_your_passkey',
    })
    expect(await world.events('passkey.added')).toEqual([])
  })

  it('a code is for one person and one use', async () => {
    const issued = await issuePasskeyCode(world.ports, 'U0DANA')
    if (issued.kind !== 'issued') throw new Error('no code')
    const add = async (userId: 'U0DANA' | 'U0ERIN') => {
      const token = await world.link(userId, { kind: 'add_passkey' })
      const registration = softAuthenticator({ origin }).register((await world.page(token)).registration)
      return addPasskey(world.ports, {
        token,
        name: 'Phone',
        registration,
        code: issued.code,
        assertion: null,
      })
    }
    expect(await add('U0ERIN')).toMatchObject({ kind: 'invalid', field: 'code' })
    expect(await add('U0DANA')).toMatchObject({ kind: 'added' })
    expect(await add('U0DANA')).toMatchObject({ kind: 'invalid', field: 'code' })
  })

  it('a further one needs one that is there, and both are told to the person and to security', async () => {
    const first = await world.enrol('U0DANA')
    const token = await world.link('U0DANA', { kind: 'add_passkey' })
    const { registration, assertion } = await world.page(token)
    const second = softAuthenticator({ origin })
    const added = await addPasskey(world.ports, {
      ...{ token, name: 'Phone', code: null },
      registration: second.register(registration),
      assertion: first.assert(assertion),
    })
    expect(added).toMatchObject({ kind: 'added', name: 'Phone' })
    await world.processAll()
    const kinds = ['passkey_added', 'passkey_code_issued']
    const own = world.channel.personNotices.filter(({ userId }) => userId === 'U0DANA')
    expect([...new Set(own.map(({ kind }) => kind))].sort()).toEqual(kinds)
    expect([...new Set(world.channel.notices.map(({ kind }) => kind))].sort()).toEqual(kinds)
  })

  it('counts for critical only after the cooling time', async () => {
    world.change({ risk: 'critical' })
    const passkey = await world.enrol('U0DANA')
    const request = await world.ask({ duration: '1h' })
    const token = await world.press('U0DANA', request.id)
    const opened = await world.page(token)
    expect(opened.assertion).toBeNull()
    const challenge = Buffer.from('any').toString('base64url')
    const answer = passkey.assert({ challenge })
    expect(await proveByPasskey(world.ports, { token, answer })).toEqual({ kind: 'refused', why: 'too_new' })
    world.clock.advance(86_400 - 3600)
    const later = await world.ask()
    world.clock.advance(3600)
    expect((await world.prove(await world.press('U0DANA', later.id), passkey)).kind).toBe('carried_out')
  })

  it('removed by its person with a proof, it proves nothing any more', async () => {
    const passkey = await world.enrol('U0DANA')
    const own = await world.ports.store.passkeysOf(await personOf('U0DANA'))
    const passkeyId = own.find(({ credentialId }) => credentialId === passkey.id)?.id ?? ''
    const request = await world.ask()
    const earlier = await world.press('U0DANA', request.id)
    const answer = passkey.assert((await world.page(earlier)).assertion)
    passkey.counter += 1
    const token = await world.link('U0DANA', { kind: 'remove_passkey', passkeyId })
    expect(await world.prove(token, passkey)).toMatchObject({
      outcome: { kind: 'remove_passkey', name: 'Laptop' },
    })
    expect(await proveByPasskey(world.ports, { token: earlier, answer })).toMatchObject({ kind: 'refused' })
    expect(await world.events('passkey.removed')).toHaveLength(1)
  })
})

describe('an account that gets the address of another person', () => {
  inOneWorld()

  it('does not get that person’s passkeys and codes', async () => {
    world.directory.change('U0PAT', { confirmedEmail: 'pat@acme.test' })
    world.directory.change('U0DANA', { confirmedEmail: 'dana@acme.test' })
    const pats = await world.enrol('U0PAT')
    await world.enrol('U0DANA')
    const unused = await issuePasskeyCode(world.ports, 'U0PAT')
    // Pat has taken over the Slack account of Dana, and gives it the address of Pat.
    world.directory.change('U0DANA', { confirmedEmail: 'pat@acme.test' })
    await personOf('U0DANA')
    const request = await world.ask()
    const click = { by: who('U0DANA'), requestId: request.id, verdict: 'approve', reason: null } as const
    const answer = await decideRequest(world.ports, click)
    if (answer.kind !== 'needs_proof') throw new Error(answer.kind)
    const asked = await askProof(world.ports, { by: who('U0DANA'), intent: answer.intent })
    expect(asked.kind).toBe('no_way')
    const token = await world.link('U0DANA', { kind: 'add_passkey' })
    const { registration, assertion } = await world.page(token)
    expect(assertion).toBeNull()
    const own = softAuthenticator({ origin }).register(registration)
    const add = { token, name: 'Mine', registration: own }
    const code = unused.kind === 'issued' ? unused.code : ''
    expect(await addPasskey(world.ports, { ...add, code, assertion: null })).toMatchObject({ field: 'code' })
    const proof = pats.assert(registration)
    expect(await addPasskey(world.ports, { ...add, code: null, assertion: proof })).toMatchObject({
      why: 'not_your_passkey',
    })
  })
})

describe('a security lead lets somebody add a passkey', () => {
  inOneWorld()

  it('by a code that the page shows once, and never for themselves', async () => {
    const lead = await world.enrol('U0LEAD')
    world.clock.advance(86_400)
    const token = await world.link('U0LEAD', { kind: 'issue_code', userId: 'U0DANA' })
    const { assertion } = await world.page(token)
    const answer = lead.assert(assertion)
    const proven = await proveByPasskey(world.ports, { token, answer })
    expect(proven).toMatchObject({ outcome: { kind: 'issue_code', who: 'dana' } })
    // The confirmation is replayed: no second code.
    expect(await proveByPasskey(world.ports, { token, answer })).toMatchObject({
      kind: 'closed',
      why: 'used',
    })
    expect(await world.events('passkey.code_issued')).toHaveLength(2)
    lead.counter += 1
    const own = await world.link('U0LEAD', { kind: 'issue_code', userId: 'U0LEAD' })
    expect(await world.prove(own, lead)).toMatchObject({ outcome: { kind: 'not_permitted' } })
  })

  it('nobody else can', async () => {
    const dana = await world.enrol('U0DANA')
    world.clock.advance(86_400)
    const token = await world.link('U0DANA', { kind: 'issue_code', userId: 'U0ERIN' })
    expect(await world.prove(token, dana)).toMatchObject({ outcome: { kind: 'not_permitted' } })
  })

  it('with a passkey that is too new, a lead cannot either', async () => {
    const lead = await world.enrol('U0LEAD')
    const token = await world.link('U0LEAD', { kind: 'issue_code', userId: 'U0DANA' })
    const answer = lead.assert({ challenge: 'x' })
    expect(await proveByPasskey(world.ports, { token, answer })).toMatchObject({ why: 'too_new' })
  })
})

async function personOf(userId: 'U0DANA'): Promise<string> {
  const account = await world.ports.directory.account(userId, { maxAgeSeconds: 60 })
  const [person] = account ? await world.ports.store.people.of([account]) : []
  return person?.id ?? ''
}

function insertUnproven(requestId: string) {
  return world.database.sql`
    insert into decisions (request_id, approver_id, approver_person, stage, counts_as, verdict, policy, decided_at)
    select ${requestId}, id, person_id, 0, '{owners}', 'approve', '{}', now() from accounts where user_id = 'U0DANA'`
}

function sha256(data: Buffer | string): Buffer {
  return createHash('sha256').update(data).digest()
}

/** JSON with sorted keys. */
function sorted(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${sorted(item)}`).join(',')}}`
}

describe('the words of a person', () => {
  inOneWorld()

  it('of an answer that is refused, and the name of a passkey, are not in the audit log', async () => {
    const passkey = await world.enrol('U0DANA', 'Dana’s own phone')
    const token = await world.press('U0DANA', (await world.ask()).id)
    await world.prove(token, passkey, { origin: 'https://words.of.a-thief.test' })
    expect((await world.events('step_up.refused')).at(-1)?.details).toMatchObject({
      why: 'not_proven',
      detail: 'Unexpected authentication response origin',
    })
    await world.prove(token, passkey)
    const [row] = await world.database.sql`select id from passkeys where credential_id = ${passkey.id}`
    const passkeyId = String(row?.id)
    await world.prove(await world.link('U0DANA', { kind: 'remove_passkey', passkeyId }), passkey)
    const events = await world.database.sql`select details from audit_events`
    expect(JSON.stringify(events)).not.toMatch(/thief|own phone/)
  })
})
