import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sshHostMissing } from '../../fixtures/targets/ssh-host.ts'
import { ssh } from '../../src/connectors/ssh/connector.ts'
import { leaseName } from '../../src/connectors/ssh/names.ts'
import type { AccessOrder } from '../../src/domain/connector.ts'
import { skipLoudly } from '../_redis.ts'
import { countsOf, lookAt } from './connector-activity.ts'
import { fixApp, makeSshWorld, type SshWorld } from './ssh-world.ts'

const leaseOf = ({ resourceId, grantId }: AccessOrder) => leaseName(resourceId, grantId)

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

    it('root notes the programs that the account of a lease starts, without their arguments', async () => {
      const { access, holder, host, withCatalog, sweep } = world
      const recorded = { ...fixApp, record: true }
      const connector = withCatalog({ access: recorded })
      const [order, plain] = [access(recorded), access()]
      expect(await connector.check()).toMatchObject({ ok: true })
      await connector.grant(order)
      await connector.grant(plain)
      const casey = await holder(order, connector)
      // A shell of its own would read these before sudo is there.
      const files = '.bashrc .bash_profile .profile .ssh/rc .ssh/environment'
      const early = `mkdir -p .ssh; echo 'echo "by $SUDO_USER" >>~/seen' | tee ${files}`
      expect((await casey.run(early)).code).toBe(0)
      for (const times of [1, 2]) {
        const ran = await casey.run(`/usr/bin/printf SECRET${times}; sudo -n /usr/bin/id -u`)
        expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(`SECRET${times}0`) })
      }
      const seen = await host.run(`cat /home/${leaseOf(order)}/seen`)
      expect([...new Set(seen.trim().split('\n'))]).toEqual(['by root'])
      const look = async () => (await lookAt(connector, order, plain))[0]
      const first = await look()
      expect(countsOf(first)).toMatchObject({
        '/bin/bash': 3,
        '/usr/bin/printf': 2,
        '/usr/bin/sudo': 2,
        '/usr/bin/id': 2,
        '/usr/bin/mkdir': 1,
      })
      expect(first).toMatchObject({ unit: 'command', isCounted: true })
      expect(first?.limits.join()).toContain('without their arguments')
      expect(JSON.stringify(first)).not.toContain('SECRET')
      expect((await lookAt(connector, order, plain))[1]).toMatchObject({ unit: 'session', operations: [] })
      // The holder can neither get at what root wrote, nor end what writes it.
      const log = '/var/lib/daypass-ssh/programs'
      const fought = await casey.run(`cat ${log}/*; rm -rf ${log}; kill -9 $PPID; /usr/bin/printf again`)
      expect(fought).toMatchObject({ code: 0, stdout: 'again' })
      expect(fought.stderr).toMatch(/Operation not permitted/)
      // Nothing goes on without it.
      await casey.run('nohup /usr/bin/sleep 300 >/dev/null 2>&1 & kill -9 $(ps -eo pid=,comm= | grep sudo)')
      await vi.waitFor(async () => {
        expect(await host.run(`ps -o comm= -u ${leaseOf(order)} || true`)).toBe('')
      }, 5_000)
      const later = { '/usr/bin/printf': 3, '/usr/bin/rm': 1 }
      expect(countsOf(await look())).toMatchObject(later)
      // A long file becomes numbers.
      await host.run(`head -c 17000000 /dev/zero | tr '\\0' ' ' >>${log}/${leaseOf(order)}`)
      await sweep()
      expect(Number(await host.run(`stat -c %s ${log}/${leaseOf(order)}`))).toBe(0)
      expect(countsOf(await look())).toMatchObject(later)
      const session = await casey.open()
      expect(await session.alive()).toBe(true)
      for (const one of [order, plain]) await connector.revoke(one)
      expect(await session.alive()).toBe(false)
      expect(await host.run('ls /etc/sudoers.d | grep -c daypass-dp || true')).toBe('0\n')
      expect(await host.run(`touch -d '-2 days' ${log}/*; ls ${log}`)).toContain(leaseOf(order))
      await sweep()
      expect(await host.run(`ls ${log}`)).toBe('')
      const shared = ssh.entitlement.safeParse({ account: 'deploy', record: true })
      expect(shared.error?.message).toContain('only what the account of a lease does is recorded')
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
