import { afterAll, beforeAll, describe, it } from 'vitest'
import { sshHostMissing } from '../../fixtures/targets/ssh-host.ts'
import { skipLoudly } from '../_redis.ts'
import { faultyHostRules, sshCheckRules } from './ssh-faults.ts'
import { certificateRules, hostRules, ownKeyRules, sharedAccountRules } from './ssh-rules.ts'
import { makeSshWorld, type SshWorld } from './ssh-world.ts'

if (skipLoudly('hosts of the ssh connector', sshHostMissing)) {
  describe.skip('ssh hosts: not on this machine', () => it('is tested', () => {}))
} else {
  describe('ssh on a host', { timeout: 30_000 }, () => {
    let world: SshWorld
    beforeAll(async () => {
      world = await makeSshWorld()
    }, 60_000)
    afterAll(() => world?.close())
    certificateRules(() => world)
    ownKeyRules(() => world)
    hostRules(() => world)
    sharedAccountRules(() => world)
    faultyHostRules(() => world)
    sshCheckRules(() => world)
  })
}
