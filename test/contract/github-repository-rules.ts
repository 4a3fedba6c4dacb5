import { expect, it } from 'vitest'
import type { AccessOrder } from '../../src/domain/connector.ts'
import { leaseOf } from './connector-logins.ts'
import { administering, type GitHubWorld, pushing } from './github-world.ts'

/** Rules of roles in repositories. */
export function repositoryRules(world: () => GitHubWorld): void {
  const state = () => world().target.state
  const idOf = (order: AccessOrder) => world().holder(order).person.id
  const roleOf = (order: AccessOrder) => world().orders.direct.get(idOf(order))
  const also = (order: AccessOrder, ...others: AccessOrder[]) => ({
    ...order,
    alsoHeld: others.map((other) => ({ ...leaseOf(other), ...(other.before && { before: other.before }) })),
  })
  const inviting = () => world().withSettings({ invite: true })
  const waiting = { code: 'awaiting_person', message: expect.stringContaining('/acme/orders/invitations') }

  it('who is no member of the organisation gets no role, unless the catalog lets leases invite', async () => {
    const { access, connector, newPerson, orders } = world()
    const order = access(pushing, newPerson('outside'))
    await expect(connector.grant(order)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('invite: true'),
    })
    expect(orders.invitations).toEqual([])
  })

  it('an invitation waits for the person; then the role works, until the end', async () => {
    const { access, holder, looked, newPerson, orders } = world()
    const connector = inviting()
    const order = await looked(access(pushing, newPerson('outside')), connector)
    await expect(connector.grant(order)).rejects.toMatchObject(waiting)
    await expect(connector.grant(order)).rejects.toMatchObject(waiting)
    expect(orders.invitations).toHaveLength(1)
    expect(await holder(order).mayRead('orders')).toBe(false)
    expect(await holder(order).acceptRepositoryInvitations()).toBe(1)
    await connector.grant(order)
    expect(await holder(order).mayPush('orders')).toBe(true)
    await connector.revoke(order)
    expect([await holder(order).mayPush('orders'), await holder(order).mayRead('orders')]).toEqual([
      false,
      false,
    ])
  })

  it('an invitation that nobody accepted is cancelled at the end, and those of others are not', async () => {
    const { access, holder, looked, newPerson, orders } = world()
    const connector = inviting()
    const [order, other] = [access(pushing, newPerson('outside')), access(pushing, newPerson('outside'))]
    const lease = await looked(order, connector)
    for (const one of [lease, other]) await expect(connector.grant(one)).rejects.toMatchObject(waiting)
    await connector.revoke(lease)
    expect(orders.invitations.map(({ invitee }) => invitee)).toEqual([idOf(other)])
    expect(await holder(lease).acceptRepositoryInvitations()).toBe(0)
    await connector.revoke(other)
    expect(orders.invitations).toEqual([])
  })

  it('an invitation that is accepted amid the end gives nothing', async () => {
    const { access, holder, looked, newPerson, orders, target } = world()
    const connector = inviting()
    const order = await looked(access(pushing, newPerson('outside')), connector)
    await expect(connector.grant(order)).rejects.toMatchObject(waiting)
    target.before(/^delete .*invitations/, () => {
      orders.invitations.splice(0)
      orders.direct.set(idOf(order), 'push')
    })
    await connector.revoke(order)
    expect([roleOf(order), await holder(order).mayRead('orders')]).toEqual([undefined, false])
  })

  it('an expired invitation is replaced; one that was declined is not sent again', async () => {
    const { access, holder, looked, newPerson, orders, target } = world()
    const connector = inviting()
    const order = await looked(access(pushing, newPerson('outside')), connector)
    await expect(connector.grant(order)).rejects.toMatchObject(waiting)
    for (const invitation of orders.invitations) invitation.expired = true
    await expect(connector.grant(order)).rejects.toMatchObject(waiting)
    expect(orders.invitations.map(({ expired }) => expired)).toEqual([false])
    expect(await holder(order).declineRepositoryInvitations()).toBe(1)
    const before = target.calls.length
    await expect(connector.grant(order)).rejects.toMatchObject({ code: 'conflict', retryable: false })
    expect(target.calls.slice(before).filter((call) => call.startsWith('PUT'))).toEqual([])
    await connector.revoke(order)
  })

  it('the base permission, a team and a public repository that remain are stated, each with its role', async () => {
    const { access, connector, looked, orders, platform } = world()
    const ended = async () => {
      const order = await looked(access(pushing))
      await connector.grant(order)
      platform.members.set(idOf(order), 'member')
      const { remains } = await connector.revoke(order)
      expect(roleOf(order)).toBeUndefined()
      platform.members.clear()
      return remains
    }
    expect(await ended()).toBeUndefined()
    state().org.basePermission = 'read'
    expect(await ended()).toMatch(/still has the role pull on acme\/orders, by the base permission of acme/)
    orders.teams.set(platform.id, 'triage')
    expect(await ended()).toMatch(
      /role triage .*by the base permission of acme \(pull\), through the team platform/,
    )
    orders.teams.delete(platform.id)
    state().org.basePermission = 'none'
    orders.visibility = 'public'
    expect(await ended()).toMatch(/role pull .*because the repository is public/)
    orders.visibility = 'private'
  })

  it('a role that the person has from elsewhere is found before a grant', async () => {
    const { access, connector, olga, orders, platform } = world()
    const order = access(pushing)
    expect(await connector.standing?.(order)).toBeNull()
    state().org.basePermission = 'write'
    expect(await connector.standing?.(order)).toMatch(/role push .*by the base permission/)
    state().org.basePermission = 'none'
    orders.teams.set(platform.id, 'maintain')
    platform.members.set(idOf(order), 'member')
    expect(await connector.standing?.(order)).toMatch(/role maintain .*through the team platform/)
    orders.teams.delete(platform.id)
    platform.members.clear()
    orders.direct.set(idOf(order), 'admin')
    expect(await connector.standing?.(order)).toMatch(/role admin on acme\/orders already/)
    orders.direct.delete(idOf(order))
    orders.invitations.push({ id: 1, invitee: idOf(order), inviter: olga.id, role: 'pull', expired: false })
    expect(await connector.standing?.(order)).toMatch(/is invited to orders already/)
    orders.invitations.splice(0)
    expect(await connector.standing?.(access(pushing, olga))).toMatch(/as an owner of acme/)
  })

  it('a lesser role of before is put back at the end, unless somebody took it away', async () => {
    const { access, connector, looked, orders } = world()
    for (const keeps of [true, false]) {
      const plain = access(administering)
      orders.direct.set(idOf(plain), 'triage')
      expect(await connector.standing?.(plain)).toBeNull()
      const order = await looked(plain)
      await connector.grant(order)
      expect(roleOf(order)).toBe('admin')
      if (!keeps) orders.direct.delete(idOf(order))
      const { remains, facts } = await connector.revoke(order)
      expect([roleOf(order), facts.role]).toEqual(keeps ? ['triage', 'triage'] : [undefined, null])
      if (keeps) expect(remains).toMatch(/role triage .*as a collaborator, as before the lease/)
      orders.direct.delete(idOf(order))
    }
  })

  it('a role of before is put back also where a team hides it at the end', async () => {
    const { access, connector, looked, orders, platform } = world()
    const plain = access(administering)
    orders.direct.set(idOf(plain), 'triage')
    const order = await looked(plain)
    await connector.grant(order)
    orders.teams.set(platform.id, 'admin')
    platform.members.set(idOf(order), 'member')
    const { remains } = await connector.revoke(order)
    expect(roleOf(order)).toBe('triage')
    expect(remains).toMatch(/role admin .*as before the lease \(triage\), through the team platform/)
    orders.teams.delete(platform.id)
    platform.members.clear()
    orders.direct.clear()
  })

  it('an account on a later page of a list is found', async () => {
    const { access, connector, looked, newPerson, orders } = world()
    for (let others = 0; others < 7; others += 1) orders.direct.set(newPerson().id, 'pull')
    const order = await looked(access(pushing))
    await connector.grant(order)
    await connector.revoke(order)
    expect([roleOf(order), orders.direct.size]).toEqual([undefined, 7])
    orders.direct.clear()
  })

  it('a role of before that cannot be told from that of a team is not changed by a lease', async () => {
    const { access, connector, orders, platform } = world()
    const order = access(administering)
    orders.direct.set(idOf(order), 'triage')
    orders.teams.set(platform.id, 'push')
    platform.members.set(idOf(order), 'member')
    expect(await connector.standing?.(order)).toMatch(/role push on acme\/orders already/)
    orders.direct.delete(idOf(order))
    expect(await connector.standing?.(order)).toBeNull()
    orders.teams.delete(platform.id)
    platform.members.clear()
  })

  it('of two roles of one person the greater holds, and the end of one leaves the other', async () => {
    const { access, connector, looked } = world()
    for (const endsFirst of ['admin', 'push']) {
      const one = await looked(access(administering))
      await connector.grant(one)
      const other = await looked(also({ ...access(pushing), holder: one.holder }, one))
      await connector.grant(also(other, one))
      expect(roleOf(one)).toBe('admin')
      const [ends, stays] = endsFirst === 'admin' ? [one, other] : [other, one]
      expect((await connector.revoke(also(ends, stays))).summary).toContain('because another lease gives it')
      expect(roleOf(one)).toBe(endsFirst === 'admin' ? 'push' : 'admin')
      await connector.revoke({ ...stays, alsoHeld: [] })
      expect(roleOf(one), endsFirst).toBeUndefined()
    }
  })

  it('a custom role is given; where it cannot be compared with another lease’s, the second is refused', async () => {
    const { access, connector, looked } = world()
    state().customRoles.set('Release manager', 'push')
    const custom = { repository: 'orders', role: 'Release manager' }
    const order = await looked(access(custom))
    await connector.grant(order)
    expect([roleOf(order), await connector.isHeld?.(order)]).toEqual(['Release manager', true])
    const other = also({ ...access({ repository: 'orders', role: 'triage' }), holder: order.holder }, order)
    await expect(connector.grant(other)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('triage, Release manager'),
    })
    await connector.revoke(order)
    expect(roleOf(order)).toBeUndefined()
    await expect(connector.grant(access({ repository: 'orders', role: 'Nobody' }))).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('The role Nobody does not exist'),
    })
  })

  it('what a lease gives shows in the drift: a lesser role is missing, a greater one is not', async () => {
    const { access, connector, orders } = world()
    const order = access(pushing)
    await connector.grant(order)
    orders.direct.set(idOf(order), 'triage')
    expect(await connector.isHeld?.(order)).toBe(false)
    orders.direct.set(idOf(order), 'maintain')
    expect(await connector.isHeld?.(order)).toBe(true)
    await connector.revoke(order)
    expect(roleOf(order)).toBeUndefined()
  })

  it('a login that is taken by somebody else during the lease: the one who has the role loses it', async () => {
    const { access, connector, looked, newPerson, orders } = world()
    const person = newPerson()
    const order = await looked(access(pushing, person))
    await connector.grant(order)
    person.login = `${person.login}-renamed`
    const taker = newPerson()
    taker.login = order.holder.identity ?? ''
    orders.direct.set(taker.id, 'pull')
    await connector.revoke(order)
    expect([orders.direct.has(person.id), orders.direct.get(taker.id)]).toEqual([false, 'pull'])
    orders.direct.delete(taker.id)
  })

  it('a repository that is hidden from the app is not told as gone; one that is deleted is', async () => {
    const { access, connector, looked, orders, target } = world()
    const order = await looked(access(pushing))
    await connector.grant(order)
    target.app.selected = new Set()
    await expect(connector.revoke(order)).rejects.toMatchObject({
      code: 'still_present',
      retryable: true,
      message: expect.stringContaining('Add it to the installation'),
    })
    target.app.selected = null
    state().repositories.delete(orders.id)
    const { summary, remains } = await connector.revoke(order)
    expect(summary).toContain('is not in acme any more')
    expect(remains).toContain('If acme/orders was transferred')
    state().repositories.set(orders.id, orders)
    await connector.revoke(order)
    expect(roleOf(order)).toBeUndefined()
  })

  it('GitHub that shows a removal late is met', async () => {
    const { access, connector, looked, target } = world()
    const order = await looked(access(pushing))
    await connector.grant(order)
    target.lag(4)
    await connector.revoke(order)
    expect(roleOf(order)).toBeUndefined()
    target.lag(0)
  })

  it('a removal that GitHub took and did not make is not told as an end; nor is a grant told as given', async () => {
    const { access, connector, looked, orders, target } = world()
    const order = await looked(access(pushing))
    for (let times = 0; times < 4; times += 1) target.lieNext(/^put .*collaborators/, false)
    await expect(connector.grant(order)).rejects.toMatchObject({ code: 'conflict', retryable: true })
    await connector.grant(order)
    for (let times = 0; times < 4; times += 1) target.lieNext(/^delete .*collaborators/, false)
    await expect(connector.revoke(order)).rejects.toMatchObject({ code: 'still_present', retryable: true })
    await connector.revoke(order)
    expect(orders.direct.size).toBe(0)
  })

  it.each(['put', 'delete'])(
    'a %s that was done, and whose answer was lost, is found at the next attempt',
    async (method) => {
      const { access, connector, looked, target } = world()
      const order = await looked(access(pushing))
      if (method === 'delete') await connector.grant(order)
      target.lieNext(new RegExp(`^${method} .*collaborators`), true)
      const operation = method === 'put' ? connector.grant : connector.revoke
      await expect(operation(order)).rejects.toMatchObject({ code: 'unreachable', retryable: true })
      await operation(order)
      expect(roleOf(order)).toBe(method === 'put' ? 'push' : undefined)
      await connector.revoke(order)
    },
  )

  it('somebody who gives the role again and again does not make the lease look ended', async () => {
    const { access, connector, looked, orders, target } = world()
    const order = await looked(access(pushing))
    const id = idOf(order)
    await connector.grant(order)
    target.before(/^get .*\/collaborators$/, () => orders.direct.set(id, 'push'), 5)
    await expect(connector.revoke(order)).rejects.toMatchObject({ code: 'still_present', retryable: true })
    await connector.revoke(order)
    expect(roleOf(order)).toBeUndefined()
  })
}

/** A holder who is an admin of the repository, and opens it for others. */
export function adminRules(world: () => GitHubWorld): void {
  const state = () => world().target.state
  const lease = async () => {
    const { access, connector, looked } = world()
    const order = await looked(access(administering))
    await connector.grant(order)
    return order
  }

  it('a second account that the holder invited cannot accept after the end', async () => {
    const { connector, holder, newPerson, orders, access } = world()
    const order = await lease()
    const friend = newPerson('outside')
    expect(await holder(order).invite('orders', friend.login, 'admin')).toBe(true)
    const { remains } = await connector.revoke(order)
    expect([orders.invitations, remains]).toEqual([[], undefined])
    expect(await holder(access(administering, friend)).acceptRepositoryInvitations()).toBe(0)
  })

  it('an invitation of the holder that GitHub left is cancelled too, also where the holder keeps a lesser role', async () => {
    const { access, connector, holder, newPerson, orders } = world()
    const order = await lease()
    const friend = newPerson('outside')
    await holder(order).invite('orders', friend.login, 'admin')
    const other = { ...access({ repository: 'orders', role: 'push' }), holder: order.holder }
    const { summary } = await connector.revoke({ ...order, alsoHeld: [leaseOf(other)] })
    expect(summary).toContain(`Invitations that the holder had sent were cancelled: ${friend.login}.`)
    expect(orders.invitations).toEqual([])
    await connector.revoke(other)
  })

  it('what was opened for others is named: a collaborator, a deploy key, a webhook, a team, a runner, and the public', async () => {
    const { connector, holder, newPerson, orders, platform, olga } = world()
    orders.keys.push({ id: 1, title: 'ci', key: 'k', readOnly: true, addedBy: 'olga' })
    orders.direct.set(olga.id, 'admin')
    const order = await lease()
    const me = holder(order)
    const friend = newPerson()
    expect([
      await me.invite('orders', friend.login, 'admin'),
      await me.addDeployKey('orders', 'back <!channel> door'),
      await me.addWebhook('orders', 'https://evil.test/'),
      await me.publish('orders'),
    ]).toEqual([true, true, true, true])
    orders.teams.set(platform.id, 'admin')
    orders.runners.push({ id: 77, name: 'mine' })
    const production = orders.environments.get('production')
    production?.reviewers.push({ type: 'User', id: me.person.id })
    const { remains = '' } = await connector.revoke(order)
    const [hook] = orders.hooks
    expect(remains).toContain(
      [
        'Opened on acme/orders during the lease, by the holder or by others:',
        `the collaborator ${friend.login} (admin);`,
        'the team platform (admin);',
        `the deploy key "back channel door" that can write, added by ${me.person.login};`,
        `the webhook ${hook?.id};`,
        `the reviewer ${me.person.login} of production;`,
        'the runner "mine";',
        'it is public now.',
      ].join(' '),
    )
    expect(remains).not.toMatch(/"ci"|olga/)
    // The holder has nothing but what everybody has.
    expect(remains).toContain('still has the role pull on acme/orders, because the repository is public')
    expect(await me.mayPush('orders')).toBe(false)
    orders.visibility = 'private'
    production?.reviewers.pop()
    orders.direct.clear()
    orders.teams.delete(platform.id)
    for (const list of [orders.keys, orders.hooks, orders.runners]) list.splice(0)
  })

  it('a fork of a private repository goes with the role; one of a public repository is named', async () => {
    const { connector, holder, looked, access, target } = world()
    const order = await lease()
    expect(await holder(order).fork('orders')).toBe(true)
    const { login } = holder(order).person
    const forks = () => [...state().repositories.values()].filter(({ owner }) => owner === login)
    expect(forks()).toHaveLength(1)
    expect((await connector.revoke(order)).remains).toBeUndefined()
    expect(forks()).toEqual([])
    target.addRepository('open', 'public')
    const open = await looked(access({ repository: 'open', role: 'push' }))
    await connector.grant(open)
    await holder(open).fork('open')
    expect((await connector.revoke(open)).remains).toContain(
      `Forks that the holder made stay: ${holder(open).person.login}/open.`,
    )
  })

  it('a repository that the holder renames, with another one under its name, is still the one that is left', async () => {
    const { connector, holder, orders, target } = world()
    const order = await lease()
    expect(await holder(order).renameRepository('orders', 'hidden')).toBe(true)
    expect(await connector.isHeld?.(order)).toBe(true)
    const decoy = target.addRepository('orders')
    expect(await connector.isHeld?.(order)).toBe(true)
    const { summary } = await connector.revoke(order)
    expect(summary).toContain('The repository is called hidden now.')
    expect(orders.direct.size).toBe(0)
    state().repositories.delete(decoy.id)
    orders.name = 'orders'
    orders.formerNames.clear()
  })

  it('a repository that the holder archives is unarchived for the end, and archived again', async () => {
    const { access, connector, holder, orders, target } = world()
    const order = await lease()
    expect(await holder(order).archive('orders')).toBe(true)
    await connector.revoke(order)
    expect([orders.direct.size, orders.archived]).toEqual([0, true])
    const before = target.calls.length
    await connector.revoke(order)
    expect(target.calls.slice(before).filter((call) => call.startsWith('PATCH'))).toEqual([])
    await expect(connector.grant(access(pushing))).rejects.toMatchObject({ code: 'misconfigured' })
    orders.archived = false
  })

  it('an app that lost the right to compare still ends the role, and says that it could not compare', async () => {
    const { connector, orders, target } = world()
    const order = await lease()
    const { permissions } = target.app
    const { repository_hooks: _, ...fewer } = permissions
    target.app.permissions = fewer
    const { remains } = await connector.revoke(order)
    expect(orders.direct.size).toBe(0)
    expect(remains).toMatch(/could not be compared.*repository_hooks=read/)
    target.app.permissions = permissions
  })

  it('an admin who removes the others, and gives the role to itself again, loses it', async () => {
    const { connector, holder, orders } = world()
    const order = await lease()
    const { id, login } = holder(order).person
    expect(await holder(order).invite('orders', login, 'admin')).toBe(true)
    await connector.revoke(order)
    expect(orders.direct.has(id)).toBe(false)
    expect(await holder(order).invite('orders', login, 'admin')).toBe(false)
  })
}
