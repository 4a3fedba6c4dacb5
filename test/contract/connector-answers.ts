import { expect, it, onTestFinished } from 'vitest'
import { expectNoSecret, failure } from './_contract-tools.ts'
import type { BreakableProxy } from './breakable-proxy.ts'
import type { ConnectorWorld, ContractSkips } from './connector-world.ts'

const faults: readonly [string, (proxy: BreakableProxy) => void][] = [
  ['hangs', (proxy) => proxy.hang()],
  ['resets every connection', (proxy) => proxy.reset()],
  ['answers nonsense', (proxy) => proxy.garble()],
]

/** A target that does not answer as it should. */
export function answerRules(world: () => ConnectorWorld, skips: ContractSkips): void {
  it.each(faults)(
    'a target that %s: every operation ends in time, as an error without secrets',
    async (_, fail) => {
      const { connector, freshAccess, holds, proxy } = world()
      const [access, other] = [freshAccess(), freshAccess()]
      // Also after a failure: a second attempt begins with nothing.
      onTestFinished(async () => {
        await proxy.mend()
        for (const order of [access, other]) await connector.revoke(order)
      })
      await connector.grant(access)
      fail(proxy)
      const errors = await Promise.all([
        failure(connector.grant(other)),
        failure(connector.revoke(access)),
        ...(connector.issueCredentials && !skips.credentials
          ? [failure(connector.issueCredentials(access))]
          : []),
      ])
      for (const error of errors) {
        expect(error.retryable, error.message).toBe(true)
        expectNoSecret(world(), error)
      }
      const diagnosis = await connector.check()
      expect(diagnosis).toMatchObject({ ok: false, problems: [{ remedy: expect.stringMatching(/\w/) }] })
      expectNoSecret(world(), diagnosis)
      await proxy.mend()
      // The target may have understood what it answered with nonsense.
      for (const order of [access, other]) {
        await connector.revoke(order)
        expect(await holds(order)).toBe(false)
      }
    },
    60_000,
  )
}
