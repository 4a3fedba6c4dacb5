import { describe, it } from 'vitest'
import { sshHostMissing } from '../../fixtures/targets/ssh-host.ts'
import { skipLoudly } from '../_redis.ts'
import { describeConnectorContract } from './connector-contract.ts'
import { makeSshWorld } from './ssh-world.ts'

if (skipLoudly('the ssh connector', sshHostMissing)) {
  describe.skip('ssh: not on this machine', () => it('is tested', () => {}))
} else {
  describeConnectorContract('ssh', () => makeSshWorld(), {
    grantAll: 'each lease is a request of its own to the hosts',
    revokeAll: 'each lease is a request of its own to the hosts',
    logins: 'the account belongs to the entitlement, or each lease has its own',
  })
}
