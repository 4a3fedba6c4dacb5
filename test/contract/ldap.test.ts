import { afterAll, beforeAll, describe, it } from 'vitest'
import { type SlapdTarget, slapdMissing } from '../../fixtures/targets/slapd.ts'
import { skipLoudly } from '../_redis.ts'
import { describeConnectorContract } from './connector-contract.ts'
import { ldapEntryRules, openldapEntryRules } from './ldap-accounts-rules.ts'
import { type LdapAccountsWorld, makeLdapAccountsWorld } from './ldap-accounts-world.ts'
import { ldapAnswerRules, ldapBindRules, ldapRightsRules, ldapTlsRules } from './ldap-connection-rules.ts'
import { openldap, startSlapdForDaypass } from './ldap-kinds.ts'
import { ldapGroupRules, ldapLoginRules, openldapRules } from './ldap-rules.ts'
import { accountSkips, membershipSkips } from './ldap-skips.ts'
import { type LdapWorld, makeLdapWorld } from './ldap-world.ts'

if (skipLoudly('the ldap connector on OpenLDAP', slapdMissing)) {
  describe.skip('ldap: no OpenLDAP on this machine', () => it('is tested', () => {}))
} else {
  describe('openldap', () => {
    let server: SlapdTarget
    beforeAll(async () => {
      server = await startSlapdForDaypass({ overlays: ['dds'] })
    })
    afterAll(() => server?.close())

    describeConnectorContract(
      'ldap, members of OpenLDAP',
      () => makeLdapWorld(server, openldap, { tls: false }),
      membershipSkips,
    )

    describeConnectorContract(
      'ldap, entries of OpenLDAP',
      () => makeLdapAccountsWorld(server, openldap),
      accountSkips,
    )

    describe.each([
      ['logins', ldapLoginRules],
      ['groups', ldapGroupRules],
      ['OpenLDAP', openldapRules],
      ['TLS', ldapTlsRules],
      ['binds', ldapBindRules],
      ['answers', ldapAnswerRules],
    ])('ldap, %s', (_, rules) => {
      let world: LdapWorld
      beforeAll(async () => {
        world = await makeLdapWorld(server, openldap, { tls: false })
      })
      afterAll(() => world?.close())
      rules(() => world)
    })

    describe.each([
      ['entries', ldapEntryRules],
      ['entries of OpenLDAP', openldapEntryRules],
    ])('ldap, %s', (_, rules) => {
      let world: LdapAccountsWorld
      beforeAll(async () => {
        world = await makeLdapAccountsWorld(server, openldap)
      })
      afterAll(() => world?.close())
      rules(() => world)
    })
  })

  describe('ldap, rights', () => ldapRightsRules())
}
