import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../fixtures/free-port.ts'
import { createHttpServer, type HttpServer } from '../../src/http/server.ts'
import { stepUpRoutes } from '../../src/http/step-up/routes.ts'
import type { Outcome } from '../../src/usecases/step-up/words.ts'
import { softAuthenticator } from '../step-up/_authenticator.ts'
import { openStepUpWorld, origin, type StepUpWorld } from '../step-up/_step-up-world.ts'

describe('the step-up page over HTTP', () => {
  let world: StepUpWorld
  let server: HttpServer
  let url: string
  const told: { viewId: string; outcome: Outcome | null }[] = []

  beforeAll(async () => {
    world = await openStepUpWorld()
    const port = await freePort()
    const logger = pino({ level: 'silent' })
    const routes = stepUpRoutes({
      ports: () => world.ports,
      tellWindow: async (viewId, _, outcome) => {
        told.push({ viewId, outcome })
      },
      logger,
    })
    server = createHttpServer({ host: '127.0.0.1', port, routes, logger })
    await server.start()
    url = `http://127.0.0.1:${port}`
  })
  afterAll(async () => {
    await server?.stop(1_000)
    await world?.close()
  })

  const post = (path: string, body: object, headers: Record<string, string> = { origin }) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })

  it.each(['/step-up', '/step-up/page.js', '/step-up/page.css'])(
    '%s is in no frame, and runs nothing foreign',
    async (path) => {
      const answer = await fetch(`${url}${path}`)
      expect(answer.status).toBe(200)
      const policy = answer.headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self';")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(answer.headers.get('x-frame-options')).toBe('DENY')
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('set-cookie')).toBeNull()
    },
  )

  it('the page has no script and no style in itself, and names no other site', async () => {
    const page = await (await fetch(`${url}/step-up`)).text()
    expect(page).not.toMatch(/<script(?![^>]* src="\/step-up\/)|<style|style=|\son[a-z]+="|https?:/)
  })

  it.each(['/step-up/open', '/step-up/prove', '/step-up/passkey', '/step-up/sign-in'])(
    '%s answers its own page only',
    async (path) => {
      const token = await world.link('U0DANA', { kind: 'add_passkey' })
      expect((await post(path, { token }, { origin: 'https://evil.test' })).status).toBe(403)
      expect((await post(path, { token }, {})).status).toBe(403)
      // A form of another site can send no JSON without asking first.
      expect((await post(path, { token }, { origin, 'content-type': 'text/plain' })).status).toBe(415)
      expect((await post(path, {})).status).toBe(400)
      expect((await fetch(`${url}${path}?token=${token}`)).status).toBe(404)
    },
  )

  it('the page asks, the passkey answers, the window in Slack is told', async () => {
    const dana = await world.enrol('U0DANA')
    const request = await world.ask()
    const token = await world.press('U0DANA', request.id)
    await world.database.sql`update step_ups set view_id = 'V0WINDOW' where used_at is null`
    const page = await (await post('/step-up/open', { token })).json()
    expect(page).toMatchObject({
      title: `Approve ${request.reference}`,
      who: 'You are dana (U0DANA) in Slack.',
    })
    const { assertion } = page as { assertion: unknown }
    const answer = await post('/step-up/prove', { token, answer: dana.assert(assertion) })
    expect(await answer.json()).toMatchObject({ isDone: true, title: 'Approved' })
    expect(told).toMatchObject([{ viewId: 'V0WINDOW', outcome: { kind: 'decide' } }])
    expect(await (await post('/step-up/open', { token })).json()).toMatchObject({ isDone: false })
  })

  it('a wrong code is shown beside its field', async () => {
    const token = await world.link('U0ERIN', { kind: 'add_passkey' })
    const { registration } = (await (await post('/step-up/open', { token })).json()) as {
      registration: unknown
    }
    const sent = { token, name: 'Phone', code: 'ABCDE-12345', assertion: null }
    const answer = await post('/step-up/passkey', {
      ...sent,
      registration: softAuthenticator({ origin }).register(registration),
    })
    expect(await answer.json()).toMatchObject({ isDone: false, field: 'code' })
  })

  it('the way back from a sign-in needs the browser that began it, and leads nowhere else', async () => {
    const answer = await fetch(`${url}/step-up/signed-in?code=1&state=2&return_to=https://evil.test`, {
      redirect: 'manual',
    })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('location')).toBeNull()
    expect(await answer.text()).toContain('This browser did not begin a sign-in')
    const guessed = await fetch(`${url}/step-up/signed-in?code=1`, {
      headers: { cookie: '__Host-daypass-sign-in=guess' },
    })
    expect(await guessed.text()).toContain('This link is not known')
    expect(guessed.headers.get('set-cookie')).toMatch(
      /^__Host-daypass-sign-in=; Path=\/; HttpOnly; SameSite=Lax; Max-Age=0; Secure$/,
    )
  })
})
