import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { AccessOrder } from '../../src/domain/connector.ts'
import { expectNoSecret, failure, said } from './_contract-tools.ts'
import { answerRules } from './connector-answers.ts'
import { dyingRules } from './connector-dying.ts'
import { grantAllRules } from './connector-grant-all.ts'
import { hostileNameRules } from './connector-hostile-names.ts'
import { leaseOf, loginRules } from './connector-logins.ts'
import type { ConnectorWorld, ContractSkips } from './connector-world.ts'

/** The rules that hold for every connector. */
export function describeConnectorContract(
  name: string,
  makeWorld: () => Promise<ConnectorWorld>,
  skips: ContractSkips = {},
): void {
  describe(`connector contract: ${name}`, { timeout: 60_000 }, () => {
    let world: ConnectorWorld
    beforeAll(async () => {
      world = await makeWorld()
    }, 60_000)
    afterAll(() => world?.close())

    grantRules(() => world)
    optional('grantAll', skips.grantAll, () => grantAllRules(() => world))
    revokeRules(() => world)
    optional('revokeAll', skips.revokeAll, () => revokeAllRules(() => world))
    failureRules(() => world, skips)
    answerRules(() => world, skips)
    dyingRules(() => world)
    hostileNameRules(() => world, skips)
    handRules(() => world, skips)
    optional('live sessions', skips.sessions, () => sessionRules(() => world))
    optional('credentials', skips.credentials, () => credentialRules(() => world))
    optional('list', skips.list, () => listRules(() => world))
    optional('logins', skips.logins, () => loginRules(() => world))
    optional('the holder resists', skips.resistance, () => resistanceRules(() => world))
    it('nothing is left of all this', async () => {
      expect(await world.rawState()).toEqual([])
    })
  })
}

function optional(what: string, reason: string | undefined, rules: () => void): void {
  if (reason === undefined) describe(what, rules)
  else it.skip(`${what}: ${reason}`, () => {})
}

function grantRules(world: () => ConnectorWorld): void {
  it('grant gives the access and shows evidence of it', async () => {
    const { connector, freshAccess, holds } = world()
    const access = freshAccess()
    expect(await holds(access)).toBe(false)
    const evidence = await connector.grant(access)
    expect(await holds(access)).toBe(true)
    expect(evidence.summary).toMatch(/\w+ .*\.$/)
    expect(Math.abs(evidence.readAt.getTime() - Date.now())).toBeLessThan(60_000)
    expect(JSON.parse(JSON.stringify(evidence.facts))).toEqual(evidence.facts)
    expectNoSecret(world(), evidence)
    await connector.revoke(access)
  })

  it('grant is idempotent, and takes a new end', async () => {
    const { connector, freshAccess, holds } = world()
    const access = freshAccess()
    const first = await connector.grant(access)
    const second = await connector.grant(access)
    expect({ ...second.facts, broughtInStep: null }).toEqual({ ...first.facts, broughtInStep: null })
    await connector.grant({ ...access, until: new Date(access.until.getTime() + 60_000) })
    expect(await holds(access)).toBe(true)
    await connector.revoke(access)
    expect(await holds(access)).toBe(false)
  })

  it('the same grant many times at once is one grant', async () => {
    const { connector, freshAccess, holds } = world()
    const access = freshAccess()
    await Promise.all(Array.from({ length: 6 }, () => connector.grant(access)))
    expect(await holds(access)).toBe(true)
    await connector.revoke(access)
    expect(await holds(access)).toBe(false)
  })

  it('many grants at once all come about', async () => {
    const { connector, freshAccess, holds, mostAtOnce = 12 } = world()
    const all = Array.from({ length: mostAtOnce }, freshAccess)
    await Promise.all(all.map((access) => connector.grant(access)))
    expect(await Promise.all(all.map(holds))).toEqual(all.map(() => true))
    await Promise.all(all.map((access) => connector.revoke(access)))
    expect(await Promise.all(all.map(holds))).toEqual(all.map(() => false))
  })

  it('a lease that is over already is not granted', async () => {
    const { connector, freshAccess, holds } = world()
    const access = { ...freshAccess(), until: new Date(Date.now() - 60_000) }
    await expect(connector.grant(access)).rejects.toMatchObject({ name: 'ConnectorError', retryable: false })
    expect(await holds(access)).toBe(false)
  })

  it('check finds nothing wrong', async () => {
    expect(await world().connector.check()).toMatchObject({ ok: true })
  })
}

function revokeRules(world: () => ConnectorWorld): void {
  it('revoke takes the access away and shows evidence of it', async () => {
    const { connector, freshAccess, holds } = world()
    const access = freshAccess()
    await connector.grant(access)
    const evidence = await connector.revoke(access)
    expect(await holds(access)).toBe(false)
    expect(evidence.summary).toMatch(/\w+ .*\.$/)
    expect(JSON.parse(JSON.stringify(evidence.facts))).toEqual(evidence.facts)
  })

  it('revoke is idempotent, also many times at once', async () => {
    const { connector, freshAccess, holds } = world()
    const access = freshAccess()
    await connector.grant(access)
    await Promise.all(Array.from({ length: 4 }, () => connector.revoke(access)))
    await connector.revoke(access)
    expect(await holds(access)).toBe(false)
  })

  it('revoking what was never granted succeeds', async () => {
    const { connector, freshAccess } = world()
    await expect(connector.revoke(freshAccess())).resolves.toMatchObject({ summary: expect.any(String) })
  })

  it.each(['one person', 'two persons'])(
    'of two overlapping grants to %s, the end of one leaves the other',
    async (to) => {
      const { connector, freshAccess, holds } = world()
      const one = freshAccess()
      const two = freshAccess()
      const gus = { ...two.holder, displayName: 'Gus', userId: 'U0GUS' }
      const other = { ...two, holder: to === 'one person' ? one.holder : gus }
      const sharesLogin = one.holder.identity !== undefined && to === 'one person'
      const also = (access: AccessOrder) => (sharesLogin ? { alsoHeld: [leaseOf(access)] } : {})
      await Promise.all([
        connector.grant({ ...one, ...also(other) }),
        connector.grant({ ...other, ...also(one) }),
      ])
      await connector.revoke({ ...one, ...also(other) })
      // Two leases of one login are one access at the target.
      expect([await holds(one), await holds(other)]).toEqual([sharesLogin, true])
      await connector.revoke(other)
      expect([await holds(one), await holds(other)]).toEqual([false, false])
    },
  )
}

/** Takes all of them away together. */
export function revokeTogether({ connector }: ConnectorWorld, orders: readonly AccessOrder[]) {
  if (!connector.revokeAll) throw new Error('the connector has no revokeAll: declare the skip')
  return connector.revokeAll(orders)
}

function revokeAllRules(world: () => ConnectorWorld): void {
  it('says of each in a group what revoke says of it alone', async () => {
    const { connector, freshAccess, holds, use } = world()
    const prepare = async () => {
      const [idle, used, never, over] = [freshAccess(), freshAccess(), freshAccess(), freshAccess()]
      for (const access of [idle, used, over]) await connector.grant(access)
      await connector.revoke(over)
      await use(used)
      await use(used)
      return [idle, used, never, over]
    }
    const [alone, group] = [await prepare(), await prepare()]
    const oneByOne = await Promise.all(alone.map((access) => connector.revoke(access)))
    const together = await Promise.all(revokeTogether(world(), group))
    expect(together.map((evidence, index) => said(world(), evidence, group[index]))).toEqual(
      oneByOne.map((evidence, index) => said(world(), evidence, alone[index])),
    )
    expect(await Promise.all(group.map(holds))).toEqual(group.map(() => false))
  })

  it('leaves those alone that are not in the group', async () => {
    const { connector, freshAccess, holds, use } = world()
    const [one, other, bystander] = [freshAccess(), freshAccess(), freshAccess()]
    for (const access of [one, other, bystander]) await connector.grant(access)
    const session = await use(bystander)
    await Promise.all(revokeTogether(world(), [one, other]))
    expect(await Promise.all([one, other, bystander].map(holds))).toEqual([false, false, true])
    expect(await session.alive()).toBe(true)
    await session.close()
    await connector.revoke(bystander)
  })

  it('the same group twice at once, and some of it alone, all succeed', async () => {
    const { connector, freshAccess, holds } = world()
    const group = Array.from({ length: 12 }, freshAccess)
    await Promise.all(group.map((access) => connector.grant(access)))
    const some = group.slice(0, 3).map((access) => connector.revoke(access))
    await Promise.all([...revokeTogether(world(), group), ...revokeTogether(world(), group), ...some])
    expect(await Promise.all(group.map(holds))).toEqual(group.map(() => false))
  })

  it('a group that is cut off in the middle fails as a whole, retryable, and can be done again', async () => {
    const { connector, freshAccess, holds, proxy } = world()
    const group = Array.from({ length: 4 }, freshAccess)
    for (const access of group) await connector.grant(access)
    proxy.cutAfter(0, 'answer')
    for (const error of await Promise.all(revokeTogether(world(), group).map(failure))) {
      expect(error).toMatchObject({ retryable: true })
      expectNoSecret(world(), error)
    }
    await proxy.mend()
    // A connection that broke while nobody used it may be found only now.
    await vi.waitFor(() => Promise.all(revokeTogether(world(), group)))
    expect(await Promise.all(group.map(holds))).toEqual(group.map(() => false))
  })
}

function sessionRules(world: () => ConnectorWorld): void {
  it('revoke ends sessions that are in use', async () => {
    const { connector, freshAccess, use } = world()
    const access = freshAccess()
    await connector.grant(access)
    const sessions = [await use(access), await use(access)]
    expect(await Promise.all(sessions.map((session) => session.alive()))).toEqual([true, true])
    await connector.revoke(access)
    expect(await Promise.all(sessions.map((session) => session.alive()))).toEqual([false, false])
  })

  it('revoke ends the sessions of its own grant only', async () => {
    const { connector, freshAccess, use } = world()
    const [one, other] = [freshAccess(), freshAccess()]
    await connector.grant(one)
    await connector.grant(other)
    const session = await use(other)
    await connector.revoke(one)
    expect(await session.alive()).toBe(true)
    await session.close()
    await connector.revoke(other)
  })

  it('a holder who keeps connecting during the revocation has no access after it', async () => {
    const { connector, freshAccess, accepts } = world()
    const access = freshAccess()
    await connector.grant(access)
    const credentials = await connector.issueCredentials?.(access)
    if (!credentials) {
      await connector.revoke(access)
      return
    }
    let over = false
    const hammering = Array.from({ length: 4 }, async () => {
      while (!over) await accepts(credentials)
    })
    await connector.revoke(access)
    expect(await accepts(credentials)).toBe(false)
    over = true
    await Promise.all(hammering)
  })
}

function credentialRules(world: () => ConnectorWorld): void {
  const issue = async (access: AccessOrder) => {
    const credentials = await world().connector.issueCredentials?.(access)
    if (!credentials) throw new Error('the connector issues no credentials: declare the skip')
    return credentials
  }

  it('credentials are made on demand, let the holder in, and are fresh each time', async () => {
    const { connector, freshAccess, accepts } = world()
    const access = freshAccess()
    await connector.grant(access)
    const first = await issue(access)
    expect(await accepts(first)).toBe(true)
    expect(first.expiresAt.getTime()).toBe(access.until.getTime())
    const second = await issue(access)
    expect([await accepts(first), await accepts(second)]).toEqual([false, true])
    const evidence = await connector.revoke(access)
    expect(await accepts(second)).toBe(false)
    for (const { value } of second.fields.filter(({ label }) => label === 'Password')) {
      expect(JSON.stringify(evidence)).not.toContain(value)
    }
  })

  it('granting again leaves the issued credentials as they are', async () => {
    const { connector, freshAccess, accepts } = world()
    const access = freshAccess()
    await connector.grant(access)
    const credentials = await issue(access)
    await connector.grant(access)
    expect(await accepts(credentials)).toBe(true)
    await connector.revoke(access)
  })

  it('there are no credentials before the grant, nor after its end', async () => {
    const { connector, freshAccess } = world()
    const access = freshAccess()
    await expect(issue(access)).rejects.toMatchObject({ code: 'not_granted', retryable: false })
    await connector.grant(access)
    await connector.revoke(access)
    await expect(issue(access)).rejects.toMatchObject({ code: 'not_granted', retryable: false })
  })
}

function listRules(world: () => ConnectorWorld): void {
  const listed = async () => {
    const ids: string[] = []
    for await (const holding of world().connector.list?.() ?? []) ids.push(holding.grantId)
    return ids.sort()
  }

  it('list shows what Daypass made here, and nothing else', async () => {
    const { connector, freshAccess, plantStranger } = world()
    const before = await listed()
    const remove = await plantStranger()
    const [one, other] = [freshAccess(), freshAccess()]
    await connector.grant(one)
    await connector.grant(other)
    expect(await listed()).toEqual([...before, one.grantId, other.grantId].sort())
    await connector.revoke(one)
    expect(await listed()).toEqual([...before, other.grantId].sort())
    await connector.revoke(other)
    await remove()
  })
}

function failureRules(world: () => ConnectorWorld, skips: ContractSkips): void {
  it('an unreachable target is a retryable error without secrets, and works when it is back', async () => {
    const { connector, freshAccess, holds, proxy } = world()
    const access = freshAccess()
    await connector.grant(access)
    await proxy.break()
    const errors = [
      await failure(connector.grant(freshAccess())),
      await failure(connector.revoke(access)),
      ...(connector.issueCredentials && !skips.credentials
        ? [await failure(connector.issueCredentials(access))]
        : []),
    ]
    for (const error of errors) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(unreachable|timeout)$/), retryable: true })
      expectNoSecret(world(), error)
    }
    const diagnosis = await connector.check()
    expect(diagnosis).toMatchObject({ ok: false, problems: [{ remedy: expect.stringMatching(/\w/) }] })
    expectNoSecret(world(), diagnosis)
    await proxy.mend()
    await connector.revoke(access)
    expect(await holds(access)).toBe(false)
  })
}

function handRules(world: () => ConnectorWorld, { repair }: ContractSkips): void {
  it('what a hand changed or removed is taken away all the same', async () => {
    const { connector, freshAccess, holds, handChanges } = world()
    expect(Object.keys(handChanges)).toContain('removed')
    for (const [change, make] of Object.entries(handChanges)) {
      const access = freshAccess()
      await connector.grant(access)
      await make(access)
      await connector.revoke(access)
      expect(await holds(access), change).toBe(false)
    }
  })

  const repairs = 'a grant once more repairs what a hand changed, or refuses and says why'
  it.skipIf(repair !== undefined)(repair === undefined ? repairs : `${repairs}: ${repair}`, async () => {
    const { connector, freshAccess, holds, handChanges } = world()
    for (const [change, make] of Object.entries(handChanges)) {
      const access = freshAccess()
      await connector.grant(access)
      await make(access)
      const error = await connector.grant(access).then(
        () => null,
        (reason: unknown) => reason,
      )
      if (error === null) expect(await holds(access), change).toBe(true)
      else
        expect(error, change).toMatchObject({
          name: 'ConnectorError',
          message: expect.stringMatching(/\w{3}/),
        })
      await connector.revoke(access)
    }
  })
}

function resistanceRules(world: () => ConnectorWorld): void {
  it('nothing that the holder does keeps the access beyond the revocation', async () => {
    const { connector, freshAccess, holds, accepts, resistance = {} } = world()
    expect(Object.keys(resistance).length).toBeGreaterThan(0)
    for (const [name, resist] of Object.entries(resistance)) {
      const access = freshAccess()
      await connector.grant(access)
      const credentials = await connector.issueCredentials?.(access)
      if (!credentials) throw new Error('without credentials nobody resists: declare the skip')
      const going = await resist(access, credentials)
      await vi.waitFor(() => connector.revoke(access), { timeout: 20_000 })
      expect([await holds(access), await going.alive(), await accepts(credentials)], name).toEqual([
        false,
        false,
        false,
      ])
      await going.close()
    }
  })
}
