import { addAdUser, type SambaTarget, startSamba } from '../../fixtures/targets/samba.ts'
import { type SlapdOptions, type SlapdTarget, startSlapd } from '../../fixtures/targets/slapd.ts'
import { type DirectoryKind, pageBlocks, placeholder } from './ldap-world.ts'

export const openldap: DirectoryKind = {
  name: 'openldap',
  addPerson: async (root, under, login) => {
    // Signs that have a meaning in a DN.
    const dn = `cn=Lee\\, "Casey" ${escaped(login)},${under}`.replaceAll('"', '\\22')
    await root.add(dn, { objectClass: 'inetOrgPerson', cn: `Lee, "Casey" ${login}`, sn: 'Lee', uid: login })
    return (await root.find(under, `(entryDN=${forFilter(dn)})`))[0] ?? dn
  },
  addGroup: async (root, under, name) => {
    const dn = `cn=${name},${under}`
    const [, base = ''] = /,(dc=.*)$/.exec(under) ?? []
    await root.add(dn, { objectClass: 'groupOfNames', cn: name, member: placeholder(base) })
    return dn
  },
}

export const activeDirectory: DirectoryKind = {
  name: 'active-directory',
  addPerson: async (root, under, login) => {
    const dn = `CN=Lee\\, Casey (${login}),${under}`
    await addAdUser(root, dn, { sAMAccountName: login })
    return dn
  },
  addGroup: async (root, under, name) => {
    const dn = `CN=${name},${under}`
    await root.add(dn, { objectClass: 'group', sAMAccountName: name })
    return dn
  },
}

/** Rights of others, besides those of Daypass. The holder of an entry may do with it what it likes. */
const others = `
access to attrs=userPassword by self =w by anonymous auth by * none
access to dn.base="ou=leases,dc=example,dc=com" attrs=children by users write by * none
access to dn.subtree="ou=leases,dc=example,dc=com" attrs=uid by users write by * none
access to dn.subtree="ou=services,dc=example,dc=com" attrs=member by users read by * none
access to dn.regex="^(.+,)?(uid=[^,]+,ou=leases,dc=example,dc=com)$"
  by dn.exact,expand="$2" write by users read by * none
access to * by * none`

export function startSlapdForDaypass(options: SlapdOptions = {}): Promise<SlapdTarget> {
  const [rights = '', memberOf = ''] = pageBlocks('### OpenLDAP')
  const all = options.overlays?.includes('memberof') ? memberOf + rights : rights
  return startSlapd({ access: all + others, ...options })
}

export async function startSambaForDaypass(): Promise<SambaTarget> {
  const server = await startSamba()
  // Holders may change their passwords at once.
  await server.root.set(server.base, { minPwdAge: '0' })
  const sid = await sidOf(server)
  const [, commands = ''] = pageBlocks('### Active Directory')
  for (const command of commands.trim().split('\n')) {
    const [, ...args] = command.replaceAll('SID)', `${sid})`).split(' ')
    await server.tool(...args)
  }
  return server
}

/** The SID of the account of Daypass. */
export async function sidOf(server: SambaTarget): Promise<string> {
  const shown = await server.tool('user', 'show', 'daypass', '--attributes=objectSid')
  return /^objectSid: (\S+)$/m.exec(shown)?.[1] ?? ''
}

function escaped(text: string): string {
  return text.replace(/[\\,+"<>;=#]/g, (sign) => `\\${sign}`)
}

/** https://www.rfc-editor.org/rfc/rfc4515#section-3 */
function forFilter(text: string): string {
  return text.replace(/[\\*()\0]/g, (sign) => `\\${sign.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
