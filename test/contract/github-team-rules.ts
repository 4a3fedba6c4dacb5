import { expect, it } from 'vitest'
import type { AccessOrder } from '../../src/domain/connector.ts'
import { leaseOf } from './connector-logins.ts'
import { type GitHubWorld, inTeam } from './github-world.ts'

const maintaining = { team: 'platform', role: 'maintainer' }

/** Rules of teams, and of the organisation around them. */
export function teamRules(world: () => GitHubWorld): void {
  const state = () => world().target.state
  const memberOf = (order: AccessOrder) => world().platform.members.get(world().holder(order).person.id)
  const isInOrg = (order: AccessOrder) => state().org.members.has(world().holder(order).person.id)
  const also = (order: AccessOrder, ...others: AccessOrder[]) => ({
    ...order,
    alsoHeld: others.map((other) => ({ ...leaseOf(other), ...(other.before && { before: other.before }) })),
  })
  const inviting = () => world().withSettings({ invite: true })

  it('who is no member of the organisation gets no team, unless the catalog lets leases invite', async () => {
    const { access, connector, newPerson } = world()
    const order = access(inTeam, newPerson('outside'))
    await expect(connector.grant(order)).rejects.toMatchObject({
      code: 'conflict',
      retryable: false,
      message: expect.stringContaining('invite: true'),
    })
    expect(state().org.invitations).toEqual([])
  })

  it('an invitation waits for the person; the end takes the membership of the organisation away too', async () => {
    const { access, holder, looked, newPerson } = world()
    const connector = inviting()
    const order = await looked(access(inTeam, newPerson('outside')), connector)
    const waiting = {
      code: 'awaiting_person',
      retryable: true,
      message: expect.stringContaining('/orgs/acme/invitation'),
    }
    await expect(connector.grant(order)).rejects.toMatchObject(waiting)
    await expect(connector.grant(order)).rejects.toMatchObject(waiting)
    expect(state().org.invitations).toHaveLength(1)
    expect(await holder(order).acceptOrganizationInvitation()).toBe(true)
    await connector.grant(order)
    expect([memberOf(order), isInOrg(order)]).toEqual(['member', true])
    const { summary } = await connector.revoke(order)
    expect(summary).toContain('is no member of acme any more')
    expect([memberOf(order), isInOrg(order)]).toEqual([undefined, false])
  })

  it('an invitation that nobody accepted is cancelled at the end', async () => {
    const { access, holder, looked, newPerson } = world()
    const connector = inviting()
    const order = await looked(access(inTeam, newPerson('outside')), connector)
    await expect(connector.grant(order)).rejects.toMatchObject({ code: 'awaiting_person' })
    await connector.revoke(order)
    expect(state().org.invitations).toEqual([])
    expect(await holder(order).acceptOrganizationInvitation()).toBe(false)
  })

  it('an invitation that is gone is not sent again every minute', async () => {
    const { access, looked, newPerson, target } = world()
    const connector = inviting()
    const order = await looked(access(inTeam, newPerson('outside')), connector)
    await expect(connector.grant(order)).rejects.toMatchObject({ code: 'awaiting_person' })
    state().org.invitations.splice(0)
    const before = target.calls.length
    await expect(connector.grant(order)).rejects.toMatchObject({
      code: 'conflict',
      retryable: false,
      message: expect.stringContaining('declined'),
    })
    expect(target.calls.slice(before).filter((call) => call.startsWith('PUT'))).toEqual([])
    await connector.revoke(order)
  })

  it.each(['the first', 'the last'])(
    'of two leases that brought a person into the organisation, where %s ends first, the other takes the membership away',
    async (which) => {
      const { access, holder, looked, newPerson } = world()
      const connector = inviting()
      const person = newPerson('outside')
      const first = await looked(access(inTeam, person), connector)
      await expect(connector.grant(first)).rejects.toMatchObject({ code: 'awaiting_person' })
      await holder(first).acceptOrganizationInvitation()
      await connector.grant(first)
      const second = await looked(
        also(access({ repository: 'orders', role: 'push' }, person), first),
        connector,
      )
      await connector.grant(second)
      const [ends, stays] = which === 'the first' ? [first, second] : [second, first]
      await connector.revoke(also(ends, stays))
      expect(isInOrg(first)).toBe(true)
      await connector.revoke({ ...stays, alsoHeld: [] })
      expect([isInOrg(first), await holder(first).mayRead('orders')]).toEqual([false, false])
    },
  )

  it('an invitation of somebody else is not cancelled, and a member stays one', async () => {
    const { access, connector, looked, newPerson, target } = world()
    const person = newPerson('outside')
    state().org.invitations.push({ id: 1, person: person.id, teams: new Map() })
    const order = await looked(access(inTeam, person))
    await expect(connector.grant(order)).rejects.toMatchObject({ code: 'awaiting_person' })
    const { remains } = await connector.revoke(order)
    expect(remains).toContain('invitation to acme that was there before')
    expect(state().org.invitations.map(({ teams }) => teams.size)).toEqual([0])
    state().org.invitations.splice(0)
    expect(target.violations).toEqual([])
  })

  it('an owner of the organisation has it all already; one who became an owner is told', async () => {
    const { access, connector, looked, olga } = world()
    expect(await connector.standing?.(access(inTeam, olga))).toBe('olga is an owner of acme.')
    const order = await looked(access(inTeam))
    await connector.grant(order)
    state().org.members.set(world().holder(order).person.id, 'admin')
    const { remains } = await connector.revoke(order)
    expect(remains).toContain('is an owner of acme, and can do everything there')
    expect(memberOf(order)).toBeUndefined()
  })

  it('a member whom a lease makes a maintainer is a member again at the end', async () => {
    const { access, connector, looked, platform } = world()
    const plain = access(maintaining)
    platform.members.set(world().holder(plain).person.id, 'member')
    expect(await connector.standing?.(plain)).toBeNull()
    expect(await connector.standing?.({ ...plain, content: access(inTeam).content })).toMatch(/is a member/)
    const order = await looked(plain)
    await connector.grant(order)
    expect([memberOf(order), await connector.isHeld?.(order)]).toEqual(['maintainer', true])
    const { remains } = await connector.revoke(order)
    expect(memberOf(order)).toBe('member')
    expect(remains).toContain('stays member of platform, as before the lease')
    platform.members.delete(world().holder(order).person.id)
  })

  it('a role of before that somebody took away meanwhile is not given again', async () => {
    const { access, connector, looked, platform } = world()
    const plain = access(maintaining)
    platform.members.set(world().holder(plain).person.id, 'member')
    const order = await looked(plain)
    await connector.grant(order)
    platform.members.delete(world().holder(order).person.id)
    expect((await connector.revoke(order)).facts).toMatchObject({ member: false })
    expect(memberOf(order)).toBeUndefined()
  })

  it('of a maintainer’s and a member’s lease, the role that is left is the one that is given', async () => {
    const { access, connector } = world()
    const one = access(maintaining)
    const other = { ...access(inTeam), holder: one.holder }
    await connector.grant(one)
    await connector.grant(also(other, one))
    expect(memberOf(one)).toBe('maintainer')
    await connector.revoke(also(one, other))
    expect(memberOf(one)).toBe('member')
    await connector.revoke(other)
    expect(memberOf(one)).toBeUndefined()
  })

  it('a member of a child team counts as a member: no lease, and told at the end', async () => {
    const { access, connector, looked, platform, target } = world()
    const [child, below] = [target.addTeam('platform-night', platform), null]
    expect(below).toBeNull()
    const order = await looked(access(inTeam))
    const { id } = world().holder(order).person
    await connector.grant(order)
    target.addTeam('platform-deep', child).members.set(id, 'member')
    const { remains, facts } = await connector.revoke(order)
    expect(memberOf(order)).toBeUndefined()
    expect(facts).toMatchObject({ member: false })
    expect(remains).toContain('still counts as a member of platform through its child team platform-night')
    expect(await connector.standing?.(order)).toContain('through its child team platform-night')
  })

  it('the base permission that remains with a member is stated', async () => {
    const { access, connector, looked } = world()
    const order = await looked(access(inTeam))
    await connector.grant(order)
    expect((await connector.revoke(order)).remains).toBeUndefined()
    state().org.basePermission = 'write'
    await connector.grant(order)
    expect((await connector.revoke(order)).remains).toContain('base permission write')
    state().org.basePermission = 'none'
  })

  it.each(['before', 'given'] as const)(
    'a login that changes during the lease, and is taken by somebody else, changes nothing at the end (known by `%s`)',
    async (by) => {
      const { access, connector, looked, newPerson, platform } = world()
      const person = newPerson()
      const first = access(inTeam, person)
      const seen = by === 'before' ? await looked(first) : first
      const { facts } = await connector.grant(seen)
      const order = by === 'before' ? seen : { ...seen, given: facts }
      person.login = `${person.login}-renamed`
      const taker = newPerson()
      taker.login = order.holder.identity ?? ''
      platform.members.set(taker.id, 'member')
      expect(await connector.isHeld?.(order)).toBe(true)
      await connector.revoke(order)
      expect([platform.members.has(person.id), platform.members.has(taker.id)]).toEqual([false, true])
      platform.members.delete(taker.id)
    },
  )

  it('a login that changes amid the end is not told as without access', async () => {
    const { access, connector, looked, newPerson, target } = world()
    const person = newPerson()
    const order = await looked(access(inTeam, person))
    await connector.grant(order)
    // The call takes the membership of nobody.
    target.before(/^delete .*memberships/, () => {
      person.login = `${person.login}-quick`
    })
    await expect(connector.revoke(order)).rejects.toMatchObject({ code: 'conflict', retryable: true })
    await connector.revoke(order)
    expect(world().platform.members.has(person.id)).toBe(false)
  })

  it('a maintainer who renames the team, and another team that takes its slug, change nothing at the end', async () => {
    const { access, connector, holder, looked, platform, target } = world()
    const order = await looked(access(maintaining))
    await connector.grant(order)
    expect(await holder(order).renameTeam('platform', 'Hidden team')).toBe(true)
    const decoy = target.addTeam('platform')
    const { summary } = await connector.revoke(order)
    expect(memberOf(order)).toBeUndefined()
    expect(summary).toContain('called hidden-team now')
    state().teams.delete(decoy.id)
    platform.slug = 'platform'
  })

  it('members whom a maintainer added are named', async () => {
    const { access, connector, holder, looked, newPerson, platform } = world()
    platform.members.set(world().olga.id, 'maintainer')
    const order = await looked(access(maintaining))
    await connector.grant(order)
    const friend = newPerson()
    expect(await holder(order).addToTeam('platform', friend.login)).toBe(true)
    const { remains } = await connector.revoke(order)
    expect(remains).toBe(
      `Became members of platform during the lease, by its maintainers or by others: ${friend.login}.`,
    )
    expect(await holder(order).addToTeam('platform', friend.login)).toBe(false)
    platform.members.clear()
  })

  it('a team that the identity provider fills is refused, with what to do', async () => {
    const { access, connector, platform } = world()
    platform.synced = true
    await expect(connector.grant(access(inTeam))).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('identity provider fills this team'),
    })
    platform.synced = false
  })

  it('a team or an account that is deleted has nothing any more', async () => {
    const { access, connector, looked, target } = world()
    const team = target.addTeam('short-lived')
    const order = await looked(access({ team: 'short-lived' }))
    await connector.grant(order)
    state().teams.delete(team.id)
    expect((await connector.revoke(order)).summary).toContain('not there any more')
    await expect(connector.grant(order)).rejects.toMatchObject({ code: 'misconfigured', retryable: false })
    const gone = await looked(access(inTeam))
    const { id } = world().holder(gone).person
    await connector.grant(gone)
    state().people.delete(id)
    world().platform.members.delete(id)
    expect((await connector.revoke(gone)).summary).toContain(`The deleted account ${id}`)
    await expect(connector.grant(gone)).rejects.toMatchObject({ code: 'misconfigured', retryable: false })
  })

  it('with numbers as logins, the number is the account', async () => {
    const { access, newPerson } = world()
    const connector = world().withSettings({ login: 'id' })
    const person = newPerson()
    const plain = access(inTeam, person)
    const order = { ...plain, holder: { ...plain.holder, identity: String(person.id) } }
    expect((await connector.grant(order)).summary).toContain(person.login)
    person.login = 'somebody-else'
    await connector.revoke(order)
    expect(world().platform.members.has(person.id)).toBe(false)
    const named = { ...plain, holder: { ...plain.holder, identity: 'casey' } }
    await expect(connector.grant(named)).rejects.toMatchObject({ retryable: false })
  })

  it.each(['', '.', '..', 'a/b', 'acme', 'nobody-here', 'casey lee', '../orgs', 'ключ', '%2e%2e'])(
    'the login %j is no personal account, and gets nothing',
    async (identity) => {
      const { access, connector, platform, target } = world()
      const { org } = state()
      state().people.set(org.id, { id: org.id, login: 'acme', type: 'Organization', token: '' })
      const plain = access(inTeam)
      const order = { ...plain, holder: { ...plain.holder, identity } }
      await expect(connector.grant(order)).rejects.toMatchObject({ code: 'misconfigured', retryable: false })
      await connector.revoke(order)
      state().people.delete(org.id)
      expect([platform.members.size, target.violations]).toEqual([0, []])
    },
  )
}
