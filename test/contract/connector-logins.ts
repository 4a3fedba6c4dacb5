import { expect, it } from 'vitest'
import type { AccessOrder, HeldLease } from '../../src/domain/connector.ts'
import { failure } from './_contract-tools.ts'
import type { ConnectorWorld } from './connector-world.ts'

/** What an order of another lease says of this one. */
export function leaseOf({ grantId, entitlementId, content }: AccessOrder): HeldLease {
  return { grantId, entitlementId, content }
}

/** The rules of a connector that gives access to an existing login, which several leases share. */
export function loginRules(world: () => ConnectorWorld): void {
  const two = () => {
    const one = world().freshAccess()
    return { one, other: { ...world().freshAccess(), holder: one.holder } }
  }

  it('an order without a login gives nothing, and taking it away succeeds', async () => {
    const { connector, freshAccess } = world()
    const access = freshAccess()
    const { identity: _, ...holder } = access.holder
    expect(await failure(connector.grant({ ...access, holder }))).toMatchObject({ retryable: false })
    await expect(connector.revoke({ ...access, holder })).resolves.toMatchObject({
      summary: expect.any(String),
    })
  })

  it('the end of one of two leases of a login leaves what the other gives, whichever ends first', async () => {
    const { connector, holds } = world()
    for (const endsFirst of ['the first', 'the second']) {
      const { one, other } = two()
      await connector.grant(one)
      await connector.grant({ ...other, alsoHeld: [leaseOf(one)] })
      const [first, last] = endsFirst === 'the first' ? [one, other] : [other, one]
      await connector.revoke({ ...first, alsoHeld: [leaseOf(last)] })
      expect(await holds(last), endsFirst).toBe(true)
      await connector.revoke(last)
      expect([await holds(first), await holds(last)], endsFirst).toEqual([false, false])
    }
  })

  it('a revocation gives again what another lease gives and somebody removed', async () => {
    const { connector, handChanges, holds } = world()
    const { one, other } = two()
    await connector.grant(one)
    await handChanges.removed?.(one)
    await connector.revoke({ ...one, alsoHeld: [leaseOf(other)] })
    expect(await holds(other)).toBe(true)
    await connector.revoke(other)
    expect(await holds(other)).toBe(false)
  })

  it('a list of members has what somebody gave by hand, where the target can list', async () => {
    const { connector, freshAccess, giveByHand } = world()
    if (!connector.listMembers || !giveByHand) return
    const { holder, entitlementId } = freshAccess()
    // It says so, and an access review names it.
    if ((await connector.listMembers()).notListed.includes(entitlementId)) return
    const has = async () =>
      (await connector.listMembers?.())?.members.some(
        (member) => member.login === holder.identity && member.entitlementId === entitlementId,
      )
    expect(await has()).toBe(false)
    const takeBack = await giveByHand({ ...freshAccess(), holder })
    expect(await has()).toBe(true)
    await takeBack()
    expect(await has()).toBe(false)
  })

  it('access that the login has already is found before a grant, unless another lease gives it', async () => {
    const { connector, freshAccess, giveByHand } = world()
    if (!connector.standing || !giveByHand) throw new Error('standing access is not found: declare the skip')
    const access = freshAccess()
    expect(await connector.standing(access)).toBeNull()
    const takeBack = await giveByHand(access)
    expect(await connector.standing(access)).toMatch(/\w+ .*\.$/)
    await takeBack()
    expect(await connector.standing(access)).toBeNull()
    const { one, other } = two()
    await connector.grant(one)
    expect(await connector.standing({ ...other, alsoHeld: [leaseOf(one)] })).toBeNull()
    await connector.revoke(one)
  })

  it('says whether the access is there, where it cannot list', async () => {
    const { connector, freshAccess, handChanges } = world()
    if (!connector.isHeld) return expect(connector.list).toBeDefined()
    const access = freshAccess()
    expect(await connector.isHeld(access)).toBe(false)
    await connector.grant(access)
    expect(await connector.isHeld(access)).toBe(true)
    await handChanges.removed?.(access)
    expect(await connector.isHeld(access)).toBe(false)
    await connector.revoke(access)
  })
}
