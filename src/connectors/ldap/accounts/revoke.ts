import { type AccessOrder, ConnectorError, type Evidence } from '../../../domain/connector.ts'
import { nothingGiven } from '../../_shared/membership.ts'
import { codes, hasCode } from '../errors.ts'
import { type Group, takeOut } from '../groups.ts'
import { residualOf } from '../residual.ts'
import type { LdapEntitlement } from '../schema.ts'
import type { Ldap, Target } from '../target.ts'
import { both } from './both.ts'
import { type AccountSettings, accountDisabled, findEntries, leaseDn, normalAccount } from './entry.ts'

type Order = AccessOrder<LdapEntitlement | null>

/** An entry can come again while it is deleted. So often it is met. */
const mostTries = 4

/** Locks the entry, takes it out of its groups and deletes it, with everything that its holder put below it. Then reads back. */
export function revokeEntry(
  target: Target,
  accounts: AccountSettings | undefined,
  order: Order,
): Promise<Evidence> {
  return target.operation(async (ldap) => {
    const dns = new Set([
      ...(accounts ? [leaseDn(target, accounts, order.grantId)] : []),
      ...(typeof order.given?.dn === 'string' ? [order.given.dn] : []),
    ])
    // OpenLDAP may go on to list the name of a deleted entry. The entry was the lease's, so its memberships are too.
    const listsDeleted = target.settings.directory === 'openldap'
    const known = new Set(dns)
    const [wasThere, group] = await both(
      remove(target, ldap, accounts, order, dns),
      listsDeleted ? takeOutOfOffered(target, ldap, order, known) : null,
    )
    if (dns.size === 0) return nothingGiven()
    const renamed = [...dns].filter((dn) => !known.has(dn))
    if (group) for (const dn of renamed) await takeOut(target, ldap, group, dn)
    const stays = listsDeleted ? await takeOutOfOthers(target, ldap, dns) : []
    const [dn = ''] = dns
    return {
      readAt: new Date(),
      summary: `The entry ${dn} does not exist.`,
      facts: { dn, exists: false, ...(stays.length > 0 && { listedIn: stays }) },
      ...(wasThere && residualOf(target)),
      ...(stays.length > 0 && {
        remains: `${dn} is still listed in ${stays.join('; ')}, where Daypass may not change members. Nobody has this name any more.`,
      }),
    }
  })
}

/**
 * The removal is sent also where no entry shows: one that may not be seen looks as if it were absent. Gives whether there was one.
 */
async function remove(
  target: Target,
  ldap: Ldap,
  accounts: AccountSettings | undefined,
  order: Order,
  dns: Set<string>,
): Promise<boolean> {
  const [folder, first] = await Promise.all([
    accounts ? ldap.read(accounts.under, ['1.1']) : null,
    findEntries(target, ldap, accounts, order),
  ])
  if (accounts && !folder) throw folderHidden(target, accounts)
  let wasThere = order.given !== undefined
  for (let tries = 0; tries <= mostTries; tries += 1) {
    const entries = tries === 0 ? first : await findEntries(target, ldap, accounts, order)
    if (entries.length === 0 && tries > 0) return wasThere
    if (entries.length > 0) wasThere = true
    for (const { dn } of entries) dns.add(dn)
    for (const dn of dns) {
      await lock(target, ldap, dn)
      await removeTree(ldap, dn)
    }
  }
  throw comesAgain(target, [...dns])
}

/** An administrator can bring a deleted account back: then it is disabled. */
async function lock({ settings }: Target, ldap: Ldap, dn: string): Promise<void> {
  if (settings.directory !== 'active-directory') return
  const values = [String(normalAccount | accountDisabled)]
  await ldap.modify(dn, [{ operation: 'replace', attribute: 'userAccountControl', values }]).catch(unlessGone)
}

/** The lowest first. The directory deletes no entry that has others below. */
async function removeTree(ldap: Ldap, dn: string): Promise<void> {
  try {
    await ldap.remove(dn)
  } catch (error) {
    if (!hasCode(error, codes.notAllowedOnNonLeaf)) return unlessGone(error)
    const all = await ldap.find(dn, { present: 'objectClass' }, ['1.1'])
    // What is below has the longer DN.
    for (const { dn: each } of all.sort((one, other) => other.dn.length - one.dn.length))
      await ldap.remove(each).catch(unlessGone)
  }
}

function unlessGone(error: unknown): void {
  if (!hasCode(error, codes.noSuchObject)) throw error
}

/** Takes these names out of the group that the lease gave. Null: it gave none, or there is none that Daypass may see. */
async function takeOutOfOffered(
  target: Target,
  ldap: Ldap,
  { content }: Order,
  dns: ReadonlySet<string>,
): Promise<Group | null> {
  if (content?.group === undefined) return null
  const group: Group = { id: '', dn: content.group, attribute: content.attribute }
  try {
    for (const dn of dns) await takeOut(target, ldap, group, dn)
    return group
  } catch (error) {
    if (hasCode(error, codes.noSuchObject)) return null
    throw error
  }
}

/** Takes these names out of every group that lists them. Gives those groups that Daypass may not change. */
async function takeOutOfOthers(target: Target, ldap: Ldap, dns: ReadonlySet<string>): Promise<string[]> {
  const stays: string[] = []
  for (const dn of dns) {
    for (const listing of await listings(target, ldap, dn))
      await takeOut(target, ldap, listing, dn).catch((error) => {
        if (!hasCode(error, codes.insufficientAccess)) throw error
        stays.push(listing.dn)
      })
  }
  return stays
}

async function listings({ settings }: Target, ldap: Ldap, dn: string): Promise<Group[]> {
  const found = await Promise.all(
    (['member', 'uniqueMember'] as const).map(async (attribute) => {
      const entries = await ldap.find(settings.base, { attribute, is: dn }, ['1.1'])
      return entries.map((entry): Group => ({ id: '', dn: entry.dn, attribute }))
    }),
  )
  return found.flat()
}

function folderHidden({ resourceId, settings }: Target, { under }: AccountSettings): ConnectorError {
  const message = `${resourceId}: there is no ${under}, or ${settings.user} may not see it, so nothing in it can be told. Correct \`accounts.under\`, or its rights.`
  return new ConnectorError('permission', message, { retryable: true })
}

function comesAgain({ resourceId }: Target, dns: readonly string[]): ConnectorError {
  const message = `${resourceId}: ${dns.join('; ')} is there again after each removal. See who else creates entries there.`
  return new ConnectorError('still_present', message, { retryable: true })
}
