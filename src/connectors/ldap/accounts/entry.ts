import { createHash } from 'node:crypto'
import type { AccessOrder } from '../../../domain/connector.ts'
import { grantIdOfToken, grantToken } from '../../_shared/lease-name.ts'
import { type Flavour, flavourOf } from '../flavour.ts'
import type { LdapEntitlement, LdapSettings } from '../schema.ts'
import type { Ldap, LdapEntry, Target, Values } from '../target.ts'
import { freshPassword, unicodePassword } from './password.ts'

/** The settings of a resource whose leases have entries of their own. */
export type AccountSettings = NonNullable<LdapSettings['accounts']>

/** The entry of a lease, as the directory shows it. */
export interface LeaseEntry {
  readonly id: string
  readonly dn: string
  readonly isEnabled: boolean
  /** The end that the directory keeps by itself. Null: it keeps none. */
  readonly expires: Date | null
}

/** The name of a lease's entry: 8 hex digits for the resource and the token of the grant. */
function leaseName(resourceId: string, grantId: string): string {
  return `${prefixOf(resourceId)}${grantToken(grantId)}`
}

/** The grant of an entry of this resource; null for every other entry. */
export function grantOfName(resourceId: string, name: string): string | null {
  const prefix = prefixOf(resourceId)
  return name.startsWith(prefix) ? grantIdOfToken(name.slice(prefix.length)) : null
}

export function prefixOf(resourceId: string): string {
  return `daypass-${createHash('sha256').update(resourceId).digest('hex').slice(0, 8)}-`
}

/** The attribute that names the entry. */
export function namingOf({ directory }: Pick<LdapSettings, 'directory'>): 'cn' | 'uid' {
  return directory === 'active-directory' ? 'cn' : 'uid'
}

/** The name is of small letters, digits and `-`, so nothing in it is escaped. */
export function leaseDn(
  { resourceId, settings }: Target,
  { under }: AccountSettings,
  grantId: string,
): string {
  return `${namingOf(settings)}=${leaseName(resourceId, grantId)},${under}`
}

/** With 20 signs at most: https://learn.microsoft.com/windows/win32/adschema/a-samaccountname */
export function shortName(resourceId: string, grantId: string): string {
  return `dp-${createHash('sha256').update(`${resourceId} ${grantId}`).digest('hex').slice(0, 17)}`
}

/**
 * Where the entry of the order is: under its name, and wherever the id that was given is now, because its holder may have been
 * able to rename it. Where the catalog no longer says under what entries are made, the name is looked for everywhere.
 */
export async function findEntries(
  target: Target,
  ldap: Ldap,
  accounts: AccountSettings | undefined,
  { grantId, given }: Pick<AccessOrder<unknown>, 'grantId' | 'given'>,
): Promise<LeaseEntry[]> {
  const flavour = flavourOf(target)
  const wanted = entryAttributes(flavour)
  const id = given?.entry
  const found = await Promise.all([
    accounts
      ? ldap.read(leaseDn(target, accounts, grantId), wanted)
      : ldap.find(
          target.settings.base,
          { attribute: namingOf(target.settings), is: leaseName(target.resourceId, grantId) },
          wanted,
        ),
    typeof id === 'string' ? flavour.findById(ldap, id, wanted) : null,
  ])
  const entries = found.flat().flatMap((entry) => (entry ? [entryOf(flavour, entry)] : []))
  return [...new Map(entries.map((entry) => [entry.dn.toLowerCase(), entry])).values()]
}

function entryAttributes(flavour: Flavour): string[] {
  return [flavour.id, ...(flavour.membersAreNames ? ['entryTtl'] : ['userAccountControl', 'accountExpires'])]
}

function entryOf(flavour: Flavour, entry: LdapEntry): LeaseEntry {
  const ttl = entry.text('entryTtl')[0]
  const ticks = entry.text('accountExpires')[0]
  return {
    id: flavour.idOf(entry) ?? '',
    dn: entry.dn,
    isEnabled: (Number(entry.text('userAccountControl')[0] ?? 0) & accountDisabled) === 0,
    expires:
      ttl !== undefined
        ? new Date(Date.now() + Number(ttl) * 1_000)
        : ticks === undefined
          ? null
          : fromTicks(ticks),
  }
}

/** https://learn.microsoft.com/troubleshoot/windows-server/active-directory/useraccountcontrol-manipulate-account-properties */
export const accountDisabled = 2
export const normalAccount = 512

/** Attributes of a new entry. It has a password that nobody knows, or none, so nobody can log in yet. */
export function newEntry(
  target: Target,
  order: AccessOrder<LdapEntitlement>,
  accounts: AccountSettings,
): Values {
  const name = leaseName(target.resourceId, order.grantId)
  const holder = plain(order.holder.displayName)
  const about = { displayName: [holder], description: [plain(`Daypass ${order.reference}`)] }
  if (target.settings.directory === 'openldap') {
    const classes = ['inetOrgPerson', ...(accounts.dynamicObjects ? ['dynamicObject'] : [])]
    return { objectClass: classes, uid: [name], cn: [name], sn: [holder], ...about }
  }
  return {
    objectClass: ['user'],
    cn: [name],
    sAMAccountName: [shortName(target.resourceId, order.grantId)],
    userPrincipalName: [principalName(target, order.grantId)],
    userAccountControl: [String(normalAccount)],
    accountExpires: [toTicks(order.until)],
    unicodePwd: [unicodePassword(freshPassword())],
    ...about,
  }
}

export function principalName({ resourceId, settings }: Target, grantId: string): string {
  const domain = [...settings.base.matchAll(/(?:^|,)\s*dc\s*=\s*([^,\s]+)/gi)]
    .map(([, part]) => part)
    .join('.')
  return `${leaseName(resourceId, grantId)}@${domain}`
}

/** A tenth of a microsecond each, since 1601: https://learn.microsoft.com/windows/win32/adschema/a-accountexpires */
export function toTicks(at: Date): string {
  return String((BigInt(at.getTime()) + beforeUnix) * 10_000n)
}

const beforeUnix = 11_644_473_600_000n

/** 0 and the highest number mean never. */
function fromTicks(text: string): Date | null {
  const ticks = BigInt(text)
  return ticks === 0n || ticks >= 9_223_372_036_854_775_807n
    ? null
    : new Date(Number(ticks / 10_000n - beforeUnix))
}

/** A name that people chose, without signs that do not show. Empty ones are not taken. */
function plain(text: string): string {
  const shown = text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()
  return Array.from(shown).slice(0, 64).join('').trim() || 'Daypass'
}
