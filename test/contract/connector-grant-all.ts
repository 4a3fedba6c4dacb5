import { expect, it, vi } from 'vitest'
import type { AccessOrder } from '../../src/domain/connector.ts'
import { expectNoSecret, failure, said } from './_contract-tools.ts'
import type { ConnectorWorld } from './connector-world.ts'

/** Gives all of them together. */
function grantTogether({ connector }: ConnectorWorld, orders: readonly AccessOrder[]) {
  if (!connector.grantAll) throw new Error('the connector has no grantAll: declare the skip')
  return connector.grantAll(orders)
}

/** The rules of an operation that gives many accesses together. */
export function grantAllRules(world: () => ConnectorWorld): void {
  it('says of each in a group what grant says of it alone', async () => {
    const { connector, freshAccess, holds } = world()
    const prepare = async () => {
      const [fresh, other, again] = [freshAccess(), freshAccess(), freshAccess()]
      await connector.grant(again)
      return [fresh, other, again].map((access) => ({ ...access, until: new Date(Date.now() + 3_600_000) }))
    }
    const [alone, group] = [await prepare(), await prepare()]
    const ends = alone[0]?.until ?? new Date()
    const sameEnd = (orders: readonly AccessOrder[]) => orders.map((order) => ({ ...order, until: ends }))
    const oneByOne = await Promise.all(sameEnd(alone).map((access) => connector.grant(access)))
    const together = await Promise.all(grantTogether(world(), sameEnd(group)))
    expect(together.map((evidence, index) => said(world(), evidence, group[index]))).toEqual(
      oneByOne.map((evidence, index) => said(world(), evidence, alone[index])),
    )
    expect(await Promise.all(group.map(holds))).toEqual(group.map(() => true))
    for (const evidence of together) expectNoSecret(world(), evidence)
    await Promise.all([...alone, ...group].map((access) => connector.revoke(access)))
    expect(await Promise.all(group.map(holds))).toEqual(group.map(() => false))
  })

  it('one that cannot be granted fails alone, with what grant says of it', async () => {
    const { connector, freshAccess, holds } = world()
    const [one, other] = [freshAccess(), freshAccess()]
    const over = { ...freshAccess(), until: new Date(Date.now() - 60_000) }
    const answers = await Promise.allSettled(grantTogether(world(), [one, over, other]))
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    const { code, retryable } = await failure(connector.grant(over))
    expect(answers[1]).toMatchObject({ reason: { code, retryable } })
    expect(await Promise.all([one, over, other].map(holds))).toEqual([true, false, true])
    await Promise.all([one, other].map((access) => connector.revoke(access)))
  })

  it('the same group twice at once, some of it alone, and one twice in it: each is one grant', async () => {
    const { connector, freshAccess, holds } = world()
    const group = Array.from({ length: 12 }, freshAccess)
    const twice = [...group, ...group.slice(0, 2)]
    const some = group.slice(0, 3).map((access) => connector.grant(access))
    await Promise.all([...grantTogether(world(), twice), ...grantTogether(world(), group), ...some])
    expect(await Promise.all(group.map(holds))).toEqual(group.map(() => true))
    await Promise.all(group.map((access) => connector.revoke(access)))
    expect(await Promise.all(group.map(holds))).toEqual(group.map(() => false))
  })

  it.each(['request', 'answer'] as const)(
    'a group that dies at any step, its %s lost, fails as retryable and can be done again',
    async (lost) => {
      const { connector, freshAccess, holds, proxy } = world()
      for (let steps = 0; ; steps += 1) {
        const group = [freshAccess(), freshAccess(), freshAccess()]
        const wasCut = proxy.cutAfter(steps, lost)
        const answers = await Promise.allSettled(grantTogether(world(), group))
        const reached = wasCut()
        await proxy.mend()
        for (const answer of answers) {
          if (answer.status === 'fulfilled') continue
          expect(answer.reason, `step ${steps}`).toMatchObject({ retryable: true })
          expectNoSecret(world(), answer.reason)
        }
        // A connection that broke while nobody used it may be found only now.
        await vi.waitFor(() => Promise.all(grantTogether(world(), group)))
        expect(await Promise.all(group.map(holds)), `step ${steps}`).toEqual([true, true, true])
        await Promise.all(group.map((access) => connector.revoke(access)))
        if (!reached) {
          expect(steps).toBeGreaterThan(3)
          break
        }
      }
    },
  )
}
