import { expect, it, vi } from 'vitest'
import type { ConnectorWorld } from './connector-world.ts'

/** Rules for connectors whose target tells when an access was used. */
export function lastUseRules(world: () => ConnectorWorld): void {
  it('the target tells whether a lease is in use, and for how long it is idle', async () => {
    const { connector, freshAccess, use } = world()
    const { lastUsed } = connector
    if (!lastUsed) throw new Error('this connector cannot tell')
    const [used, unused, unknown] = [freshAccess(), freshAccess(), freshAccess()]
    await connector.grant(used)
    await connector.grant(unused)
    const asked = async () => {
      const [seconds, ...others] = await lastUsed.call(connector, [used, unused, unknown])
      expect(others).toEqual([null, null])
      return seconds
    }
    expect(await asked()).toBeNull()
    const session = await use(used)
    expect(await asked()).toBeLessThan(2)
    await vi.waitFor(async () => expect(await asked()).toBeGreaterThanOrEqual(2), {
      timeout: 8_000,
      interval: 500,
    })
    await session.close()
    await vi.waitFor(async () => expect(await asked()).toBeNull(), { timeout: 8_000, interval: 200 })
    await connector.revoke(used)
    await connector.revoke(unused)
  })
}
