import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { documentedPermissions } from '../../fixtures/targets/github/permissions.ts'
import { targetFolder } from '../../fixtures/targets/server.ts'
import { github } from '../../src/connectors/github/connector.ts'
import { expectNoSecret, failure } from './_contract-tools.ts'
import { administering, type GitHubWorld, inTeam, pushing, reviewing } from './github-world.ts'

/** Rules of the app by which Daypass acts, and of an API that says no. */
export function appRules(world: () => GitHubWorld): void {
  const app = () => world().target.app
  /** For the client and the server, which are both in this process. */
  const passTime = (seconds: number) => {
    if (!vi.isFakeTimers()) vi.useFakeTimers({ toFake: ['Date'] })
    vi.setSystemTime(Date.now() + seconds * 1_000)
  }
  afterEach(() => void vi.useRealTimers())

  const everything = { team: inTeam, role: administering, review: reviewing }
  const problemsOf = async (settings: object = {}, entitlements: Record<string, object> = everything) => {
    const diagnosis = await world()
      .withSettings({ ...settings }, { ...entitlements } as never)
      .check()
    expectNoSecret(world(), diagnosis)
    return diagnosis.ok ? [] : diagnosis.problems.map(({ what, remedy }) => `${what} | ${remedy}`)
  }

  it('`check` is content with the permissions that the documentation names, and with no fewer', async () => {
    expect(await problemsOf()).toEqual([])
    for (const [name, level] of Object.entries(documentedPermissions)) {
      const { [name]: _, ...others } = documentedPermissions
      app().permissions = { ...others }
      expect(await problemsOf(), name).toEqual([
        expect.stringContaining(`lacks the permission ${name}: ${level}`),
      ])
      if (level === 'write') {
        app().permissions = { ...others, [name]: 'read' }
        expect(await problemsOf(), name).toEqual([
          expect.stringContaining(`lacks the permission ${name}: write`),
        ])
      }
      app().permissions = { ...documentedPermissions }
    }
  })

  it('the documentation names exactly these permissions', async () => {
    const page = await readFile('docs/connectors/github.md', 'utf8')
    const named = [...page.matchAll(/^\| `(\w+)` \| (read|write) \|/gm)].map(([, name, level]) => [
      name,
      level,
    ])
    expect(Object.fromEntries(named)).toEqual(documentedPermissions)
  })

  it('a permission that is missing is named by the error too, as GitHub names it', async () => {
    const { access, connector } = world()
    app().permissions = { ...documentedPermissions, administration: 'read' }
    await expect(connector.grant(access(pushing))).rejects.toMatchObject({
      code: 'permission',
      message: expect.stringContaining('It needs administration=write'),
    })
    app().permissions = { ...documentedPermissions }
  })

  it('an app that is wrong, not installed, suspended or installed elsewhere is said so', async () => {
    const { access, withSettings } = world()
    const order = access(pushing)
    const bad = withSettings({ appId: 4 })
    await expect(bad.grant(order)).rejects.toMatchObject({
      code: 'permission',
      message: expect.stringContaining('appId'),
    })
    expect(await problemsOf({ appId: 4 })).toEqual([expect.stringContaining('does not take the app')])
    expect(await problemsOf({ privateKey: 'no key' })).toEqual([expect.stringContaining('private key')])
    expect(await problemsOf({ organization: 'other' })).toEqual([
      expect.stringContaining('is not installed in other'),
    ])
    app().installed = false
    await expect(withSettings({}).grant(order)).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('not installed'),
    })
    expect(await problemsOf()).toEqual([expect.stringContaining('is not installed in acme')])
    app().installed = true
    app().suspended = true
    await expect(withSettings({}).grant(order)).rejects.toMatchObject({
      message: expect.stringContaining('unsuspend'),
    })
    expect(await problemsOf()).toEqual([expect.stringContaining('suspended')])
    app().suspended = false
  })

  it('`check` names teams, repositories and environments that are not there, archived, or of no use', async () => {
    const { orders, target } = world()
    const { org } = target.state
    target.addTeam('night-shift').name = 'Nightly'
    expect(await problemsOf({}, { a: { team: 'Nightly' }, b: { team: 'none' } })).toEqual([
      'acme has no team Nightly | It is the name of a team. Write its slug: night-shift.',
      expect.stringContaining('acme has no team none | Correct `team`'),
    ])
    const nowhere = { repository: 'nowhere', role: 'pull' }
    const unknown = { repository: 'orders', environment: 'nowhere' }
    expect(await problemsOf({}, { a: nowhere, b: unknown })).toEqual([
      expect.stringContaining('no repository acme/nowhere'),
      expect.stringContaining('no environment nowhere'),
    ])
    orders.archived = true
    expect(await problemsOf({}, { a: pushing })).toEqual([expect.stringContaining('archived')])
    orders.archived = false
    org.basePermission = 'write'
    expect(await problemsOf({}, { a: pushing })).toEqual([expect.stringContaining('so nobody can get push')])
    org.basePermission = 'none'
    expect(await problemsOf({ apiUrl: `${world().url}/elsewhere` })).toHaveLength(1)
    target.violations.splice(0)
  })

  it('one token serves many operations; one that ended or was revoked is replaced', async () => {
    const { access, withSettings } = world()
    const connector = withSettings({})
    const issued = app().tokensIssued
    const orders = Array.from({ length: 4 }, () => access(pushing))
    for (const order of orders) await connector.grant(order)
    expect(app().tokensIssued - issued).toBe(1)
    passTime(60)
    app().tokens.clear()
    for (const order of orders.slice(2)) await connector.revoke(order)
    expect(app().tokensIssued - issued).toBe(2)
    passTime(3_700)
    for (const order of orders) await connector.revoke(order)
    expect(app().tokensIssued - issued).toBe(3)
    expect(world().orders.direct.size).toBe(0)
  })

  it('a key in a file is read again when it was rotated', async () => {
    const { access, target, withSettings } = world()
    const privateKeyFile = join(await targetFolder('github'), 'key.pem')
    const connector = withSettings({ privateKey: undefined, privateKeyFile })
    const order = access(pushing)
    await expect(connector.grant(order)).rejects.toMatchObject({ code: 'misconfigured', retryable: true })
    await writeFile(privateKeyFile, target.privateKey)
    await connector.grant(order)
    const next = target.addKey()
    const issued = app().tokensIssued
    await writeFile(privateKeyFile, next)
    await connector.grant(order)
    expect(app().tokensIssued - issued).toBe(1)
    await writeFile(privateKeyFile, target.privateKey)
    const [former] = app().keys.splice(0, 1)
    app().tokens.clear()
    passTime(60)
    await expect(connector.revoke(order)).rejects.toMatchObject({ code: 'permission' })
    await writeFile(privateKeyFile, next)
    await connector.revoke(order)
    expect(world().orders.direct.size).toBe(0)
    if (former) app().keys.push(former)
  })

  it.each([
    [
      'the limit of an hour',
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'in 900 seconds' },
      'API rate limit exceeded',
      // The reset is a whole second, rounded up.
      [850, 901],
    ],
    [
      'a secondary limit with a pause',
      429,
      { 'retry-after': '17' },
      'You have exceeded a secondary rate limit',
      [17, 17],
    ],
    [
      'a secondary limit without one',
      403,
      {},
      'You have exceeded a secondary rate limit. Please wait',
      [60, 60],
    ],
  ] as const)('%s: the error says how long to wait', async (_, status, headers, message, [least, most]) => {
    const { access, target, withSettings } = world()
    const connector = withSettings({})
    const reset = String(Math.ceil(Date.now() / 1_000) + 900)
    const sent = Object.entries(headers).map(([name, value]) => [
      name,
      value.replace('in 900 seconds', reset),
    ])
    target.refuseNext(/^get \/users/, { status, headers: Object.fromEntries(sent), message })
    const error = await failure(connector.grant(access(pushing)))
    expect(error).toMatchObject({ code: 'throttled', retryable: true })
    expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(least)
    expect(error.retryAfterSeconds).toBeLessThanOrEqual(most)
  })

  it.each([
    [500, 'oops', 'unreachable', true],
    [502, '', 'unreachable', true],
    [503, 'busy', 'unreachable', true],
    [
      403,
      'Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled',
      'permission',
      false,
    ],
    [404, 'Not Found', 'misconfigured', false],
  ] as const)('a change that is answered %i (%s) is told so', async (status, message, code, retryable) => {
    const { access, target, withSettings } = world()
    const connector = withSettings({})
    target.refuseNext(/^put .*collaborators/, { status, message })
    const error = await failure(connector.grant(access(pushing)))
    expect(error).toMatchObject({ code, retryable })
    expectNoSecret(world(), error)
  })

  it('a list that goes on elsewhere is not taken for a whole one, and the token does not go there', async () => {
    const { access, target, withSettings } = world()
    const headers = { link: '<https://evil.test/page2>; rel="next"', 'content-type': 'application/json' }
    target.refuseNext(/^get .*collaborators$/, { status: 200, body: [], headers })
    await expect(withSettings({}).grant(access(pushing))).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('apiUrl'),
    })
  })

  it('GitHub Enterprise Server has its API under a path, and no invitations to the organisation', async () => {
    const { access, holder, url, withSettings } = world()
    const connector = withSettings({ apiUrl: `${url}/api/v3` })
    const order = access(pushing)
    await connector.grant(order)
    expect(await holder(order).mayPush('orders')).toBe(true)
    await connector.revoke(order)
    expect(await holder(order).mayPush('orders')).toBe(false)
  })

  it.each([
    [{ privateKey: 'x', privateKeyFile: '/y' }, {}, 'either `privateKey` or `privateKeyFile`'],
    [{ organization: '../x' }, {}, 'the organisation'],
    [{ apiUrl: 'http://github.example.com' }, {}, 'https'],
    [{}, { team: 'a', repository: 'b' }, 'either `team` or `repository`'],
    [{}, { repository: 'b' }, 'either a `role` or an `environment`'],
    [{}, { repository: '..', role: 'pull' }, 'name of a repository'],
    [{}, { repository: 'b', role: 'write' }, '`push`'],
    [{}, { team: 'a', role: 'admin' }, 'member or maintainer'],
    [{}, { team: 'a', environment: 'x' }, 'an environment is one of'],
    [{}, { repository: 'b', role: 'pull', environment: 'x' }, 'either a `role` or an `environment`'],
  ])('the catalog refuses %j with %j', (settings, entitlement, why) => {
    const whole = { organization: 'acme', appId: 1, privateKey: 'secret-key', ...settings }
    const parsed = [
      github.settings.safeParse(whole),
      Object.keys(entitlement).length > 0 ? github.entitlement.safeParse(entitlement) : null,
    ]
    const said = JSON.stringify(parsed.map((one) => one?.error?.issues ?? []))
    expect(said).toContain(why)
    expect(said).not.toContain('secret-key')
  })

  it('every call, and every answer of the server, is as GitHub describes it', () => {
    expect(world().target.violations).toEqual([])
  })
}
