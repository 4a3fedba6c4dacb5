import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sshHostMissing } from '../../fixtures/targets/ssh-host.ts'
import { skipLoudly } from '../_redis.ts'
import { lookAt } from './connector-activity.ts'
import { makeSshWorld, type SshWorld } from './ssh-world.ts'

/** What Daypass tells of a lease, compared with the things that its holder did. */
describe.skipIf(skipLoudly('what holders of SSH leases did', sshHostMissing))(
  'what a holder did',
  { timeout: 60_000 },
  () => {
    let world: SshWorld
    beforeAll(async () => {
      world = await makeSshWorld()
    }, 60_000)
    afterAll(() => world?.close())

    it('each login counts once, an open one is a use now, and nobody sees what was typed', async () => {
      const { connector, access, holder, host } = world
      const [used, unused] = [access(), access()]
      await connector.grant(used)
      await connector.grant(unused)
      const casey = await holder(used)
      for (const word of ['SECRET1', 'SECRET2']) expect((await casey.run(`echo ${word}`)).code).toBe(0)
      const session = await casey.open()
      const [look, other] = await lookAt(connector, used, unused)
      expect(look).toMatchObject({ unit: 'session', isCounted: true, operations: [] })
      expect(look?.sessions).toHaveLength(3)
      expect(look?.lastUsedAt).toEqual(look?.at)
      expect(look?.limits.join()).toContain('neither commands nor addresses')
      expect(JSON.stringify(look)).not.toContain('SECRET')
      expect(other).toMatchObject({ sessions: [], lastUsedAt: null })
      await session.close()
      await vi.waitFor(async () => {
        const [closed] = await lookAt(connector, used)
        expect(closed?.lastUsedAt?.getTime()).toBeLessThan(closed?.at.getTime() ?? 0)
      }, 10_000)
      for (const order of [used, unused]) await connector.revoke(order)
      expect(await host.run('ls /var/lib/daypass-ssh/leases')).toBe('')
    })

    it('a helper of an earlier version does not tell, and that is said', async () => {
      const { connector, access, host } = world
      await host.run("sed -i 's/list | check | use)/list | check)/' /usr/local/sbin/daypass-ssh")
      const order = access()
      await connector.grant(order)
      const [look] = await lookAt(connector, order)
      expect(look).toMatchObject({ isCounted: false, sessions: [] })
      expect(look?.limits.join()).toContain('earlier version')
      await connector.revoke(order)
    })
  },
)
