import { expect, it } from 'vitest'
import type { AccessOrder, Connector } from '../../src/domain/connector.ts'
import { failure } from './_contract-tools.ts'
import { leaseOf } from './connector-logins.ts'
import { freshName, type LdapWorld, placeholder } from './ldap-world.ts'

/** The lease as Daypass carries it after `lookBefore`. */
export async function lookedAt(connector: Connector, order: AccessOrder): Promise<AccessOrder> {
  const before = await connector.lookBefore?.(order)
  return { ...order, ...(before && { before }) }
}

export const problemsOf = async (connector: Connector) => {
  const diagnosis = await connector.check()
  return diagnosis.ok ? [] : diagnosis.problems
}

/** Whose login it is. */
export function ldapLoginRules(world: () => LdapWorld): void {
  it.each(['*', 'casey*', 'x)(uid=*', '\\2a', '*)(objectClass=*', 'a\\', '(|', 'ключ😀', ' casey '])(
    'the login %j is that person’s, and nobody else’s',
    async (login) => {
      const { access, connector, group, newPerson, server } = world()
      const before = await server.root.valuesOf(group, 'member')
      expect(await failure(connector.grant(access(login)))).toMatchObject({ retryable: false })
      expect(await server.root.valuesOf(group, 'member')).toEqual(before)
      // Blanks at the ends are none to a directory.
      if (login !== login.trim()) return
      const { dn } = await newPerson(login)
      await connector.grant(access(login))
      expect((await server.root.valuesOf(group, 'member')).slice(before.length)).toEqual([dn])
      await connector.revoke(access(login))
      await server.root.remove(dn)
      expect(await server.root.valuesOf(group, 'member')).toEqual(before)
    },
  )

  it('a login of two people is refused, with both of them', async () => {
    const { access, group, newPerson, server, withSettings } = world()
    const [one, other] = [await newPerson(), await newPerson()]
    for (const { dn } of [one, other]) await server.root.set(dn, { mail: 'lee@example.com' })
    const connector = withSettings({ login: 'mail' })
    const error = await failure(connector.grant(access('lee@example.com')))
    expect(error).toMatchObject({ code: 'conflict', retryable: false })
    for (const part of [one.dn, other.dn, 'login: dn']) expect(error.message).toContain(part)
    await server.root.set(other.dn, { mail: 'other@example.com' })
    await connector.grant(access('LEE@example.com'))
    expect(await server.root.valuesOf(group, 'member')).toContain(one.dn)
    await connector.revoke(access('lee@example.com'))
  })

  it('a DN as login is that of a person below the folder of people', async () => {
    const { access, group, isMember, newPerson, server, withSettings } = world()
    const { dn } = await newPerson()
    const connector = withSettings({ login: 'dn' })
    const spelled = dn.toUpperCase().replace(/,OU=/, ' , OU=')
    await connector.grant(access(spelled))
    expect(await isMember(dn)).toBe(true)
    await connector.revoke(access(spelled))
    expect(await isMember(dn)).toBe(false)
    for (const wrong of [group, server.people, server.admin.user, server.base, 'nonsense', '']) {
      const order = access(wrong)
      expect(await failure(connector.grant(order)), wrong).toMatchObject({ retryable: false })
    }
  })

  it('a name that passes to another person during the lease does not pass the end of the lease', async () => {
    const { access, connector, isMember, kind, newPerson, server, withSettings } = world()
    const first = await newPerson()
    const lease = await lookedAt(connector, access(first.login))
    await connector.grant(lease)
    const attribute = kind.name === 'openldap' ? 'uid' : 'sAMAccountName'
    await server.root.set(first.dn, { [attribute]: freshName('now') })
    const second = await kind.addPerson(server.root, server.groups, first.login)
    const elsewhere = withSettings({ people: server.base })
    const next = await lookedAt(elsewhere, access(first.login))
    await elsewhere.grant(next)
    expect(await elsewhere.isHeld?.(lease)).toBe(true)
    await elsewhere.revoke({
      ...lease,
      alsoHeld: [{ ...leaseOf(next), ...(next.before && { before: next.before }) }],
    })
    expect([await isMember(first.dn), await isMember(second)]).toEqual([false, true])
    await elsewhere.revoke(next)
    expect(await isMember(second)).toBe(false)
    await server.root.remove(second)
  })

  it('without a record of before, somebody who was renamed is not told as gone', async () => {
    const { access, connector, isMember, kind, newPerson, server } = world()
    const { dn, login } = await newPerson()
    await connector.grant(access(login))
    const attribute = kind.name === 'openldap' ? 'uid' : 'sAMAccountName'
    await server.root.set(dn, { [attribute]: `${login}-2` })
    const error = await failure(connector.revoke(access(login)))
    expect(error).toMatchObject({ code: 'still_present', retryable: true })
    await server.root.set(dn, { [attribute]: login })
    await connector.revoke(access(login))
    expect(await isMember(dn)).toBe(false)
  })
}

/** Groups, and ways into them. */
export function ldapGroupRules(world: () => LdapWorld): void {
  it('a group that is renamed and moved during the lease is still the group of the lease', async () => {
    const { access, connector, newGroup, newPerson, server } = world()
    const [group, { dn, login }] = [await newGroup(), await newPerson()]
    const lease = await lookedAt(connector, access(login, { group }))
    const { facts } = await connector.grant(lease)
    const renamed = `cn=${freshName('renamed')},${server.groups}`
    await server.root.rename(group, renamed)
    expect(await connector.isHeld?.(lease)).toBe(true)
    // A new group has the former name.
    const { before: _, ...crashed } = lease
    const evidence = await connector.revoke({ ...crashed, given: facts })
    expect(evidence).toMatchObject({ proof: 'real', facts: { member: false } })
    expect(await server.root.valuesOf(renamed, 'member')).not.toContain(dn)
  })

  it('a group that is gone at the end gives nothing, and that is told as less than a proof', async () => {
    const { access, connector, newGroup, newPerson, server } = world()
    const [group, { login }] = [await newGroup(), await newPerson()]
    const lease = await lookedAt(connector, access(login, { group }))
    await connector.grant(lease)
    await server.root.remove(group)
    expect(await connector.revoke(lease)).toMatchObject({
      proof: 'contract',
      summary: expect.stringContaining('does not exist any more'),
      remains: expect.stringContaining(group),
    })
    const error = await failure(connector.grant(access(login, { group })))
    expect(error).toMatchObject({ code: 'misconfigured', retryable: false })
  })

  it('two leases that spell one group in two ways are of one group', async () => {
    const { access, connector, group, isMember, newPerson } = world()
    const { dn, login } = await newPerson()
    const [one, other] = [access(login), access(login, { group: group.toUpperCase().replace(',', ' , ') })]
    await connector.grant(one)
    await connector.grant({ ...other, alsoHeld: [leaseOf(one)] })
    const evidence = await connector.revoke({ ...other, alsoHeld: [leaseOf(one)] })
    expect(evidence.facts).toMatchObject({ member: true, keptBy: [one.grantId] })
    expect(await isMember(dn)).toBe(true)
    await connector.revoke(one)
    expect(await isMember(dn)).toBe(false)
  })

  it('who is in the group by way of another one gets no lease, unless a lease gives that one', async () => {
    const { access, connector, newGroup, newPerson, server } = world()
    const [outer, middle, inner] = [await newGroup(), await newGroup(), await newGroup()]
    const { dn, login } = await newPerson()
    await server.root.addTo(outer, 'member', middle)
    await server.root.addTo(middle, 'member', inner)
    const order = access(login, { group: outer })
    expect(await connector.standing?.(order)).toBeNull()
    await server.root.addTo(inner, 'member', dn)
    const standing = await connector.standing?.(order)
    expect(standing).toContain(`by way of ${inner}`)
    const given = leaseOf(access(login, { group: inner }))
    expect(await connector.standing?.({ ...order, alsoHeld: [given] })).toBeNull()
    // Circles have no end.
    await server.root.addTo(inner, 'member', outer)
    expect(await connector.standing?.(order)).toBe(standing)
  })

  it('a way into the group that appears during the lease is told at its end', async () => {
    const { access, connector, newGroup, newPerson, server } = world()
    const [outer, inner] = [await newGroup(), await newGroup()]
    const { dn, login } = await newPerson()
    const lease = await lookedAt(connector, access(login, { group: outer }))
    await connector.grant(lease)
    await server.root.addTo(outer, 'member', inner)
    await server.root.addTo(inner, 'member', dn)
    const evidence = await connector.revoke(lease)
    expect(evidence.remains).toBe(`${dn} is a member of ${outer} by way of ${inner}.`)
    expect(await server.root.valuesOf(outer, 'member')).not.toContain(dn)
    await server.root.takeFrom(outer, 'member', inner)
    expect((await connector.revoke(lease)).remains).toBeUndefined()
  })

  it('somebody who is brought in again after each removal is not told as out', async () => {
    const { access, connector, group, newPerson, proxy, server } = world()
    const { dn, login } = await newPerson()
    await connector.grant(access(login))
    proxy.before(() => server.root.addTo(group, 'member', dn).catch(() => {}))
    const error = await failure(connector.revoke(access(login)))
    proxy.before(null)
    expect(error).toMatchObject({ code: 'still_present', retryable: true })
    await connector.revoke(access(login))
    expect(await server.root.valuesOf(group, 'member')).not.toContain(dn)
  })

  it('the end says what goes on, and until when where the catalog says it', async () => {
    const { access, connector, newPerson, withSettings } = world()
    const { login } = await newPerson()
    await connector.grant(access(login))
    const { residualUntil } = await connector.revoke(access(login))
    expect(residualUntil).toMatchObject({ at: null, what: expect.stringMatching(/onnections/) })
    const limited = await withSettings({ sessionsLast: '10h' }).revoke(access(login))
    expect(limited.residualUntil?.at?.getTime()).toBeGreaterThan(Date.now() + 9 * 3_600_000)
  })
}

/** What only OpenLDAP does. */
export function openldapRules(world: () => LdapWorld): void {
  const groupOf = async (objectClass: string, values: Record<string, string>) => {
    const { server } = world()
    const dn = `cn=${freshName('g')},${server.groups}`
    await server.root.add(dn, { objectClass, cn: /cn=([^,]+)/.exec(dn)?.[1] ?? '', ...values })
    return dn
  }

  it('the directory says 20 to a second addition and 16 to a second removal, and neither is an error', async () => {
    const { access, connector, group, newPerson, server } = world()
    const { dn, login } = await newPerson()
    await server.root.addTo(group, 'member', dn)
    await expect(server.root.addTo(group, 'member', dn)).rejects.toMatchObject({ code: 20 })
    await connector.grant(access(login))
    await server.root.takeFrom(group, 'member', dn)
    await expect(server.root.takeFrom(group, 'member', dn)).rejects.toMatchObject({ code: 16 })
    await connector.revoke(access(login))
  })

  it.each([
    ['groupOfNames', 'member'],
    ['groupOfUniqueNames', 'uniqueMember'],
  ])(
    'the last member of a %s leaves a placeholder behind, or stays with a reason',
    async (objectClass, attribute) => {
      const { access, connector, newPerson, server, withSettings } = world()
      const { dn, login } = await newPerson()
      const group = await groupOf(objectClass, { [attribute]: dn })
      const content = { group, attribute }
      await expect(server.root.takeFrom(group, attribute, dn)).rejects.toMatchObject({ code: 65 })
      const without = withSettings({ placeholder: undefined }, content)
      const error = await failure(without.revoke(access(login, content)))
      expect(error).toMatchObject({ code: 'still_present', retryable: true })
      expect(error.message).toContain('`placeholder`')
      expect(await problemsOf(without)).toEqual([
        {
          what: expect.stringContaining('may not be empty'),
          remedy: expect.stringContaining('`placeholder`'),
        },
      ])
      await connector.revoke(access(login, content))
      expect(await server.root.valuesOf(group, attribute)).toEqual([placeholder(server.base)])
    },
  )

  it('a posixGroup lists members by uid, and somebody without one is refused', async () => {
    const { access, newPerson, server, withSettings } = world()
    const { dn, login } = await newPerson()
    const group = await groupOf('posixGroup', { gidNumber: '1000' })
    const content = { group, attribute: 'memberUid' }
    const connector = withSettings({ login: 'dn' }, content)
    expect(await problemsOf(connector)).toEqual([])
    const lease = await lookedAt(connector, access(dn, content))
    await connector.grant(lease)
    expect(await server.root.valuesOf(group, 'memberUid')).toEqual([login])
    await server.root.set(dn, { uid: `${login}-2` })
    // The group goes on to list the former uid.
    await connector.revoke(lease)
    expect(await server.root.valuesOf(group, 'memberUid')).toEqual([])
    await server.root.set(dn, { uid: [] })
    await expect(connector.grant(access(dn, content))).rejects.toMatchObject({
      message: expect.stringContaining('no uid'),
    })
  })

  it('`check` says how a group lists its members', async () => {
    const { withSettings } = world()
    const unique = await groupOf('groupOfUniqueNames', { uniqueMember: 'cn=x' })
    const unix = await groupOf('posixGroup', { gidNumber: '1001' })
    expect((await problemsOf(withSettings({}, { group: unique })))[0]?.remedy).toBe(
      'Write `attribute: uniqueMember`.',
    )
    const wrong = withSettings({}, { group: unix, attribute: 'uniqueMember' })
    expect((await problemsOf(wrong))[0]?.remedy).toBe('Write `attribute: memberUid`.')
  })

  it('the name of a deleted member is taken out, so that the next person of that name has nothing', async () => {
    const { access, connector, group, kind, newPerson, server } = world()
    const { dn, login } = await newPerson()
    const lease = await lookedAt(connector, access(login))
    await connector.grant(lease)
    await server.root.remove(dn)
    // Without refint the group goes on to list the name, and the next entry of that name is a member.
    const heir = await kind.addPerson(server.root, server.people, login)
    expect(heir).toBe(dn)
    expect(await server.root.valuesOf(group, 'member')).toContain(heir)
    await connector.revoke(lease)
    expect(await server.root.valuesOf(group, 'member')).not.toContain(heir)
  })

  it('somebody renamed, whose former name the group goes on to list, is out at the end', async () => {
    const { access, connector, group, newPerson, server } = world()
    const { dn, login } = await newPerson()
    const lease = await lookedAt(connector, access(login))
    const { facts } = await connector.grant(lease)
    const renamed = `cn=${freshName('renamed')},${server.people}`
    await server.root.rename(dn, renamed)
    // By the facts of the evidence alone, as after a look before that is not on record.
    await connector.revoke({ ...access(login), given: facts })
    const members = await server.root.valuesOf(group, 'member')
    expect([members.includes(dn), members.includes(renamed)]).toEqual([false, false])
  })

  it('a group of many thousand members is not read as a whole', async () => {
    const { access, connector, newGroup, newPerson, proxy, server } = world()
    const group = await newGroup()
    const crowd = Array.from({ length: 5_000 }, (_, at) => `cn=crowd-${at},${server.people}`)
    await server.root.addTo(group, 'member', ...crowd)
    const { dn, login } = await newPerson()
    const order = access(login, { group })
    const asked: string[] = []
    proxy.watch((text) => asked.push(text))
    await connector.grant(order)
    expect(await server.root.valuesOf(group, 'member')).toContain(dn)
    await connector.revoke(order)
    proxy.watch(null)
    expect(asked.join('').length).toBeLessThan(20_000)
    expect((await server.root.valuesOf(group, 'member')).length).toBe(5_001)
  })
}
