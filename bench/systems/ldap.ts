import { randomBytes } from 'node:crypto'
import { BerWriter } from 'ldapts'
import { openDirectory } from '../../fixtures/targets/directory.ts'
import { slapdMissing } from '../../fixtures/targets/slapd.ts'
import { makeLdapAccountsWorld } from '../../test/contract/ldap-accounts-world.ts'
import { openldap, startSlapdForDaypass } from '../../test/contract/ldap-kinds.ts'
import { credentialsOf, fieldOf, type SystemKind } from './system.ts'

/** An entry of the lease, in OpenLDAP, which is a member of a group. */
export const ldapSystem: SystemKind = {
  kind: 'ldap',
  missing: slapdMissing,
  start: async () => {
    const server = await startSlapdForDaypass({ overlays: ['dds'] })
    const world = await makeLdapAccountsWorld(server, openldap)
    const admin = await openDirectory({
      ...server.admin,
      url: `ldaps://127.0.0.1:${world.proxy.port}`,
      caFile: server.caFile,
    })
    return {
      world,
      bare: {
        grant: async () => {
          const [uid, userPassword] = [
            `bare-${randomBytes(8).toString('hex')}`,
            randomBytes(18).toString('base64'),
          ]
          const dn = `uid=${uid},${server.leases}`
          const objectClass = ['inetOrgPerson', 'dynamicObject']
          await admin.add(dn, { objectClass, uid, cn: uid, sn: uid, userPassword })
          await admin.raw.exop(refresh, timeToLive(dn, 3_600))
          await admin.addTo(world.group, 'member', dn)
          if (!(await admin.valuesOf(world.group, 'member')).includes(dn)) throw new Error('it is no member')
          return credentialsOf({ DN: dn, Password: userPassword })
        },
        revoke: async (given) => {
          const dn = fieldOf(given, 'DN')
          await admin.takeFrom(world.group, 'member', dn)
          await admin.remove(dn)
          if (await admin.read(dn, ['1.1'])) throw new Error('the entry is still there')
        },
      },
      close: async () => {
        await admin.close()
        await world.close()
        await server.close()
      },
    }
  },
}

/** https://www.rfc-editor.org/rfc/rfc2589#section-4 */
const refresh = '1.3.6.1.4.1.1466.101.119.1'

function timeToLive(dn: string, seconds: number): Buffer {
  const writer = new BerWriter()
  writer.startSequence()
  writer.writeString(dn, 0x80)
  writer.writeInt(seconds, 0x81)
  writer.endSequence()
  return writer.buffer
}
