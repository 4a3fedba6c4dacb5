import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type IdentityProviders, startIdentityProviders } from '../../fixtures/targets/identity-providers.ts'
import { targetFolder } from '../../fixtures/targets/server.ts'
import { scim } from '../../src/connectors/scim/connector.ts'
import { expectNoSecret, failure } from './_contract-tools.ts'
import { leaseOf } from './connector-logins.ts'
import type { ScimWorld } from './scim-world.ts'

/** Sessions at identity providers: calls as their makers document them, to a stub that answers so. */
export function scimSessionRules(world: () => ScimWorld): void {
  let providers: IdentityProviders
  let keyFile: string
  beforeAll(async () => {
    providers = await startIdentityProviders()
    keyFile = join(await targetFolder('google'), 'key.json')
    await writeFile(keyFile, providers.googleKeyFile)
  })
  afterAll(() => providers?.close())

  const settingsOf = (vendor: string): Record<string, unknown> => {
    const { url, oktaToken, entraClient, googleAdmin } = providers
    if (vendor === 'okta') return { vendor, url, token: oktaToken }
    if (vendor === 'google') return { vendor, serviceAccountFile: keyFile, admin: googleAdmin, adminUrl: url }
    const { id: clientId, secret: clientSecret, tenant } = entraClient
    return { vendor, tenant, clientId, clientSecret, graphUrl: url, loginUrl: url }
  }
  const secretsOf = () => [providers.oktaToken, providers.entraClient.secret, 'PRIVATE KEY']

  describe.each([
    ['okta', 'Okta'],
    ['entra', 'Entra'],
    ['google', 'Google'],
  ])('%s', (vendor, name) => {
    const ready = (sessions = 2) => {
      const order = world().access()
      const login = order.holder.identity ?? ''
      providers.addPerson(login, sessions)
      const connector = world().withSettings({ sessions: settingsOf(vendor) })
      return { order, login, connector }
    }

    it('ends the sessions of the holder when the lease ends, and not before', async () => {
      const { order, login, connector } = ready()
      const bystander = ready()
      await connector.grant(order)
      expect(providers.sessionsOf(login)).toBe(2)
      const evidence = await connector.revoke(order)
      expect([await world().holds(order), providers.sessionsOf(login)]).toEqual([false, 0])
      expect(evidence).toMatchObject({
        summary: expect.stringContaining(`${name} says that it has ended the person's sessions.`),
        facts: { member: false, sessionsEndedAt: name },
      })
      expect(providers.sessionsOf(bystander.login)).toBe(2)
    })

    it('ends those of the person that the lease began with, whatever name the user has by then', async () => {
      const { order, login, connector } = ready()
      const before = await connector.lookBefore?.(order)
      expect(before).toMatchObject({ user: expect.any(String), person: expect.stringMatching(/^00u/) })
      const lease = { ...order, ...(before && { before }) }
      await connector.grant(lease)
      world().server.change('User', String(before?.user), { userName: `renamed-${login}` })
      const renamed = { ...lease, alsoHeld: [] }
      await connector.revoke(renamed)
      expect([await world().holds(order), providers.sessionsOf(login)]).toEqual([false, 0])
      providers.removePerson(login)
      expect(await connector.revoke(renamed)).toMatchObject({ facts: { sessionsEndedAt: null } })
    })

    it('leaves them while another lease gives the same membership', async () => {
      const { order, login, connector } = ready()
      const other = { ...world().access(login), alsoHeld: [leaseOf(order)] }
      await connector.grant(order)
      await connector.grant(other)
      await connector.revoke(other)
      expect(providers.sessionsOf(login)).toBe(2)
      await connector.revoke(order)
      expect(providers.sessionsOf(login)).toBe(0)
    })

    it('a person whom it does not know gets no lease; one who is gone at the end had nothing to end', async () => {
      const { order, login, connector } = ready()
      providers.removePerson(login)
      await expect(connector.grant(order)).rejects.toMatchObject({
        code: 'misconfigured',
        message: expect.stringContaining(`${name} knows no person`),
      })
      expect(await world().holds(order)).toBe(false)
      providers.addPerson(login, 1)
      await connector.grant(order)
      providers.removePerson(login)
      expect(await connector.revoke(order)).toMatchObject({
        summary: expect.stringContaining('no sessions were ended'),
        facts: { sessionsEndedAt: null },
      })
    })

    it('sessions that could not be ended are ended at the next attempt, though the membership is gone', async () => {
      const { order, login, connector } = ready()
      await connector.grant(order)
      providers.forbid('end')
      const forbidden = await failure(connector.revoke(order))
      expect(forbidden).toMatchObject({ code: 'permission' })
      expectNoSecret({ ...world(), secrets: secretsOf() }, forbidden)
      expect([await world().holds(order), providers.sessionsOf(login)]).toEqual([false, 2])
      providers.forbid(null)
      providers.refuseNext(429, { 'retry-after': '9', 'x-rate-limit-reset': '0' })
      await expect(connector.revoke(order)).rejects.toMatchObject({ code: 'throttled', retryAfterSeconds: 9 })
      providers.refuseNext(503)
      await expect(connector.revoke(order)).rejects.toMatchObject({ code: 'unreachable', retryable: true })
      await connector.revoke(order)
      expect(providers.sessionsOf(login)).toBe(0)
    })

    it('an address that answers 404 in another form proves nothing', async () => {
      const { order, connector } = ready()
      await connector.grant(order)
      providers.refuseNext(404)
      await expect(connector.revoke(order)).rejects.toMatchObject({ code: 'misconfigured' })
      await connector.revoke(order)
    })

    it('`check` says which right is missing', async () => {
      const { connector } = ready()
      expect(await connector.check()).toMatchObject({ ok: true })
      providers.forbid('read')
      const diagnosis = await connector.check()
      providers.forbid(null)
      expect(diagnosis).toMatchObject({
        ok: false,
        problems: [
          { remedy: expect.stringMatching(/administrator|User\.RevokeSessions\.All|user\.security/) },
        ],
      })
      expectNoSecret({ ...world(), secrets: secretsOf() }, diagnosis)
    })

    it('wrong credentials are an error without them', async () => {
      const wrong = { token: 'wrong-7c', clientSecret: 'wrong-7c', admin: 'nobody@acme.test' }
      const known = settingsOf(vendor)
      const sessions = Object.fromEntries(
        Object.entries(known).map(([key, value]) => [key, wrong[key as keyof typeof wrong] ?? value]),
      )
      const error = await failure(world().withSettings({ sessions }).grant(world().access()))
      expect(error).toMatchObject({ code: 'permission', retryable: false })
      expectNoSecret({ ...world(), secrets: ['wrong-7c', ...secretsOf()] }, error)
    })

    it('a name is one part of the address, whatever signs it has', async () => {
      const { connector } = ready()
      const login = `../groups/${vendor}?a=b#c%2f`
      world().server.addUser({ userName: login })
      providers.addPerson(login, 3)
      providers.calls.length = 0
      const order = world().access(login)
      await connector.grant(order)
      await connector.revoke(order)
      expect(providers.sessionsOf(login)).toBe(0)
      expect(providers.calls.every((call) => /\/users\/[^/]+(\/\w+)?(\?[^/]+)?$/.test(call))).toBe(true)
    })

    it('the form and the card say what its word is worth', () => {
      const settings = scim.readSettings((schema) =>
        schema.parse({ url: 'https://x.test', token: 'x', sessions: settingsOf(vendor) }),
      )
      expect(settings?.assurance).toMatchObject({
        proof: 'real',
        nativeExpiry: false,
        residual: expect.stringMatching(new RegExp(`^${name} says that it .*application's own session`)),
      })
    })
  })

  it('Okta says when its limit ends, rather than for how long', async () => {
    const connector = world().withSettings({ sessions: settingsOf('okta') })
    providers.refuseNext(429, { 'x-rate-limit-reset': String(Math.ceil(Date.now() / 1000) + 40) })
    const error = await failure(connector.grant(world().access()))
    expect(error.code).toBe('throttled')
    expect(error.retryAfterSeconds).toBeGreaterThan(35)
  })

  it('the person may be known there by another attribute', async () => {
    const { server, access, withSettings } = world()
    const emails = [{ value: 'old@acme.test' }, { value: 'kim@acme.test', primary: true }]
    server.addUser({ userName: 'kim', externalId: 'E-17', emails })
    for (const [user, person] of [
      ['email', 'kim@acme.test'],
      ['externalId', 'E-17'],
    ] as const) {
      providers.addPerson(person, 1)
      const connector = withSettings({ sessions: { ...settingsOf('okta'), user } })
      await connector.grant(access('kim'))
      await connector.revoke(access('kim'))
      expect(providers.sessionsOf(person), user).toBe(0)
    }
  })
}
