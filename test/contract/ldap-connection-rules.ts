import { rm, writeFile } from 'node:fs/promises'
import { createServer, connect as dial, type Server } from 'node:net'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeCertificate } from '../../fixtures/targets/certificate.ts'
import { startLyingDirectory } from '../../fixtures/targets/lying-directory.ts'
import { targetFolder } from '../../fixtures/targets/server.ts'
import { slapdAdmin } from '../../fixtures/targets/slapd.ts'
import { openConnection } from '../../src/connectors/ldap/connection.ts'
import { settingsSchema } from '../../src/connectors/ldap/schema.ts'
import { expectNoSecret, failure } from './_contract-tools.ts'
import { openProxy } from './breakable-proxy.ts'
import { makeLdapAccountsWorld } from './ldap-accounts-world.ts'
import { openldap, startSlapdForDaypass } from './ldap-kinds.ts'
import { lookedAt, problemsOf } from './ldap-rules.ts'
import { type LdapWorld, loginTo, makeLdapWorld } from './ldap-world.ts'

/** The way to the directory. */
export function ldapTlsRules(world: () => LdapWorld): void {
  it('StartTLS encrypts before the password is sent', async () => {
    const { access, isMember, newPerson, proxy, server, url, withSettings } = world()
    const { dn, login } = await newPerson()
    const sent: string[] = []
    const plain = withSettings({})
    const encrypted = withSettings({ url, startTls: true, caFile: server.caFile })
    proxy.watch((text) => sent.push(text))
    await encrypted.grant(access(login))
    expect(await isMember(dn)).toBe(true)
    const secretly = sent.splice(0).join('')
    await plain.revoke(access(login))
    proxy.watch(null)
    expect(secretly).not.toContain(server.admin.password)
    expect(secretly).not.toContain(slapdAdmin)
    // The proxy would have seen it.
    expect(sent.join('')).toContain(server.admin.password)
  })

  it.each(['ldaps', 'StartTLS'])(
    'by %s, a certificate of another authority or for another host is refused',
    async (way) => {
      const { server, withSettings } = world()
      const folder = await targetFolder('ca')
      const { certFile } = await makeCertificate(folder)
      const isLdaps = way === 'ldaps'
      const at = (host: string, port: number) => ({
        url: `${isLdaps ? 'ldaps' : 'ldap'}://${host}:${port}`,
        startTls: !isLdaps,
        caFile: server.caFile,
      })
      const proxy = await openProxy({ host: '127.0.0.1', port: isLdaps ? server.tlsPort : server.port })
      const secretly: string[] = []
      proxy.watch((text) => secretly.push(text))
      const other = await forward('127.0.0.2', proxy.port)
      for (const settings of [
        { ...at('127.0.0.1', proxy.port), caFile: certFile },
        { ...at('127.0.0.1', proxy.port), caFile: undefined },
        at('127.0.0.2', other.port),
      ]) {
        const [problem] = await problemsOf(withSettings(settings))
        expect(problem?.what).toContain('certificate is not trusted')
        expect(problem?.remedy).toMatch(/\w/)
      }
      expect(await problemsOf(withSettings(at('127.0.0.1', proxy.port)))).toEqual([])
      expect(secretly.join('')).not.toContain(server.admin.password)
      other.close()
      await proxy.break()
      await rm(folder, { recursive: true })
    },
  )

  it('files of the password and of the authority are read at every connection', async () => {
    const { proxy, server, withSettings } = world()
    const folder = await targetFolder('secret')
    const passwordFile = join(folder, 'password')
    const connector = withSettings({ password: undefined, passwordFile })
    expect((await problemsOf(connector))[0]?.what).toContain(passwordFile)
    await writeFile(passwordFile, 'former\n')
    expect((await problemsOf(connector))[0]?.what).toContain('refuses `user` or its password')
    await writeFile(passwordFile, `${server.admin.password}\n`)
    expect(await problemsOf(connector)).toEqual([])
    const noCa = withSettings({ url: `ldaps://127.0.0.1:${server.tlsPort}`, caFile: join(folder, 'none') })
    expect((await problemsOf(noCa))[0]?.what).toContain(join(folder, 'none'))
    expect(proxy.count()).toBeGreaterThan(0)
    await rm(folder, { recursive: true })
  })

  it('one connection stays open, and is opened anew and bound again after the directory closed it', async () => {
    const { access, connector, newPerson, proxy } = world()
    const { login } = await newPerson()
    await connector.grant(access(login))
    const before = proxy.count()
    for (let at = 0; at < 5; at += 1) await connector.maintain?.()
    expect(proxy.count()).toBe(before)
    await proxy.break()
    await proxy.mend()
    // An answer to nobody would be that nothing is there.
    await expect.poll(() => connector.isHeld?.(access(login)).catch(() => null)).toBe(true)
    expect(proxy.count()).toBe(before + 1)
    await connector.revoke(access(login))
  })
}

/** The library opens a lost connection by itself, without a bind. To such a one a directory may show nothing. */
export function ldapBindRules(world: () => LdapWorld): void {
  it('a connection that was lost amid an operation is not used on without a bind', async () => {
    const { proxy, server, url } = world()
    const connection = openConnection(
      'vault',
      settingsSchema.parse({
        directory: 'openldap',
        url,
        user: server.admin.user,
        password: server.admin.password,
        base: server.base,
      }),
    )
    await connection.run(async ({ client }) => {
      expect(client().isBound).toBe(true)
      await proxy.break()
      await proxy.mend()
      await expect.poll(() => isThrown(client)).toBe(true)
      const before = proxy.count()
      expect(isThrown(client)).toBe(true)
      expect(proxy.count()).toBe(before)
    })
    await connection.run(async ({ client }) => expect(client().isBound).toBe(true))
    connection.close()
  })
}

function isThrown(call: () => unknown): boolean {
  try {
    call()
    return false
  } catch {
    return true
  }
}

/** What the directory may answer. */
export function ldapAnswerRules(world: () => LdapWorld): void {
  const lying = async () => {
    const { server, withSettings } = world()
    const directory = await startLyingDirectory({ host: server.host, port: server.port })
    return { directory, connector: withSettings({ url: `ldap://127.0.0.1:${directory.port}` }) }
  }

  it('a directory that says yes and does nothing is not believed', async () => {
    const { access, isMember, newPerson } = world()
    const { directory, connector } = await lying()
    const { dn, login } = await newPerson()
    directory.lie('says yes')
    expect(await failure(connector.grant(access(login)))).toMatchObject({ code: 'conflict', retryable: true })
    directory.lie('nothing')
    await connector.grant(access(login))
    directory.lie('says yes')
    expect(await failure(connector.revoke(access(login)))).toMatchObject({
      code: 'still_present',
      retryable: true,
    })
    expect(await isMember(dn)).toBe(true)
    directory.lie('nothing')
    await connector.revoke(access(login))
    await directory.close()
  })

  it.each([
    ['is busy', 51, { code: 'unreachable', retryable: true }],
    ['is not available', 52, { code: 'unreachable', retryable: true }],
    ['takes too long', 3, { code: 'timeout', retryable: true }],
    ['names another server', 10, { code: 'misconfigured', retryable: false }],
    ['refuses without a reason', 80, { code: 'unexpected', retryable: false }],
    ['is unwilling, with the member still in', 53, { code: 'still_present', retryable: true }],
    ['says that there is none, with the member still in', 16, { code: 'still_present', retryable: true }],
  ])('a directory that %s', async (_, result, expected) => {
    const { access, newPerson } = world()
    const { directory, connector } = await lying()
    const { login } = await newPerson()
    await connector.grant(access(login))
    directory.lie(result)
    const error = await failure(connector.revoke(access(login)))
    expect(error).toMatchObject(expected)
    expect(error.message).toMatch(/\. ?.*\w/)
    expectNoSecret(world(), error)
    directory.lie('nothing')
    await connector.revoke(access(login))
    await directory.close()
  })
}

/** An account of Daypass that may do less than the page says. */
export function ldapRightsRules(): void {
  const by = `by dn.exact="${slapdAdmin}"`
  const login = 'access to attrs=userPassword by anonymous auth by * none'
  const found = `access to dn.subtree="dc=example,dc=com" attrs=entry,objectClass,uid,mail,entryUUID,entryDN ${by} read`
  const members = (right: string) =>
    `access to dn.subtree="ou=groups,dc=example,dc=com" attrs=member ${by} ${right}`
  const withRights = async (rights: readonly string[], work: (world: LdapWorld) => Promise<void>) => {
    const server = await startSlapdForDaypass({
      access: [login, ...rights, 'access to * by * none'].join('\n'),
    })
    const world = await makeLdapWorld(server, openldap, { tls: false })
    await work(world)
    await world.close()
    await server.close()
  }

  it('members that may not be compared do not look as if they were out', async () => {
    await withRights([members('=wxd'), found], async ({ access, connector, newPerson, server, group }) => {
      const { dn, login } = await newPerson()
      await server.root.addTo(group, 'member', dn)
      for (const rejected of [connector.isHeld?.(access(login)), connector.revoke(access(login))])
        await expect(rejected).rejects.toMatchObject({ code: 'permission' })
      expect((await problemsOf(connector)).map(({ what }) => what)).toEqual([
        `Daypass may not compare member of ${group}`,
      ])
    })
  })

  it('members that may only be read are not given, and `check` says so', async () => {
    await withRights([members('read'), found], async ({ access, connector, newPerson, group }) => {
      const { login } = await newPerson()
      expect(await failure(connector.grant(access(login)))).toMatchObject({
        code: 'permission',
        retryable: false,
      })
      expect((await problemsOf(connector)).map(({ what }) => what)).toEqual([
        `Daypass may not change member of ${group}`,
      ])
    })
  })

  it('without the id of entries nothing is given, and `check` says so', async () => {
    await withRights([members('write'), found.replace('entryUUID,', '')], async (world) => {
      const { access, connector, newPerson } = world
      const { login } = await newPerson()
      expect(await failure(connector.grant(access(login)))).toMatchObject({
        code: 'permission',
        retryable: false,
      })
      for (const { what } of await problemsOf(connector)) expect(what).toContain('may not read entryUUID')
    })
  })

  it('people who may not be read are nobody, and `check` says so', async () => {
    await withRights([members('write'), found.replace('uid,', '')], async ({ connector, server }) => {
      expect((await problemsOf(connector)).map(({ what }) => what)).toEqual([
        `below ${server.people} Daypass sees nobody with the attribute uid`,
      ])
    })
  })

  it('an account that may see nothing does not tell that a group is gone', async () => {
    const server = await startSlapdForDaypass()
    const world = await makeLdapWorld(server, openldap, { tls: false })
    const { dn, login } = await world.newPerson()
    const lease = await lookedAt(world.connector, world.access(login))
    await world.connector.grant(lease)
    const nothing = `cn=nothing,ou=services,${server.base}`
    await server.root.add(nothing, {
      objectClass: ['applicationProcess', 'simpleSecurityObject'],
      cn: 'nothing',
      userPassword: 'x-secret',
    })
    const blind = world.withSettings({ user: nothing, password: 'x-secret' })
    expect((await failure(blind.revoke(lease))).code).not.toBe('unexpected')
    await expect(blind.revoke(lease)).rejects.toMatchObject({ name: 'ConnectorError' })
    expect(await world.isMember(dn)).toBe(true)
    await world.connector.revoke(lease)
    await world.close()
    await server.close()
  })

  it('an account that may see nothing does not tell that an entry is gone', async () => {
    const server = await startSlapdForDaypass()
    const world = await makeLdapAccountsWorld(server, openldap, { dynamicObjects: false })
    const order = world.access()
    await world.connector.grant(order)
    await server.root.add(`cn=nothing,ou=services,${server.base}`, {
      objectClass: ['applicationProcess', 'simpleSecurityObject'],
      cn: 'nothing',
      userPassword: 'x-secret',
    })
    // Nobody may see anything; and then only the folder, as everybody may who has logged in.
    const blind = { user: `cn=nothing,ou=services,${server.base}`, password: 'x-secret' }
    await expect(world.withSettings(blind).revoke(order)).rejects.toMatchObject({ code: 'permission' })
    expect(await server.root.read(world.dnOf(order))).not.toBeNull()
    await world.connector.revoke(order)
    await world.close()
    await server.close()
  })

  it('entries that may not be seen are deleted all the same, or the right is named', async () => {
    const folder = `access to dn.base="ou=leases,dc=example,dc=com" ${by} write`
    for (const right of ['write', 'none']) {
      const entries = `access to dn.children="ou=leases,dc=example,dc=com" attrs=entry ${by} ${right === 'write' ? '=w' : 'none'}`
      const server = await startSlapdForDaypass({
        access: [login, folder, entries, members('write'), found, 'access to * by * none'].join('\n'),
      })
      const world = await makeLdapAccountsWorld(server, openldap, { dynamicObjects: false })
      const order = world.access()
      const dn = world.dnOf(order)
      await server.root.add(dn, {
        objectClass: 'inetOrgPerson',
        uid: /=([^,]+)/.exec(dn)?.[1] ?? '',
        cn: 'x',
        sn: 'x',
      })
      const ended = world.connector.revoke(order)
      if (right === 'write') await ended
      else await expect(ended).rejects.toMatchObject({ code: 'permission' })
      expect((await server.root.read(dn)) === null, right).toBe(right === 'write')
      await world.close()
      await server.close()
    }
  })

  it('the account of Daypass may change nothing else', async () => {
    const server = await startSlapdForDaypass()
    const dn = await openldap.addPerson(server.root, server.people, 'casey')
    const group = await openldap.addGroup(server.root, server.groups, 'vault')
    const daypass = await loginTo(server, server.admin)
    for (const change of [
      () => daypass.set(dn, { mail: 'x@example.com' }),
      () => daypass.set(dn, { userPassword: 'x' }),
      () => daypass.remove(dn),
      () => daypass.remove(group),
      () => daypass.set(group, { description: 'x' }),
      () => daypass.add(`cn=x,${server.groups}`, { objectClass: 'groupOfNames', cn: 'x', member: dn }),
    ])
      await expect(change()).rejects.toMatchObject({ code: 50 })
    await daypass.close()
    await server.close()
  })

  it('a directory without the overlay ends nothing by itself, and `check` says so', async () => {
    const server = await startSlapdForDaypass()
    const world = await makeLdapWorld(server, openldap, { tls: false })
    const accounts = { under: server.leases, dynamicObjects: true }
    expect((await problemsOf(world.withSettings({ accounts })))[0]?.what).toContain('overlay dds')
    expect(await problemsOf(world.withSettings({ accounts: { under: server.leases } }))).toEqual([])
    const noRight = world.withSettings({ accounts: { under: server.people } })
    expect((await problemsOf(noRight))[0]?.what).toBe(`Daypass may not create entries in ${server.people}`)
    expect(await server.root.find(server.leases, '(uid=*)')).toEqual([])
    await world.close()
    await server.close()
  })

  it.each([['memberof', 'refint'], ['memberof']] as const)(
    'with the overlays %s, a lease ends as well',
    async (...overlays) => {
      const server = await startSlapdForDaypass({ overlays })
      const world = await makeLdapWorld(server, openldap, { tls: false })
      const { dn, login } = await world.newPerson()
      const lease = await lookedAt(world.connector, world.access(login))
      await world.connector.grant(lease)
      expect(await server.root.valuesOf(dn, 'memberOf')).toEqual([world.group])
      await server.root.rename(dn, `cn=renamed,${server.people}`)
      await world.connector.revoke(lease)
      expect(await world.rawState()).toEqual([])
      expect(await server.root.valuesOf(`cn=renamed,${server.people}`, 'memberOf')).toEqual([])
      await world.close()
      await server.close()
    },
  )
}

async function forward(host: string, to: number): Promise<Server & { port: number }> {
  const server = createServer((client) => {
    const real = dial(to, '127.0.0.1')
    client.pipe(real).pipe(client)
    for (const socket of [client, real]) socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const address = server.address()
  return Object.assign(server, { port: typeof address === 'object' && address ? address.port : 0 })
}
