import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { adminRules, makeRedisWorld, type RedisWorld, readCarts, userOf } from './redis-world.ts'

/** Rules of Redis alone: what a lease may do, the admin's rights, and what outlives a restart. */
export function redisRules(world: () => RedisWorld): void {
  const holder = async (content = readCarts) => {
    const { access, connector, login } = world()
    const order = access(content)
    await connector.grant(order)
    const credentials = await connector.issueCredentials?.(order)
    if (!credentials) throw new Error('no credentials')
    const client = await login(credentials)
    const done = async () => {
      client.disconnect()
      await connector.revoke(order)
    }
    return { order, client, done }
  }
  const denied = (answer: Promise<unknown>) => expect(answer).rejects.toThrow(/NOPERM|No permissions/)

  it('a lease reaches its keys and channels, reads what it may only read, and nothing else', async () => {
    const { client, done } = await holder()
    expect(await client.get('cart:1')).toBe('apples')
    expect(await client.set('cart:2', 'pears')).toBe('OK')
    expect(await client.get('price:apples')).toBe('3')
    await denied(client.set('price:apples', '0'))
    await denied(client.get('secret'))
    await denied(client.subscribe('other'))
    await done()
  })

  it('categories bring nothing that manages the server, runs code on it, or empties it', async () => {
    const { client, done } = await holder({
      commands: ['@read', '@write', '@keyspace', '@connection'],
      keys: ['*'],
    })
    for (const command of [
      ['ACL', 'SETUSER', 'mine', 'on'],
      ['CONFIG', 'GET', '*'],
      ['CLIENT', 'KILL', 'ID', '1'],
      ['CLIENT', 'NO-EVICT', 'on'],
      ['EVAL', 'return 1', '0'],
      ['FUNCTION', 'LOAD', 'x'],
      ['FLUSHALL'],
      ['KEYS', '*'],
      ['MONITOR'],
    ] as [string, ...string[]][]) {
      await denied(client.call(...command))
    }
    await done()
  })

  it('a command of @dangerous is given by its name, one of @admin never', async () => {
    const { client, done } = await holder({ commands: ['get', 'keys', 'config|get'], keys: ['*'] })
    expect(await client.keys('secret')).toEqual(['secret'])
    await denied(client.call('CONFIG', 'GET', 'maxmemory'))
    await done()
  })

  it('leases and their ends survive a crash of the server', async () => {
    const { access, connector, server, holds } = world()
    const [kept, ended] = [access(readCarts), access(readCarts)]
    await connector.grant(kept)
    await connector.grant(ended)
    await connector.revoke(ended)
    await server.crash()
    await server.restart()
    expect([await holds(kept), await holds(ended)]).toEqual([true, false])
    await connector.revoke(kept)
    await server.crash()
    await server.restart()
    expect(await holds(kept)).toBe(false)
  })

  it('without an ACL file a grant says that it does not survive a restart', async () => {
    const without = await makeRedisWorld([], { aclFile: false })
    const order = without.access(readCarts)
    expect(await without.connector.grant(order)).toMatchObject({ facts: { survivesRestart: false } })
    expect(await without.connector.check()).toMatchObject({
      summary: expect.stringMatching(/restart ends all leases/),
    })
    await without.connector.revoke(order)
    await without.close()
  })

  it('a lease is not told as ended while a restart would bring it back', async () => {
    const { connector, freshAccess, server } = world()
    const order = freshAccess()
    await connector.grant(order)
    const aclFile = join(server.folder, 'users.acl')
    // A folder in its place: the server can neither write nor replace it.
    await rename(aclFile, `${aclFile}.away`)
    await mkdir(join(aclFile, 'full'), { recursive: true })
    await expect(connector.revoke(order)).rejects.toMatchObject({ code: 'still_present', retryable: true })
    expect(await connector.check()).toMatchObject({
      ok: false,
      problems: [{ what: expect.stringContaining('cannot write its ACL file') }],
    })
    await rm(aclFile, { recursive: true })
    await rename(`${aclFile}.away`, aclFile)
    await connector.revoke(order)
    expect(await readFile(aclFile, 'utf8')).not.toContain(userOf(order.grantId))
  })

  it('the password is not in the server’s slow log', async () => {
    const { connector, freshAccess, server } = world()
    await server.run('CONFIG', 'SET', 'slowlog-log-slower-than', '0')
    const order = freshAccess()
    await connector.grant(order)
    const credentials = await connector.issueCredentials?.(order)
    const password = credentials?.fields.find(({ label }) => label === 'Password')?.value
    expect(password).toHaveLength(32)
    const log = JSON.stringify(await server.run('SLOWLOG', 'GET', '100'))
    expect(log).toContain(userOf(order.grantId))
    expect(log).not.toContain(password)
    await server.run('CONFIG', 'SET', 'slowlog-log-slower-than', '10000')
    await connector.revoke(order)
  })

  describe('what Daypass itself needs', () => {
    it('is exactly what the documentation says', async () => {
      const page = await readFile('docs/connectors/redis.md', 'utf8')
      expect(page).toContain(`ACL SETUSER daypass on >PASSWORD ${adminRules}`)
    })

    it.each(adminRules.split(' ').filter((rule) => rule.startsWith('+')))(
      'without %s, `check` says so with the remedy to paste',
      async (rule) => {
        const { connector, server } = world()
        await server.run('ACL', 'SETUSER', 'daypass', rule.replace('+', '-'))
        const diagnosis = await connector.check()
        await server.run('ACL', 'SETUSER', 'daypass', rule)
        expect(diagnosis).toMatchObject({
          ok: false,
          problems: [{ remedy: expect.stringContaining(`ACL SETUSER daypass ${rule}`) }],
        })
      },
    )

    it('a name that the server does not know is found by `check` and refused by a grant', async () => {
      const { access, withCatalog } = world()
      const content = { commands: ['get', 'gett'], keys: ['*'] }
      const connector = withCatalog({ typo: content })
      expect(await connector.check()).toMatchObject({
        ok: false,
        problems: [{ what: 'typo: the server does not take +gett' }],
      })
      await expect(connector.grant(access(content))).rejects.toMatchObject({
        code: 'misconfigured',
        message: expect.stringContaining('+gett'),
      })
    })

    it('a password in a file is read again when it was rotated', async () => {
      const { server, proxy, withCatalog, freshAccess, adminPassword } = world()
      const passwordFile = join(server.folder, 'admin-password')
      await writeFile(passwordFile, `${adminPassword}\n`)
      const url = `redis://daypass@127.0.0.1:${proxy.port}`
      const connector = withCatalog({ 'read-carts': readCarts }, { settings: { url, passwordFile } })
      const order = freshAccess()
      await connector.grant(order)
      const next = `next-${randomUUID()}`
      await server.run('ACL', 'SETUSER', 'daypass', `>${next}`, `<${adminPassword}`)
      await server.run('CLIENT', 'KILL', 'USER', 'daypass')
      await writeFile(passwordFile, next)
      // The first operation finds that the connection is broken.
      await connector.revoke(order).catch(() => connector.revoke(order))
      await server.run('ACL', 'SETUSER', 'daypass', `>${adminPassword}`)
    })
  })
}

/** Holders who take every connection of the server. */
export function fullServerRules(): void {
  it('a lease is ended also while its holder has taken every connection', async () => {
    const world = await makeRedisWorld(['--maxclients', '20'])
    const { connector, freshAccess, login, holds } = world
    const order = freshAccess()
    await connector.grant(order)
    await connector.maintain?.()
    const credentials = await connector.issueCredentials?.(order)
    if (!credentials) throw new Error('no credentials')
    const taken: Redis[] = []
    for (let at = 0; at < 40; at += 1)
      taken.push(
        ...(await login(credentials).then(
          (one) => [one],
          () => [],
        )),
      )
    expect(taken.length).toBeGreaterThan(10)
    expect(taken.length).toBeLessThan(20)
    await connector.maintain?.()
    await connector.revoke(order)
    expect(await holds(order)).toBe(false)
    await world.close()
  })
}
