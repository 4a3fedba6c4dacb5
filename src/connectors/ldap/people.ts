import { ConnectorError } from '../../domain/connector.ts'
import type { Flavour } from './flavour.ts'
import type { LdapEntitlement } from './schema.ts'
import type { Ldap, LdapEntry, Target } from './target.ts'

export interface Person {
  readonly id: string
  readonly dn: string
  /** The first `uid`, as groups of Unix list their members; null where there is none. */
  readonly uid: string | null
  readonly isDisabled: boolean
}

/** Attributes of a person that Daypass reads. */
export function personAttributes(flavour: Flavour): string[] {
  return [flavour.id, 'uid', ...(flavour.membersAreNames ? [] : ['userAccountControl'])]
}

/** The person whose login this is; null where there is none. Throws where it is not certain which one. */
export async function findPerson(
  { resourceId, settings }: Target,
  ldap: Ldap,
  flavour: Flavour,
  login: string,
): Promise<Person | null> {
  const kind = settings.login ?? flavour.login
  const attribute = kind === 'dn' ? flavour.dn : kind
  const filter = { all: [flavour.isPerson, { attribute, is: login }] }
  const wanted = [...personAttributes(flavour), ...(kind === 'dn' ? [] : [attribute])]
  const answered = await ldap.find(settings.people ?? settings.base, filter, wanted, 10)
  // Active Directory takes an accented letter for the plain one.
  const found = answered.filter(
    (entry) => kind === 'dn' || entry.text(attribute).some((one) => isSame(one, login)),
  )
  if (found.length > 1) {
    const message = `${resourceId}: ${found.length} people have the ${kind} ${login}: ${found.map(({ dn }) => dn).join('; ')}. Confirm the DN of the right one, and write \`login: dn\`.`
    throw new ConnectorError('conflict', message, { retryable: false })
  }
  return found[0] ? personOf(resourceId, flavour, found[0]) : null
}

export async function personById(
  { resourceId }: Target,
  ldap: Ldap,
  flavour: Flavour,
  id: string,
): Promise<Person | null> {
  const entry = await flavour.findById(ldap, id, personAttributes(flavour))
  return entry && personOf(resourceId, flavour, entry)
}

/** The value under which the attribute of a group lists the person. */
export function memberValue(
  resourceId: string,
  { dn, uid }: Person,
  { attribute }: Pick<LdapEntitlement, 'attribute'>,
): string {
  if (attribute !== 'memberUid') return dn
  if (uid !== null) return uid
  const message = `${resourceId}: ${dn} has no uid, by which \`memberUid\` lists members. Give it one.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

function personOf(resourceId: string, flavour: Flavour, entry: LdapEntry): Person {
  const id = flavour.idOf(entry)
  if (id === null) throw idHidden(resourceId, flavour, entry.dn)
  return {
    id,
    dn: entry.dn,
    uid: entry.text('uid')[0] ?? null,
    // https://learn.microsoft.com/troubleshoot/windows-server/active-directory/useraccountcontrol-manipulate-account-properties
    isDisabled: (Number(entry.text('userAccountControl')[0] ?? 0) & 2) !== 0,
  }
}

export function idHidden(resourceId: string, { id }: Flavour, dn: string): ConnectorError {
  const message = `${resourceId}: Daypass may not read ${id} of ${dn}, by which it finds it after a rename. Give its account the right to read it.`
  return new ConnectorError('permission', message, { retryable: false })
}

function isSame(one: string, other: string): boolean {
  return one.normalize('NFC').toLowerCase() === other.normalize('NFC').toLowerCase()
}
