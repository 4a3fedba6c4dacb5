import { afterAll, beforeAll, describe, it } from 'vitest'
import { type SambaTarget, sambaMissing } from '../../fixtures/targets/samba.ts'
import { skipLoudly } from '../_redis.ts'
import { describeConnectorContract } from './connector-contract.ts'
import { ldapEntryRules } from './ldap-accounts-rules.ts'
import { type LdapAccountsWorld, makeLdapAccountsWorld } from './ldap-accounts-world.ts'
import { activeDirectoryRules } from './ldap-ad-rules.ts'
import { activeDirectory, startSambaForDaypass } from './ldap-kinds.ts'
import { ldapGroupRules } from './ldap-rules.ts'
import { accountSkips, membershipSkips } from './ldap-skips.ts'
import { type LdapWorld, makeLdapWorld } from './ldap-world.ts'

if (skipLoudly('the ldap connector on Active Directory', sambaMissing)) {
  describe.skip('ldap: no Active Directory on this machine', () => it('is tested', () => {}))
} else {
  describe('active directory', () => {
    let server: SambaTarget
    // A domain is made once; that takes a while.
    beforeAll(async () => {
      server = await startSambaForDaypass()
    }, 180_000)
    afterAll(() => server?.close())

    describeConnectorContract(
      'ldap, members of Active Directory',
      () => makeLdapWorld(server, activeDirectory, { tls: true }),
      membershipSkips,
    )
    describeConnectorContract(
      'ldap, entries of Active Directory',
      () => makeLdapAccountsWorld(server, activeDirectory),
      accountSkips,
    )

    describe('ldap, members', () => {
      let world: LdapWorld
      beforeAll(async () => {
        world = await makeLdapWorld(server, activeDirectory, { tls: true })
      })
      afterAll(() => world?.close())
      ldapGroupRules(() => world)
      activeDirectoryRules(
        () => world,
        () => server,
      )
    })

    describe('ldap, entries', () => {
      let world: LdapAccountsWorld
      beforeAll(async () => {
        world = await makeLdapAccountsWorld(server, activeDirectory)
      })
      afterAll(() => world?.close())
      ldapEntryRules(() => world)
    })
  })
}
