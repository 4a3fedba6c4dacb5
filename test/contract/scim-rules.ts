import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { targetFolder } from '../../fixtures/targets/server.ts'
import type { Connector } from '../../src/domain/connector.ts'
import { expectNoSecret, failure } from './_contract-tools.ts'
import { leaseOf } from './connector-logins.ts'
import { makeScimWorld, type ScimWorld } from './scim-world.ts'

const problemsOf = async (connector: Connector) => {
  const diagnosis = await connector.check()
  return diagnosis.ok ? [] : diagnosis.problems
}

/** Whose login it is, and of which group. */
export function scimNameRules(world: () => ScimWorld): void {
  it.each(['we"ird\\user', 'a" or userName pr or "b', "o'brien", 'x)(y', '%00%', 'ключ"😀'])(
    'the login %j is that user’s, and nobody else’s',
    async (login) => {
      const { access, connector, isMember, server, group } = world()
      const before = server.membersOf(group)
      await expect(connector.grant(access(login))).rejects.toMatchObject({ retryable: false })
      expect(server.membersOf(group)).toEqual(before)
      const id = server.addUser({ userName: login })
      const order = access(login)
      await connector.grant(order)
      expect(isMember(id)).toBe(true)
      await connector.revoke(order)
      expect(server.membersOf(group)).toEqual(before)
    },
  )

  it('a login is found without regard to case, and refused where that makes it two users’', async () => {
    const { access, connector, isMember, server } = world()
    const id = server.addUser({ userName: 'Dana@acme.test' })
    const ignoring = await makeScimWorld({ deviations: { ignoresFilters: true } })
    const [one, other] = [
      ignoring.server.addUser({ userName: 'Dana@acme.test' }),
      ignoring.server.addUser({ userName: 'dana@ACME.test' }),
    ]
    const refused = await failure(ignoring.connector.grant(ignoring.access('dana@acme.test')))
    expect(refused).toMatchObject({ code: 'conflict', retryable: false })
    for (const part of [one, other, 'login: id']) expect(refused.message).toContain(part)
    ignoring.server.remove('User', other)
    await ignoring.connector.grant(ignoring.access('dana@acme.test'))
    expect(ignoring.isMember(one)).toBe(true)
    await ignoring.close()
    await connector.grant(access('Dana@acme.test'))
    expect(isMember(id)).toBe(true)
    await connector.revoke(access('Dana@acme.test'))
  })

  it('a server that ignores filters lists everybody, and the right one is found on any page', async () => {
    const ignoring = await makeScimWorld({
      deviations: { ignoresFilters: true },
      settings: { timeout: '15s' },
    })
    for (let at = 0; at < 230; at += 1) ignoring.server.addUser({ userName: `crowd-${at}` })
    const order = ignoring.freshAccess()
    await ignoring.connector.grant(order)
    expect(await ignoring.holds(order)).toBe(true)
    expect(ignoring.server.calls.filter((call) => call.includes('startIndex=201'))).not.toEqual([])
    await ignoring.connector.revoke(order)
    expect(ignoring.server.membersOf(ignoring.group)).toEqual(ignoring.staying)
    await ignoring.close()
  })

  it('a server that ignores filters and pages too does not make a user look absent', async () => {
    const ignoring = await makeScimWorld({ deviations: { ignoresFilters: true, ignoresPages: true } })
    for (let at = 0; at < 30; at += 1) ignoring.server.addUser({ userName: `crowd-${at}` })
    await expect(ignoring.connector.grant(ignoring.freshAccess())).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('the same page again'),
    })
    await ignoring.close()
  })

  it('ids that are no single part of a path reach nothing else', async () => {
    const byId = await makeScimWorld({ byId: true })
    const hostile = [
      `../Groups/${byId.group}`,
      '..',
      '.',
      '%2e%2e',
      'a/b',
      '?count=1',
      `${byId.staying[0]}#`,
      '\ud800',
    ]
    for (const login of hostile) {
      await expect(byId.connector.grant(byId.access(login)), login).rejects.toMatchObject({
        retryable: false,
      })
    }
    expect(byId.server.membersOf(byId.group)).toEqual(byId.staying)
    const paths = byId.server.calls.map((call) => call.split(' ')[1])
    expect(paths.filter((path) => !/^\/Users(\/[^/?]+)?(\?[^/]*)?$/.test(path ?? ''))).toEqual([])
    await byId.close()
  })

  it('a user who is unknown or not active is refused before anything is given', async () => {
    const { access, connector, server, group } = world()
    const before = server.membersOf(group)
    await expect(connector.standing?.(access('nobody@acme.test'))).rejects.toMatchObject({
      code: 'misconfigured',
      retryable: false,
      message: expect.stringContaining('no user has the userName nobody@acme.test'),
    })
    server.addUser({ userName: 'left@acme.test', active: false })
    await expect(connector.grant(access('left@acme.test'))).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('not active'),
    })
    expect(server.membersOf(group)).toEqual(before)
  })

  it('a name that changes during the lease, and passes to another user, does not pass the end of the lease', async () => {
    const { access, connector, isMember, server } = world()
    const id = server.addUser({ userName: 'first@acme.test' })
    const order = access('first@acme.test')
    const before = await connector.lookBefore?.(order)
    expect(before).toEqual({ user: id })
    const lease = { ...order, ...(before && { before }) }
    await connector.grant(lease)
    server.change('User', id, { userName: 'second@acme.test' })
    const heir = server.addUser({ userName: 'first@acme.test' })
    expect(await connector.isHeld?.(lease)).toBe(true)
    await connector.grant(lease)
    expect([isMember(id), isMember(heir)]).toEqual([true, false])
    const next = { ...access('first@acme.test'), before: { user: heir } }
    await connector.grant(next)
    // Both leases are of one login, and of two users: neither keeps the other in.
    await connector.revoke({ ...lease, alsoHeld: [{ ...leaseOf(next), before: { user: heir } }] })
    expect([isMember(id), isMember(heir)]).toEqual([false, true])
    await connector.revoke(next)
    expect(isMember(heir)).toBe(false)
  })

  it('a user who was deleted is gone, and what the group still lists of it is taken out', async () => {
    const { access, connector, isMember, server } = world()
    const id = server.addUser({ userName: 'gone@acme.test' })
    const order = access('gone@acme.test')
    const before = await connector.lookBefore?.(order)
    const lease = { ...order, ...(before && { before }) }
    await connector.grant(lease)
    server.remove('User', id)
    expect(isMember(id)).toBe(true)
    await connector.revoke(lease)
    expect(isMember(id)).toBe(false)
  })

  it('without the record of before, a user who was renamed is not told as gone', async () => {
    const { access, connector, isMember, server } = world()
    const id = server.addUser({ userName: 'before@acme.test' })
    const order = access('before@acme.test')
    await connector.grant(order)
    server.change('User', id, { userName: 'after@acme.test' })
    await expect(connector.revoke(order)).rejects.toMatchObject({
      code: 'still_present',
      retryable: true,
      message: expect.stringContaining('change it back'),
    })
    expect(isMember(id)).toBe(true)
    server.change('User', id, { userName: 'before@acme.test' })
    await connector.revoke(order)
    expect(isMember(id)).toBe(false)
  })

  it('with ids as logins, a user who was deleted is gone, and what the group still lists of it is taken out', async () => {
    const byId = await makeScimWorld({ byId: true })
    const order = byId.freshAccess()
    await byId.connector.grant(order)
    byId.server.remove('User', order.holder.identity ?? '')
    expect(await byId.holds(order)).toBe(true)
    await byId.connector.revoke(order)
    expect(byId.server.membersOf(byId.group)).toEqual(byId.staying)
    await byId.close()
  })

  it('the name of a group is no id: a grant is refused, and `check` names the id, or those of all that are called so', async () => {
    const { access, server, withSettings, group } = world()
    const name = 'Night "shift"'
    const quiet = withSettings({}, 'Engineers')
    await expect(quiet.grant(access(undefined, 'Engineers'))).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('no group with the id Engineers'),
    })
    expect(await problemsOf(quiet)).toEqual([
      { what: 'no group has the id Engineers', remedy: `It is the name of a group. Write its id: ${group}.` },
    ])
    const second = server.addGroup('Engineers')
    const [problem] = await problemsOf(quiet)
    expect(problem?.remedy).toMatch(/name of 2 groups/)
    for (const id of [group, second]) expect(problem?.remedy).toContain(id)
    server.remove('Group', second)
    // A name that the server cannot even read in a filter.
    expect(await problemsOf(withSettings({}, name))).toEqual([
      { what: `no group has the id ${name}`, remedy: 'Correct `group` in the catalog.' },
    ])
  })
}

/** How servers differ. */
export function scimServerRules(world: () => ScimWorld): void {
  it('operations with a capital are sent where the catalog says so', async () => {
    const deviations = { capitalised: true }
    const wrong = await makeScimWorld({ deviations })
    await expect(wrong.connector.grant(wrong.freshAccess())).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('400 (invalidSyntax)'),
    })
    await wrong.close()
    const right = await makeScimWorld({ deviations, settings: { operations: 'capitalised' } })
    const order = right.freshAccess()
    await right.connector.grant(order)
    expect(await right.holds(order)).toBe(true)
    await right.connector.revoke(order)
    expect(await right.rawState()).toEqual([])
    await right.close()
  })

  it('where PATCH is not taken, the error and `check` say what to write', async () => {
    const put = await makeScimWorld({ deviations: { putOnly: true } })
    await expect(put.connector.grant(put.freshAccess())).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('`patch: false`'),
    })
    expect((await problemsOf(put.connector))[0]).toMatchObject({
      what: 'the server takes no PATCH',
      remedy: expect.stringContaining('`patch: false`'),
    })
    await put.close()
  })

  it('without versions nobody is added by PUT, and everybody can be taken out', async () => {
    const options = { deviations: { putOnly: true, unversioned: true }, settings: { patch: false } }
    const put = await makeScimWorld(options)
    const order = put.freshAccess()
    await expect(put.connector.grant(order)).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('honours versions'),
    })
    expect((await problemsOf(put.connector))[0]).toMatchObject({
      what: expect.stringContaining('no versions'),
    })
    await put.giveByHand?.(order)
    await put.connector.revoke(order)
    expect(put.server.membersOf(put.group)).toEqual(put.staying)
    await put.close()
  })

  it.each([
    ['PATCH', {}],
    ['PUT', { deviations: { putOnly: true }, settings: { patch: false } }],
  ])('two processes that change one group by %s at once undo nothing of each other', async (_, options) => {
    const both = await makeScimWorld(options)
    const [one, other] = [both.connector, both.withSettings({})]
    const orders = Array.from({ length: 8 }, both.freshAccess)
    const retried = async (operation: () => Promise<unknown>) => {
      for (;;) {
        const error = await operation().then(
          () => null,
          (reason: { retryable?: boolean }) => reason,
        )
        if (error === null) return
        if (!error.retryable) throw error
      }
    }
    await Promise.all(orders.map((order, at) => retried(() => (at % 2 ? one : other).grant(order))))
    expect(await Promise.all(orders.map(both.holds))).toEqual(orders.map(() => true))
    await Promise.all(orders.map((order, at) => retried(() => (at % 2 ? other : one).revoke(order))))
    expect(both.server.membersOf(both.group).sort()).toEqual([...both.staying].sort())
    await both.close()
  })

  it('a server that takes a removal by value for one of everybody: the others are put back, and the error says what to write', async () => {
    const all = await makeScimWorld({ deviations: { removesAllByValue: true } })
    const order = all.freshAccess()
    await all.connector.grant(order)
    await expect(all.withSettings({ removal: 'value' }).revoke(order)).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('`removal: path`'),
    })
    expect(all.server.membersOf(all.group).sort()).toEqual([...all.staying].sort())
    await all.connector.grant(order)
    await all.connector.revoke(order)
    expect(all.server.membersOf(all.group).sort()).toEqual([...all.staying].sort())
    await all.close()
  })

  it.each(['members', 'members.value'] as const)(
    'members that a group does not list are found by a filter on %s, and only by a server that applies it',
    async (findMembers) => {
      const settings = { findMembers }
      const honest = await makeScimWorld({ deviations: { findsMembersBy: findMembers }, settings })
      const order = honest.freshAccess()
      await expect(honest.withSettings({ findMembers: 'group' }).grant(order)).rejects.toMatchObject({
        code: 'conflict',
      })
      await honest.connector.grant(order)
      expect(await honest.connector.isHeld?.(order)).toBe(true)
      await honest.connector.revoke(order)
      expect(await honest.rawState()).toEqual([])
      await honest.close()
      const deviations = { findsMembersBy: findMembers, ignoresFilters: true }
      const lying = await makeScimWorld({ deviations, settings })
      await expect(lying.connector.grant(lying.freshAccess())).rejects.toMatchObject({
        code: 'misconfigured',
        message: expect.stringContaining('ignores the filter'),
      })
      expect((await problemsOf(lying.connector))[0]?.what).toContain('ignores the filter')
      await lying.close()
    },
  )

  it('`check` does not read the members of large groups, and changes nothing', async () => {
    const { connector, server, group, staying } = world()
    server.calls.length = 0
    expect(await connector.check()).toMatchObject({ ok: true })
    expect(server.calls.filter((call) => call.startsWith('GET /Groups/'))).toEqual([
      `GET /Groups/${group}?excludedAttributes=members`,
      // The last question is whether members can be read.
      `GET /Groups/${group}`,
    ])
    expect(server.membersOf(group)).toEqual(staying)
  })
}

/** What a server may answer. */
export function scimAnswerRules(world: () => ScimWorld): void {
  const settled = async (order: ReturnType<ScimWorld['access']>) => {
    await world().connector.revoke(order)
    expect(await world().holds(order)).toBe(false)
  }

  it.each([
    ['a number of seconds', () => '30'],
    ['an instant', () => new Date(Date.now() + 30_000).toUTCString()],
  ])('a pause that is given as %s is passed on', async (_, pause) => {
    const { connector, freshAccess, server } = world()
    server.refuseNext('*', 429, { 'retry-after': pause() })
    const error = await failure(connector.grant(freshAccess()))
    expect(error).toMatchObject({ code: 'throttled', retryable: true })
    expect(error.retryAfterSeconds).toBeGreaterThan(27)
    expect(error.retryAfterSeconds).toBeLessThan(32)
  })

  it.each([500, 502, 503])('an answer of %i is retried', async (status) => {
    const { connector, freshAccess, server } = world()
    const order = freshAccess()
    for (const method of ['GET', 'PATCH']) {
      server.refuseNext(method, status)
      await expect(connector.grant(order)).rejects.toMatchObject({ code: 'unreachable', retryable: true })
    }
    await connector.grant(order)
    await settled(order)
  })

  it('a change that was made and told as a fault is found; one that was told and not made is made', async () => {
    const { connector, freshAccess, server, holds } = world()
    const order = freshAccess()
    server.lieNext(true)
    await expect(connector.grant(order)).rejects.toMatchObject({ retryable: true })
    expect(await holds(order)).toBe(true)
    await connector.grant(order)
    server.lieNext(true)
    await expect(connector.revoke(order)).rejects.toMatchObject({ retryable: true })
    await connector.revoke(order)
    server.lieNext(false)
    await connector.grant(order)
    expect(await holds(order)).toBe(true)
    for (let lies = 0; lies < 4; lies += 1) server.lieNext(false)
    await expect(connector.revoke(order)).rejects.toMatchObject({ code: 'still_present', retryable: true })
    expect(await holds(order)).toBe(true)
    await settled(order)
  })

  it('a wrong address and a failed handler answer 404 too, and prove nothing', async () => {
    const byId = await makeScimWorld({ byId: true })
    const order = byId.freshAccess()
    await byId.connector.grant(order)
    const elsewhere = byId.withSettings({ url: `${byId.url}/scim/v3` })
    await expect(elsewhere.revoke(order)).rejects.toMatchObject({ code: 'misconfigured' })
    byId.server.refuseNext('GET', 404)
    await expect(byId.connector.revoke(order)).rejects.toMatchObject({ code: 'unreachable', retryable: true })
    expect(await byId.holds(order)).toBe(true)
    await byId.connector.revoke(order)
    await byId.close()
  })

  it('a group that was deleted has no members: a revocation succeeds', async () => {
    const { access, connector, server } = world()
    const gone = server.addGroup('Gone')
    const order = access(undefined, gone)
    await connector.grant(order)
    server.remove('Group', gone)
    await expect(connector.revoke(order)).resolves.toMatchObject({ facts: { member: false } })
  })

  it('the token is sent to no other address', async () => {
    const heard: (string | undefined)[] = []
    const other = createServer((request, response) => {
      heard.push(request.headers.authorization)
      response.end('{}')
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`
    const { connector, freshAccess, server } = world()
    server.refuseNext('GET', 307, { location })
    await expect(connector.grant(freshAccess())).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('another address'),
    })
    expect(heard).toEqual([])
    await new Promise((resolve) => other.close(resolve))
  })

  it('the end says that sessions may go on, and until when if the catalog says how long they last', async () => {
    const { access, withSettings, connector } = world()
    const what = 'Sessions of the application opened before'
    const order = access()
    await connector.grant(order)
    const other = { ...access(), holder: order.holder }
    const kept = await connector.revoke({ ...order, alsoHeld: [leaseOf(other)] })
    expect(kept).not.toHaveProperty('residualUntil')
    expect(await connector.revoke(order)).toMatchObject({ residualUntil: { at: null, what } })
    const { readAt, residualUntil } = await withSettings({ sessionsLast: '8h' }).revoke(order)
    expect(residualUntil).toEqual({ at: new Date(readAt.getTime() + 8 * 3_600_000), what })
  })
}

/** What Daypass needs there. */
export function scimTokenRules(world: () => ScimWorld): void {
  describe.each([
    ['GET', 'Give the token the right to read users.'],
    ['PATCH', 'Give the token the right to change groups.'],
  ])('without the right to %s', (method, remedy) => {
    it('`check` names it, and a grant says so', async () => {
      const { connector, freshAccess, server } = world()
      server.forbid([method])
      const problems = await problemsOf(connector)
      const error = await failure(connector.grant(freshAccess()))
      server.forbid([])
      if (method === 'PATCH') expect(problems).toEqual([expect.objectContaining({ remedy })])
      else expect(problems).toHaveLength(1)
      expect(error).toMatchObject({ code: 'permission', retryable: false })
    })
  })

  it('a wrong token is an error without it', async () => {
    const { withSettings, freshAccess } = world()
    const token = 'wrong-token-9d1f'
    const error = await failure(withSettings({ token }).grant(freshAccess()))
    expect(error).toMatchObject({ code: 'permission', retryable: false })
    expectNoSecret({ ...world(), secrets: [token] }, error)
  })

  it('a token in a file is read again when it was rotated', async () => {
    const { withSettings, freshAccess, server } = world()
    const tokenFile = join(await targetFolder('scim'), 'token')
    await writeFile(tokenFile, 'former')
    const connector = withSettings({ token: undefined, tokenFile })
    const order = freshAccess()
    await expect(connector.grant(order)).rejects.toMatchObject({ code: 'permission' })
    await writeFile(tokenFile, `${server.token}\n`)
    await connector.grant(order)
    await connector.revoke(order)
  })

  it.each(['header', 'body'])(
    'a token is fetched with client credentials in the %s, kept, and fetched anew when the server forgot it',
    async (secretIn) => {
      const { withSettings, freshAccess, server, url } = world()
      const { id: clientId, secret: clientSecret } = server.client
      const oauth = { tokenUrl: `${url}/oauth/token`, clientId, clientSecret, secretIn }
      const connector = withSettings({ token: undefined, oauth })
      const before = server.tokensIssued()
      const order = freshAccess()
      await connector.grant(order)
      await connector.isHeld?.(order)
      expect(server.tokensIssued() - before).toBe(1)
      server.forgetTokens()
      await connector.revoke(order)
      expect(server.tokensIssued() - before).toBe(2)
      const wrong = withSettings({ token: undefined, oauth: { ...oauth, clientSecret: 'wrong-secret-77' } })
      const error = await failure(wrong.grant(order))
      expect(error).toMatchObject({ code: 'permission', message: expect.stringContaining('token endpoint') })
      expectNoSecret({ ...world(), secrets: ['wrong-secret-77', encodeURIComponent(clientSecret)] }, error)
    },
  )

  it.each([
    [{ url: 'http://scim.example.com/v2' }, /expected https/],
    [{ url: 'https://user:pass@scim.example.com/v2' }, /secrets under their own keys/],
    [{ oauth: { tokenUrl: 'https://x.test/t', clientId: 'a', clientSecret: 'b' } }, /one of `token`/],
    [{ patch: false, findMembers: 'members' }, /must list its members/],
  ])('settings %j are refused', (settings, why) => {
    expect(() => world().withSettings(settings)).toThrow(why)
  })
}
