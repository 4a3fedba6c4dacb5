import type { Filter } from './filter.ts'
import type { LdapSettings } from './schema.ts'
import type { Ldap, LdapEntry, Target } from './target.ts'

/** What differs between directories, besides their result codes. */
export interface Flavour {
  /** The attribute with the id of an entry, which outlives a change of its name. */
  readonly id: string
  idOf(entry: LdapEntry): string | null
  /** Null: no entry has the id, or Daypass may not see it. */
  findById(ldap: Ldap, id: string, attributes: readonly string[]): Promise<LdapEntry | null>
  /** The attribute with the DN of an entry, for filters. */
  readonly dn: string
  /** Members are names. Otherwise they are the entries themselves: they follow a rename, and go with the entry. */
  readonly membersAreNames: boolean
  readonly login: NonNullable<LdapSettings['login']>
  /** Whether the entry has this value, compared as the directory compares. */
  has(ldap: Ldap, dn: string, attribute: string, value: string): Promise<boolean>
  /** People, and neither groups nor machines. */
  readonly isPerson: Filter
}

export function flavourOf({ settings }: Pick<Target, 'settings'>): Flavour {
  return settings.directory === 'active-directory' ? activeDirectory : openldap(settings)
}

const isPersonThere: Filter = {
  any: ['person', 'account', 'posixAccount'].map((is) => ({ attribute: 'objectClass', is })),
}

/** https://www.rfc-editor.org/rfc/rfc4530 */
function openldap({ base }: LdapSettings): Flavour {
  return {
    id: 'entryUUID',
    idOf: (entry) => entry.text('entryUUID')[0] ?? null,
    findById: async (ldap, id, attributes) =>
      (await ldap.find(base, { attribute: 'entryUUID', is: id }, attributes, 2))[0] ?? null,
    dn: 'entryDN',
    membersAreNames: true,
    login: 'uid',
    isPerson: isPersonThere,
    // Where the right is missing, this is refused. A search would find nothing, as if the value were absent.
    has: (ldap, dn, attribute, value) => ldap.compare(dn, attribute, value),
  }
}

const activeDirectory: Flavour = {
  id: 'objectGUID',
  idOf: (entry) => {
    const bytes = entry.bytes('objectGUID')
    return bytes && guidText(bytes)
  },
  // https://learn.microsoft.com/openspecs/windows_protocols/ms-adts/3b6ad9bb-4c96-4e83-9ad1-d6a5ccfe9fcd
  findById: (ldap, id, attributes) => ldap.read(`<GUID=${id}>`, attributes),
  dn: 'distinguishedName',
  membersAreNames: false,
  login: 'sAMAccountName',
  // Samba does not compare values with parentheses.
  has: async (ldap, dn, attribute, value) =>
    (await ldap.read(dn, ['1.1'], { attribute, is: value })) !== null,
  isPerson: { all: [isPersonThere, { not: { attribute: 'objectClass', is: 'computer' } }] },
}

/** The first three parts are little-endian. */
function guidText(bytes: Buffer): string | null {
  if (bytes.length !== 16) return null
  const part = (from: number, to: number) => bytes.subarray(from, to)
  const swapped = (from: number, to: number) => Buffer.from(part(from, to)).reverse()
  return [swapped(0, 4), swapped(4, 6), swapped(6, 8), part(8, 10), part(10, 16)]
    .map((each) => each.toString('hex'))
    .join('-')
}
