import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import type { AccessOrder } from '../../src/domain/connector.ts'
import { failure } from './_contract-tools.ts'
import type { LdapAccountsWorld } from './ldap-accounts-world.ts'
import { problemsOf } from './ldap-rules.ts'
import { freshName, loginTo } from './ldap-world.ts'

/** Entries of leases, in any directory. */
export function ldapEntryRules(world: () => LdapAccountsWorld): void {
  const isOpenldap = () => world().server.base.startsWith('dc=')
  /** The order as Daypass carries it after the grant. */
  const granted = async (order: AccessOrder): Promise<AccessOrder> => {
    const { facts } = await world().connector.grant(order)
    return { ...order, given: facts }
  }

  it('the directory ends the entry by itself at the end of the lease, and the revocation clears up', async () => {
    const { access, accepts, connector, dnOf, isMember, issued, server } = world()
    const order = await granted(access({ until: new Date(Date.now() + 3_000) }))
    const credentials = await issued(order)
    expect(await accepts(credentials)).toBe(true)
    await vi.waitFor(async () => expect(await accepts(credentials)).toBe(false), {
      timeout: 15_000,
      interval: 250,
    })
    expect(Date.now()).toBeGreaterThan(order.until.getTime() - 1_000)
    if (isOpenldap()) {
      expect(await server.root.read(dnOf(order))).toBeNull()
      // The group goes on to list the name of nobody.
      expect(await isMember(dnOf(order))).toBe(true)
    }
    await connector.revoke(order)
    expect(await isMember(dnOf(order))).toBe(false)
    expect(await server.root.read(dnOf(order))).toBeNull()
  })

  it('a new end of the lease is a new end at the directory', async () => {
    const { access, accepts, connector, issued } = world()
    const order = access({ until: new Date(Date.now() + 2_500) })
    await connector.grant(order)
    const later = { ...order, until: new Date(Date.now() + 3_600_000) }
    const credentials = await issued(order)
    await connector.grant(later)
    await pause(3_500)
    expect(await accepts(credentials)).toBe(true)
    await connector.revoke(later)
  })

  it('is removed also where the catalog no longer has `accounts`, and nothing of the grant was stored', async () => {
    const { access, connector, dnOf, server, withSettings } = world()
    const order = access()
    await connector.grant(order)
    const changed = withSettings({ accounts: undefined })
    expect(await changed.revoke(order)).toMatchObject({ proof: 'real', facts: { exists: false } })
    expect(await server.root.read(dnOf(order))).toBeNull()
    expect(await changed.revoke(access())).toMatchObject({ facts: { login: null } })
  })

  it('an entry that was renamed is found by its id', async () => {
    const { access, accepts, connector, dnOf, issued, server } = world()
    const order = await granted(access())
    const credentials = await issued(order)
    const name = freshName('mine')
    const renamed = `${isOpenldap() ? 'uid' : 'CN'}=${name},${server.leases}`
    await server.root.rename(dnOf(order), renamed)
    const evidence = await connector.revoke(order)
    expect(evidence).toMatchObject({ proof: 'real', facts: { exists: false } })
    expect(await server.root.read(renamed)).toBeNull()
    expect(await accepts(credentials)).toBe(false)
  })

  it('an entry in the place of a deleted one is taken for the lease’s, and deleted', async () => {
    const { access, connector, dnOf, server } = world()
    const order = await granted(access())
    await server.root.remove(dnOf(order))
    const again = { ...order, grantId: order.grantId }
    await connector.grant(again)
    await connector.revoke(order)
    expect(await server.root.read(dnOf(order))).toBeNull()
  })

  it('a connection that was open goes on, and the end says so', async () => {
    const { access, connector, use } = world()
    const order = await granted(access())
    const session = await use(order)
    const evidence = await connector.revoke(order)
    expect(evidence.residualUntil).toMatchObject({ at: null, what: expect.stringContaining('opened before') })
    await session.close()
    const never = await connector.revoke(access())
    expect(never.residualUntil).toBeUndefined()
  })

  it('leases whose content is no longer understood end too', async () => {
    const { access, connector, dnOf, server } = world()
    const order = await granted(access())
    const { content: _, ...rest } = order
    await connector.revoke({ ...rest, content: null })
    expect(await server.root.read(dnOf(order))).toBeNull()
    expect(await world().rawState()).toEqual([])
  })

  it('a lease without a group is an entry alone', async () => {
    const { access, connector, dnOf, isMember, server } = world()
    const order = access({ content: {} })
    await connector.grant(order)
    expect(await server.root.read(dnOf(order))).not.toBeNull()
    expect(await isMember(dnOf(order))).toBe(false)
    await connector.revoke(order)
  })

  it('a group or a folder that is not there is named', async () => {
    const { access, server, withSettings } = world()
    const content = { group: `cn=none,${server.groups}` }
    const noGroup = withSettings({}, { content })
    expect(await failure(noGroup.grant(access({ content })))).toMatchObject({
      code: 'misconfigured',
      retryable: false,
    })
    expect((await problemsOf(noGroup))[0]?.what).toContain('there is no group')
    const noFolder = withSettings({}, { accounts: { under: `ou=none,${server.base}` } })
    const error = await failure(noFolder.grant(access()))
    expect(error).toMatchObject({ retryable: false, message: expect.stringContaining('ou=none') })
    expect((await problemsOf(noFolder))[0]?.remedy).toContain('`accounts.under`')
    // What is below a folder that does not show cannot be told.
    await expect(noFolder.revoke(access())).rejects.toMatchObject({ code: 'permission', retryable: true })
  })

  it('what people are told is shown as it is, and the password is nowhere else', async () => {
    const { access, connector, dnOf, issued, server, withSettings } = world()
    const order = await granted(access())
    const { fields, commands } = await issued(order)
    const password = fields.find(({ label }) => label === 'Password')?.value ?? ''
    expect(password.length).toBeGreaterThan(30)
    expect(JSON.stringify([commands, order.given])).not.toContain(password)
    const shown = withSettings({}, { accounts: { publicUrl: 'ldaps://ldap.example.com' } })
    expect((await shown.issueCredentials?.(order))?.fields[0]?.value).toBe('ldaps://ldap.example.com')
    const entry = await server.root.read(dnOf(order), ['displayName', 'description'])
    expect(entry).toMatchObject({ displayName: 'Casey Lee', description: 'Daypass AR-1042' })
    await connector.revoke(order)
  })
}

/** What only OpenLDAP does. */
export function openldapEntryRules(world: () => LdapAccountsWorld): void {
  it('a group that lists the entry, and that Daypass may not change, is told as one that remains', async () => {
    const { access, connector, dnOf, server } = world()
    const order = access()
    await connector.grant(order)
    const other = `cn=${freshName('other')},ou=services,${server.base}`
    await server.root.add(other, { objectClass: 'groupOfNames', cn: 'x', member: ['cn=nobody', dnOf(order)] })
    const evidence = await connector.revoke(order)
    expect(evidence.remains ?? '').toContain(other)
    await server.root.remove(other)
  })

  it('groups that somebody put the entry into list it no longer', async () => {
    const { access, connector, dnOf, isMember, server } = world()
    const order = access()
    await connector.grant(order)
    const other = `cn=${freshName('other')},${server.groups}`
    await server.root.add(other, { objectClass: 'groupOfNames', cn: 'x', member: ['cn=nobody', dnOf(order)] })
    const { remains } = await connector.revoke(order)
    expect([remains, await isMember(dnOf(order), other)]).toEqual([undefined, false])
  })

  it('the holder can neither keep the entry by one below it, nor by a new name', async () => {
    const { access, accepts, connector, dnOf, issued, login, server } = world()
    const order = access()
    const { facts } = await connector.grant(order)
    const credentials = await issued(order)
    const client = await login(credentials)
    const renamed = `uid=${freshName('mine')},${server.leases}`
    await client.rename(dnOf(order), renamed)
    await client.close()
    const mine = {
      user: renamed,
      password: credentials.fields.find(({ label }) => label === 'Password')?.value ?? '',
    }
    const again = await loginTo(server, mine)
    await again.add(`uid=below,${renamed}`, {
      objectClass: ['inetOrgPerson', 'dynamicObject'],
      uid: 'below',
      cn: 'below',
      sn: 'below',
    })
    await again.close()
    await connector.revoke({ ...order, given: facts })
    expect(await server.root.find(server.leases, '(uid=*)')).toEqual([])
    expect(await accepts(credentials)).toBe(false)
    await expect(loginTo(server, mine)).rejects.toMatchObject({ code: 49 })
  })
}
