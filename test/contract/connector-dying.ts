import { expect, it } from 'vitest'
import { failure } from './_contract-tools.ts'
import type { ConnectorWorld } from './connector-world.ts'

/** More steps than any operation takes: the test would otherwise never end. */
const mostSteps = 200

/** The connection is cut at each message of an operation, before the target got it and after: as if Daypass had died there. */
export function dyingRules(world: () => ConnectorWorld): void {
  it.each([
    ['grant', 'request'],
    ['grant', 'answer'],
    ['revoke', 'request'],
    ['revoke', 'answer'],
  ] as const)(
    'a %s that dies at any step, its %s lost, can be done again or taken back',
    async (operation, lost) => {
      const { connector, freshAccess, holds, proxy } = world()
      let steps = 0
      for (; steps < mostSteps; steps += 1) {
        const access = freshAccess()
        if (operation === 'revoke') await connector.grant(access)
        const wasCut = proxy.cutAfter(steps, lost)
        const error = await failure(connector[operation](access)).catch(() => null)
        const reached = wasCut()
        await proxy.mend()
        if (error) expect(error.retryable, `step ${steps}: ${error.message}`).toBe(true)
        // Half of those that died are taken back without another grant.
        if (operation === 'grant' && steps % 2 === 0) await connector.grant(access)
        if (operation === 'grant' && steps % 2 === 0) expect(await holds(access), `step ${steps}`).toBe(true)
        await connector.revoke(access)
        expect(await holds(access), `step ${steps}`).toBe(false)
        if (!reached) break
      }
      expect(steps).toBeGreaterThan(0)
      expect(steps).toBeLessThan(mostSteps)
    },
    60_000,
  )
}
