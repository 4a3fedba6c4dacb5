import { expect, it, vi } from 'vitest'
import type { AccessOrder } from '../../src/domain/connector.ts'
import { type GitHubWorld, reviewing } from './github-world.ts'

/** Rules of required reviewers of environments. */
export function environmentRules(world: () => GitHubWorld): void {
  const production = () => {
    const found = world().orders.environments.get('production')
    if (!found) throw new Error('there is no environment production')
    return found
  }
  const users = () => production().reviewers.map(({ id }) => id)
  const idOf = (order: AccessOrder) => world().holder(order).person.id
  const ended = async (order: AccessOrder) => {
    await world().connector.revoke(order)
    expect(users()).toEqual([world().olga.id])
  }

  it('the holder approves deployments until the end, and every other rule of the environment stays as it was', async () => {
    const { access, connector, holder, looked } = world()
    const before = structuredClone(production())
    const order = await looked(access(reviewing))
    expect(await holder(order).mayApprove('orders', before.id)).toBe(false)
    await connector.grant(order)
    expect(await holder(order).mayApprove('orders', before.id)).toBe(true)
    expect(production()).toEqual({
      ...before,
      reviewers: [...before.reviewers, { type: 'User', id: idOf(order) }],
    })
    await connector.revoke(order)
    expect(await holder(order).mayApprove('orders', before.id)).toBe(false)
    expect(production()).toEqual(before)
  })

  it('an environment that admins may bypass is written as GitHub describes it', async () => {
    const { access, connector, target } = world()
    production().canAdminsBypass = true
    const order = access(reviewing)
    await connector.grant(order)
    expect([production().canAdminsBypass, target.violations]).toEqual([true, []])
    await ended(order)
    production().canAdminsBypass = false
  })

  it('a reviewer whom somebody adds between our writes stays', async () => {
    const { access, connector, newPerson, target } = world()
    const [order, other] = [access(reviewing), newPerson()]
    // Right after our write, and before our read-back.
    target.before(/^get .*environments\/\{/, () => {}, 1)
    target.before(
      /^get .*environments\/\{/,
      () => {
        production().reviewers.push({ type: 'User', id: other.id })
      },
      1,
    )
    await connector.grant(order)
    expect(users()).toEqual([world().olga.id, idOf(order), other.id])
    await connector.revoke(order)
    expect(users()).toEqual([world().olga.id, other.id])
    production().reviewers.pop()
  })

  it('an older list that somebody writes just after the end does not bring the holder back', async () => {
    const { access, holds, withSettings } = world()
    const connector = withSettings({ lookAgainAfter: '1s' })
    const order = access(reviewing)
    await connector.grant(order)
    const older = [...production().reviewers]
    const revoked = connector.revoke(order)
    await vi.waitFor(async () => expect(await holds(order)).toBe(false), { timeout: 10_000 })
    production().reviewers = older
    await revoked
    expect(users()).toEqual([world().olga.id])
  })

  it('two processes that change reviewers at once lose none', async () => {
    const { access, withSettings } = world()
    const [one, other] = [withSettings({ lookAgainAfter: '1s' }), withSettings({ lookAgainAfter: '1s' })]
    const orders = Array.from({ length: 4 }, () => access(reviewing))
    await Promise.all(orders.map((order, at) => (at % 2 ? one : other).grant(order)))
    expect(users().toSorted()).toEqual([world().olga.id, ...orders.map(idOf)].toSorted())
    await Promise.all(orders.map((order, at) => (at % 2 ? other : one).revoke(order)))
    expect(users()).toEqual([world().olga.id])
  })

  it('a seventh reviewer is refused, and keeps nobody else out', async () => {
    const { access, connector } = world()
    const orders = Array.from({ length: 5 }, () => access(reviewing))
    for (const order of orders) await connector.grant(order)
    const seventh = access(reviewing)
    await expect(connector.grant(seventh)).rejects.toMatchObject({
      code: 'conflict',
      retryable: false,
      message: expect.stringContaining('has 6 required reviewers'),
    })
    expect(await connector.check()).toMatchObject({
      ok: false,
      problems: [{ what: expect.stringContaining('6 required reviewers') }],
    })
    for (const order of orders) await connector.revoke(order)
    expect(users()).toEqual([world().olga.id])
  })

  it('an environment without reviewers gets none: its deployments would begin to wait', async () => {
    const { access, connector, orders, target } = world()
    target.addEnvironment(orders, 'staging', [])
    const staging = { repository: 'orders', environment: 'staging' }
    const order = access(staging)
    await expect(connector.grant(order)).rejects.toMatchObject({ code: 'misconfigured', retryable: false })
    await expect(connector.standing?.(order)).rejects.toMatchObject({ code: 'misconfigured' })
    expect(orders.environments.get('staging')?.reviewers).toEqual([])
    expect(await world().withSettings({}, { staging }).check()).toMatchObject({
      ok: false,
      problems: [{ what: expect.stringContaining('no required reviewers') }],
    })
  })

  it('a holder who is the last reviewer is replaced, by an owner or by the placeholder: nobody gets what was not theirs', async () => {
    const { access, connector, holder, olga, platform, withSettings } = world()
    for (const placeholder of [undefined, 'platform']) {
      const order = access(reviewing)
      await connector.grant(order)
      production().reviewers.shift()
      await withSettings({ placeholder }).revoke(order)
      const left = placeholder ? { type: 'Team', id: platform.id } : { type: 'User', id: olga.id }
      expect(production().reviewers).toEqual([left])
      expect(await holder(order).mayApprove('orders', production().id)).toBe(false)
      production().reviewers = [{ type: 'User', id: olga.id }]
    }
    expect(await withSettings({ placeholder: 'Nobody' }).check()).toMatchObject({
      ok: false,
      problems: [{ remedy: expect.stringContaining('placeholder') }],
    })
  })

  it('who cannot read the repository is refused before GitHub leaves the person out without a word', async () => {
    const { access, connector, newPerson, orders, target } = world()
    const order = access(reviewing, newPerson('outside'))
    await expect(connector.grant(order)).rejects.toMatchObject({
      code: 'conflict',
      retryable: false,
      message: expect.stringContaining('cannot read orders'),
    })
    const member = access(reviewing)
    const [readers] = [...orders.teams.keys()]
    target.before(
      /^put .*environments/,
      () => target.state.teams.get(readers ?? 0)?.members.delete(idOf(member)),
      6,
    )
    await expect(connector.grant(member)).rejects.toMatchObject({ code: 'conflict', retryable: true })
    expect(users()).toEqual([world().olga.id])
  })

  it('a member of a team that reviews has it already, and is told at the end', async () => {
    const { access, connector, looked, platform } = world()
    production().reviewers.push({ type: 'Team', id: platform.id })
    const order = await looked(access(reviewing))
    await connector.grant(order)
    platform.members.set(idOf(order), 'member')
    expect(await connector.standing?.(access(reviewing, world().holder(order).person))).toMatch(
      /as a member of the team platform/,
    )
    const { remains } = await connector.revoke(order)
    expect(remains).toMatch(/can still review as a member of the team platform/)
    platform.members.clear()
    production().reviewers.pop()
  })

  it('an environment that is gone has no reviewers: a revocation succeeds, a grant does not', async () => {
    const { access, connector, looked, orders, target } = world()
    target.addEnvironment(orders, 'canary/eu 1', [world().olga])
    const order = await looked(access({ repository: 'orders', environment: 'canary/eu 1' }))
    await connector.grant(order)
    expect(await connector.isHeld?.(order)).toBe(true)
    orders.environments.delete('canary/eu 1')
    expect((await connector.revoke(order)).summary).toContain('not there any more')
    expect(orders.environments.has('canary/eu 1')).toBe(false)
    await expect(connector.grant(order)).rejects.toMatchObject({ code: 'misconfigured', retryable: false })
  })

  it('a repository that is archived during the lease is unarchived for the end, and archived again', async () => {
    const { access, connector, orders } = world()
    const order = access(reviewing)
    await connector.grant(order)
    orders.archived = true
    await ended(order)
    expect(orders.archived).toBe(true)
    orders.archived = false
  })

  it('a write that GitHub took and did not make is not told as an end', async () => {
    const { access, connector, target } = world()
    const order = access(reviewing)
    await connector.grant(order)
    for (let times = 0; times < 4; times += 1) target.lieNext(/^put .*environments/, false)
    await expect(connector.revoke(order)).rejects.toMatchObject({ code: 'still_present', retryable: true })
    await ended(order)
  })
}
