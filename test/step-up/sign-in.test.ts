import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSignIns } from '../../src/step-up/sign-in.ts'
import { confirmIdentity } from '../../src/usecases/people/confirm-identity.ts'
import { addPasskey } from '../../src/usecases/step-up/add-passkey.ts'
import { linkSignIn } from '../../src/usecases/step-up/link-sign-in.ts'
import { beginSignIn } from '../../src/usecases/step-up/prove.ts'
import { signedIn } from '../../src/usecases/step-up/signed-in.ts'
import { type PersonId, who } from '../_world.ts'
import { softAuthenticator } from './_authenticator.ts'
import { startProvider } from './_provider.ts'
import { openStepUpWorld, origin, type StepUpWorld } from './_step-up-world.ts'

describe('the company’s sign-in as a proof', () => {
  let provider: Awaited<ReturnType<typeof startProvider>>
  let world: StepUpWorld

  beforeAll(async () => {
    provider = await startProvider(`${origin}/step-up/signed-in`)
    world = await openStepUpWorld(['approve'], { methods: ['sign-in'], signIn: provider.settings })
    await linkSignIn(world.ports, { userId: 'U0DANA', subject: 'dana-1' })
  })
  beforeEach(() => {
    Object.assign(provider.next, { subject: 'dana-1', secondsAgo: 0, acr: 'urn:acme:mfa' })
    Object.assign(provider.settings, { acrValues: [] })
  })
  afterAll(async () => {
    await world?.close()
    await provider?.stop()
  })

  const begin = async (token: string): Promise<string> => {
    const begun = await beginSignIn(world.ports, token)
    if (begun.kind !== 'go') throw new Error(`not begun: ${JSON.stringify(begun)}`)
    return begun.url
  }
  /** Presses Approve, and signs in. */
  const approve = async (userId: PersonId, change: (url: URL) => void = () => {}) => {
    const request = await world.ask()
    const token = await world.press(userId, request.id)
    const url = new URL(await begin(token))
    change(url)
    const answer = await provider.signIn(url.href)
    return { request, token, answer, proven: await signedIn(world.ports, { token, answer }) }
  }

  it('approves, and its id token is evidence that others can check', async () => {
    const { request, proven, token, answer: query } = await approve('U0DANA')
    expect(proven).toMatchObject({ outcome: { answer: { kind: 'recorded' } } })
    const proof = JSON.parse(
      JSON.stringify((await world.events('decision.recorded')).at(-1)?.details.step_up),
    )
    const [head = '', body = '', signature = ''] = proof.sign_in.id_token.split('.')
    const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString())
    const answer = await fetch(`${provider.settings.issuer}/jwks`)
    const { keys } = (await answer.json()) as { keys: (JsonWebKey & { kid: string })[] }
    const key = keys.find((one) => one.kid === kid)
    if (!key) throw new Error('the provider has no such key')
    const isSigned = verify(
      'sha256',
      Buffer.from(`${head}.${body}`),
      createPublicKey({ key, format: 'jwk' }),
      Buffer.from(signature, 'base64url'),
    )
    expect(isSigned).toBe(true)
    // The nonce is the challenge of this decision, and the token names nobody but by the subject.
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
    expect(claims).toMatchObject({ sub: 'dana-1', nonce: proof.challenge })
    expect(proof.terms).toMatchObject({ request: request.reference, verdict: 'approve' })
    expect(await signedIn(world.ports, { token, answer: query })).toMatchObject({
      kind: 'closed',
      why: 'used',
    })
  })

  it('asks for a new sign-in each time, with PKCE, state and nonce', async () => {
    const url = new URL(await begin(await world.press('U0DANA', (await world.ask()).id)))
    const { prompt, max_age, scope, code_challenge_method } = Object.fromEntries(url.searchParams)
    expect({ prompt, max_age, scope, code_challenge_method }).toEqual({
      ...{ prompt: 'login', max_age: '120', scope: 'openid', code_challenge_method: 'S256' },
    })
  })

  it('refuses a stale sign-in, where somebody left out that it must be new', async () => {
    provider.next.secondsAgo = 3600
    const { proven } = await approve('U0DANA', ({ searchParams }) => {
      searchParams.delete('prompt')
      searchParams.delete('max_age')
    })
    expect(proven).toEqual({ kind: 'refused', why: 'sign_in_refused' })
  })

  it('refuses the subject of somebody else', async () => {
    provider.next.subject = 'erin-1'
    const { proven, request } = await approve('U0DANA')
    expect(proven).toEqual({ kind: 'refused', why: 'sign_in_of_somebody_else' })
    expect((await world.ports.store.histories.byRequest(request.id))?.request.status).toBe('pending')
  })

  it('refuses a subject that nobody has linked, and tells security', async () => {
    provider.next.subject = 'erin-1'
    const { proven } = await approve('U0ERIN')
    expect(proven).toEqual({ kind: 'refused', why: 'sign_in_not_linked' })
    await world.processAll()
    expect(world.channel.notices).toContainEqual(
      expect.objectContaining({ kind: 'sign_in_not_linked', userId: 'U0ERIN', subject: 'erin-1' }),
    )
    expect(await linkSignIn(world.ports, { userId: 'U0ERIN', subject: 'dana-1' })).toEqual({ kind: 'taken' })
  })

  it('is not linked by a Slack account alone, not even that of a security lead', async () => {
    const linked = { by: who('U0LEAD'), userId: 'U0DANA', system: 'sign-in', login: 'mallory-1' }
    expect(await confirmIdentity(world.ports, linked)).toMatchObject({ kind: 'invalid' })
    expect((await approve('U0DANA')).proven.kind).toBe('carried_out')
  })

  it('refuses a sign-in that is too weak', async () => {
    Object.assign(provider.settings, { acrValues: ['urn:acme:mfa'] })
    provider.next.acr = 'urn:acme:password'
    const { proven } = await approve('U0DANA', ({ searchParams }) => searchParams.delete('acr_values'))
    expect(proven).toEqual({ kind: 'refused', why: 'sign_in_refused' })
  })

  it('refuses the answer of a sign-in that began for another decision', async () => {
    const { answer } = await approve('U0DANA')
    const token = await world.press('U0DANA', (await world.ask()).id)
    await begin(token)
    expect(await signedIn(world.ports, { token, answer })).toEqual({
      kind: 'refused',
      why: 'sign_in_refused',
    })
  })

  it('lets a first passkey be added: the page goes on with a code of its own', async () => {
    const token = await world.link('U0DANA', { kind: 'add_passkey' })
    const gone = await signedIn(world.ports, { token, answer: await provider.signIn(await begin(token)) })
    if (gone.kind !== 'go_on') throw new Error(JSON.stringify(gone))
    const registration = softAuthenticator({ origin }).register((await world.page(gone.token)).registration)
    const { token: next, code } = gone
    const added = await addPasskey(world.ports, {
      token: next,
      name: 'Phone',
      registration,
      code,
      assertion: null,
    })
    expect(added.kind).toBe('added')
    expect((await world.events('passkey.added')).at(-1)?.details.ground).toBe('sign-in')
  })

  it('lets no further passkey be added, where it is no proof itself: that needs the passkey that is there', async () => {
    const { stepUp } = world.ports.catalog.security
    Object.assign(world.ports.catalog.security, { stepUp: { ...stepUp, methods: ['passkey'] } })
    await linkSignIn(world.ports, { userId: 'U0ERIN', subject: 'erin-1' })
    const first = await world.link('U0ERIN', { kind: 'add_passkey' })
    expect((await world.page(first)).offersSignIn).toBe(true)
    await world.enrol('U0ERIN')
    const token = await world.link('U0ERIN', { kind: 'add_passkey' })
    expect((await world.page(token)).offersSignIn).toBe(false)
    // One that began before the first passkey was there, and one that the page does not offer.
    for (const one of [first, token])
      expect(await beginSignIn(world.ports, one)).toEqual({ kind: 'refused', why: 'not_accepted' })
    Object.assign(world.ports.catalog.security, { stepUp })
  })

  it('proves nothing while the provider is down, and says so', async () => {
    const token = await world.press('U0DANA', (await world.ask()).id)
    const answer = await provider.signIn(await begin(token))
    await provider.stop()
    expect(await signedIn(world.ports, { token, answer })).toEqual({
      kind: 'refused',
      why: 'sign_in_unavailable',
    })
    const fresh = { ...world.ports, stepUp: { ...world.ports.stepUp, signIn: createSignIns(origin) } }
    expect(await beginSignIn(fresh, token)).toEqual({ kind: 'refused', why: 'sign_in_unavailable' })
  })
})
