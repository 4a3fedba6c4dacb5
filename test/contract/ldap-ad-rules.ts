import { expect, it } from 'vitest'
import type { SambaTarget } from '../../fixtures/targets/samba.ts'
import { failure } from './_contract-tools.ts'
import { sidOf } from './ldap-kinds.ts'
import { lookedAt, problemsOf } from './ldap-rules.ts'
import { freshName, type LdapWorld, loginTo } from './ldap-world.ts'

/** What only Active Directory does. */
export function activeDirectoryRules(world: () => LdapWorld, samba: () => SambaTarget): void {
  it('the directory says 68 to a second addition, and 53 or 16 to a second removal, and neither is an error', async () => {
    const { access, connector, group, newGroup, newPerson, server } = world()
    const { dn, login } = await newPerson()
    await server.root.addTo(group, 'member', dn)
    await expect(server.root.addTo(group, 'member', dn)).rejects.toMatchObject({ code: 68 })
    await connector.grant(access(login))
    await server.root.takeFrom(group, 'member', dn)
    await expect(server.root.takeFrom(group, 'member', dn)).rejects.toMatchObject({ code: 53 })
    await connector.revoke(access(login))
    const { dn: never } = await newPerson()
    await expect(server.root.takeFrom(await newGroup(), 'member', never)).rejects.toMatchObject({ code: 16 })
  })

  it('the last member leaves an empty group, and somebody who does not exist is no member', async () => {
    const { access, connector, newGroup, newPerson, server } = world()
    const [group, { login }] = [await newGroup(), await newPerson()]
    await connector.grant(access(login, { group }))
    await connector.revoke(access(login, { group }))
    expect(await server.root.valuesOf(group, 'member')).toEqual([])
    await expect(server.root.addTo(group, 'member', `CN=ghost,${server.people}`)).rejects.toMatchObject({
      code: 32,
    })
  })

  it('a primary group lists nobody, and still gives access: before the lease and at its end', async () => {
    const { access, connector, newGroup, newPerson, server } = world()
    const [outer, primary] = [await newGroup(), await newGroup()]
    const { dn, login } = await newPerson()
    const lease = await lookedAt(connector, access(login, { group: outer }))
    expect(await connector.standing?.(lease)).toBeNull()
    await connector.grant(lease)
    await server.root.addTo(primary, 'member', dn)
    await server.root.set(dn, { primaryGroupID: await ridOf(primary) })
    expect(await server.root.valuesOf(primary, 'member')).toEqual([])
    await server.root.addTo(outer, 'member', primary)
    const { remains } = await connector.revoke(lease)
    expect(remains).toBe(`${dn} is a member of ${outer} by its primary group ${primary}.`)
    expect(await connector.standing?.(access(login, { group: outer }))).toBe(remains)
    expect(await connector.standing?.(access(login, { group: primary }))).toContain('primary group')
  })

  it('somebody who is renamed and moved stays the member, and is taken out', async () => {
    const { access, connector, isMember, newPerson, server } = world()
    const { dn, login } = await newPerson()
    const lease = await lookedAt(connector, access(login))
    await connector.grant(lease)
    const renamed = `CN=${freshName('renamed')},${server.groups}`
    await server.root.rename(dn, renamed)
    expect([await isMember(renamed), await connector.isHeld?.(lease)]).toEqual([true, true])
    // Somebody else has the former name now, and is in the group by another's hand.
    const heir = await world().kind.addPerson(server.root, server.people, freshName('heir'))
    await server.root.rename(heir, dn)
    await server.root.addTo(world().group, 'member', dn)
    await connector.revoke(lease)
    expect([await isMember(renamed), await isMember(dn)]).toEqual([false, true])
    await server.root.takeFrom(world().group, 'member', dn)
  })

  it('somebody who was deleted has nothing left', async () => {
    const { access, connector, newPerson, server } = world()
    const { dn, login } = await newPerson()
    const lease = await lookedAt(connector, access(login))
    await connector.grant(lease)
    await server.root.remove(dn)
    expect(await connector.isHeld?.(lease)).toBe(false)
    expect(await connector.revoke(lease)).toMatchObject({ facts: { member: false }, proof: 'real' })
  })

  it('a login in another spelling of letters is another login', async () => {
    const { access, connector, newPerson } = world()
    const name = `jos${freshName('')}`.slice(0, 15)
    await newPerson(`${name}é`)
    const error = await failure(connector.grant(access(`${name}e`)))
    expect(error).toMatchObject({ code: 'misconfigured', retryable: false })
    await connector.grant(access(`${name.toUpperCase()}É`))
    await connector.revoke(access(`${name}é`))
  })

  it('a login can be the name with the domain', async () => {
    const { access, isMember, newPerson, withSettings } = world()
    const { dn, login } = await newPerson()
    const connector = withSettings({ login: 'userPrincipalName' })
    await connector.grant(access(`${login}@example.com`))
    expect(await isMember(dn)).toBe(true)
    await connector.revoke(access(`${login}@example.com`))
  })

  it('somebody who is disabled, and a computer, get nothing', async () => {
    const { access, connector, newPerson, server } = world()
    const { dn, login } = await newPerson()
    await server.root.set(dn, { userAccountControl: '514' })
    expect(await failure(connector.grant(access(login)))).toMatchObject({
      code: 'conflict',
      retryable: false,
    })
    const machine = freshName('pc')
    await server.root.add(`CN=${machine},${server.people}`, {
      objectClass: 'computer',
      sAMAccountName: `${machine}$`,
    })
    expect(await failure(connector.grant(access(`${machine}$`)))).toMatchObject({ code: 'misconfigured' })
  })

  it('a group outside the folder of Daypass is refused, and `check` names the right', async () => {
    const { access, newPerson, server, withSettings } = world()
    const group = `CN=${freshName('admins')},CN=Users,${server.base}`
    await server.root.add(group, { objectClass: 'group', sAMAccountName: freshName('admins') })
    const { login } = await newPerson()
    const connector = withSettings({}, { group })
    const error = await failure(connector.grant(access(login, { group })))
    expect(error).toMatchObject({ code: 'permission', retryable: false })
    expect(await problemsOf(connector)).toEqual([
      {
        what: `Daypass may not change member of ${group}`,
        remedy: expect.stringContaining(server.admin.user),
      },
    ])
  })

  it('the account of Daypass may change nothing else', async () => {
    const { newPerson, server } = world()
    const { dn } = await newPerson()
    const daypass = await loginTo(server, server.admin)
    for (const change of [
      () => daypass.set(dn, { description: 'x' }),
      () => daypass.remove(dn),
      () => daypass.set(world().group, { description: 'x' }),
      () => daypass.remove(world().group),
      () => daypass.addTo(`CN=Domain Admins,CN=Users,${server.base}`, 'member', dn),
      () => daypass.add(`CN=x,${server.leases}`, { objectClass: 'group', sAMAccountName: 'x' }),
    ])
      await expect(change()).rejects.toMatchObject({ code: 50 })
    await daypass.close()
  })

  it('an account of Daypass that is disabled, or has another password, is told as that', async () => {
    const { server, withSettings } = world()
    const dn = `CN=daypass,OU=Services,${server.base}`
    await server.root.set(dn, { userAccountControl: '514' })
    expect((await problemsOf(withSettings({})))[0]?.what).toContain('disabled')
    await server.root.set(dn, { userAccountControl: '512' })
    const [problem] = await problemsOf(withSettings({ password: 'Aa1.wrong' }))
    expect(problem?.what).toContain('refuses `user` or its password')
    expect(await problemsOf(withSettings({}))).toEqual([])
  })

  it('without encryption it takes no password, and the directory must be named as what it is', async () => {
    const { server, withSettings } = world()
    const [plain] = await problemsOf(withSettings({ url: `ldap://${server.host}`, caFile: undefined }))
    expect(plain?.what).toContain('`startTls: true`')
    expect(await problemsOf(withSettings({ directory: 'openldap', login: 'uid' }))).toEqual([
      { what: 'the directory is not openldap', remedy: 'Write `directory: active-directory`.' },
    ])
  })

  it('a group that Daypass may no longer see is not told as gone, as long as somebody shows it', async () => {
    const { access, connector, kind, newPerson, server } = world()
    const folder = await newFolder(
      '(OA;CIIO;RPWP;bf9679c0-0de6-11d0-a285-00aa003049e2;bf967a9c-0de6-11d0-a285-00aa003049e2;SID)',
    )
    const group = await kind.addGroup(server.root, folder, freshName('hidden'))
    const { dn, login } = await newPerson()
    const lease = await lookedAt(connector, access(login, { group }))
    await connector.grant(lease)
    await allow(folder, '(D;CI;LC;;;SID)')
    expect(await failure(connector.revoke(lease))).toMatchObject({ code: 'still_present', retryable: true })
    await server.root.takeFrom(group, 'member', dn)
    expect(await connector.revoke(lease)).toMatchObject({
      proof: 'contract',
      remains: expect.stringContaining(group),
    })
  })

  it('an entry that Daypass may not see is deleted, or the end fails', async () => {
    const { server, withSettings } = world()
    const user = 'bf967aba-0de6-11d0-a285-00aa003049e2'
    const folder = await newFolder(`(OA;CI;CCDC;${user};;SID)(OA;CIIO;GA;;${user};SID)`)
    const connector = withSettings({ accounts: { under: folder } }, {})
    const order = world().access('', {})
    const { identity: _, ...holder } = order.holder
    const lease = { ...order, holder }
    const { facts } = await connector.grant(lease)
    await allow(folder, '(D;CI;LC;;;SID)')
    const ended = await connector.revoke(lease).then(
      () => true,
      () => false,
    )
    expect((await server.root.read(String(facts.dn))) === null).toBe(ended)
    await server.root.remove(String(facts.dn)).catch(() => {})
  })

  it('`check` finds that entries of leases can be made but get no password, and leaves none where they can', async () => {
    const { server, withSettings } = world()
    const user = 'bf967aba-0de6-11d0-a285-00aa003049e2'
    const entries = (folder: string) => server.root.find(folder, '(objectClass=user)')
    const whole = await newFolder(`(OA;CI;CCDC;${user};;SID)(OA;CIIO;GA;;${user};SID)`)
    expect(await problemsOf(withSettings({ accounts: { under: whole } }))).toEqual([])
    expect(await entries(whole)).toEqual([])
    const folder = await newFolder(`(OA;CI;CCDC;${user};;SID)(OA;CIIO;RPWPLCRC;;${user};SID)`)
    expect(await problemsOf(withSettings({ accounts: { under: folder } }))).toEqual([
      {
        what: `Daypass may not set passwords of entries in ${folder}`,
        remedy: expect.stringContaining(server.admin.user),
      },
    ])
    expect(await entries(folder)).toEqual([])
  })

  async function newFolder(rights: string): Promise<string> {
    const { server } = world()
    const ou = freshName('folder')
    const folder = `OU=${ou},${server.base}`
    await server.root.add(folder, { objectClass: 'organizationalUnit', ou })
    await allow(folder, rights)
    return folder
  }

  async function allow(folder: string, rights: string): Promise<void> {
    const sddl = rights.replaceAll('SID)', `${await sidOf(samba())})`)
    await samba().tool('dsacl', 'set', `--objectdn=${folder}`, `--sddl=${sddl}`)
  }

  async function ridOf(group: string): Promise<string> {
    const name = /^CN=([^,]+)/i.exec(group)?.[1] ?? ''
    const shown = await samba().tool('group', 'show', name, '--attributes=objectSid')
    return /-(\d+)$/m.exec(/^objectSid: (\S+)$/m.exec(shown)?.[1] ?? '')?.[1] ?? ''
  }
}
