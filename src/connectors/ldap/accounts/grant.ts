import { type AccessOrder, ConnectorError, type Evidence } from '../../../domain/connector.ts'
import { requireLease } from '../../_shared/membership.ts'
import { codes, hasCode } from '../errors.ts'
import { flavourOf } from '../flavour.ts'
import { bringIn, findGroup, type Group } from '../groups.ts'
import type { LdapEntitlement } from '../schema.ts'
import type { Ldap, Target } from '../target.ts'
import { both } from './both.ts'
import {
  type AccountSettings,
  findEntries,
  type LeaseEntry,
  leaseDn,
  newEntry,
  normalAccount,
  toTicks,
} from './entry.ts'
import { setTimeToLive } from './time-to-live.ts'

type Order = AccessOrder<LdapEntitlement>

/** Makes the entry of the lease, or brings it to what `order` says; its password stays. Then reads it back. */
export async function grantEntry(target: Target, accounts: AccountSettings, order: Order): Promise<Evidence> {
  requireLease(order)
  return target.operation(async (ldap) => {
    const [group, [found]] = await Promise.all([
      groupOf(target, ldap, order),
      findEntries(target, ldap, accounts, order),
    ])
    const dn = found?.dn ?? leaseDn(target, accounts, order.grantId)
    if (!found) await make(target, ldap, accounts, order)
    const [made] = await both(
      (found ? bringInStep(target, ldap, accounts, order, found) : keepUntil(ldap, accounts, order, dn)).then(
        async () => (await findEntries(target, ldap, accounts, order))[0],
      ),
      group ? bringIn(target, ldap, group, dn) : null,
    )
    if (!made) throw notSeen(target, accounts, order)
    requireWhole(target, accounts, order, made)
    return evidenceOf(made, group)
  })
}

async function groupOf(target: Target, ldap: Ldap, { content }: Order): Promise<Group | null> {
  const { group: dn, attribute } = content
  if (dn === undefined) return null
  const group = await findGroup(target, ldap, flavourOf(target), { dn, id: null, attribute })
  if (group) return group
  const message = `${target.resourceId}: there is no group ${dn}, or Daypass may not see it. Correct \`group\` in the catalog.`
  throw new ConnectorError('misconfigured', message, { retryable: false })
}

async function make(target: Target, ldap: Ldap, accounts: AccountSettings, order: Order): Promise<void> {
  const dn = leaseDn(target, accounts, order.grantId)
  try {
    await ldap.add(dn, newEntry(target, order, accounts))
  } catch (error) {
    if (hasCode(error, codes.noSuchObject)) throw noFolder(target, accounts)
    // The same grant, made at the same time.
    if (!hasCode(error, codes.entryAlreadyExists)) throw error
  }
}

async function bringInStep(
  target: Target,
  ldap: Ldap,
  accounts: AccountSettings,
  order: Order,
  { dn }: LeaseEntry,
): Promise<void> {
  if (target.settings.directory === 'openldap') return keepUntil(ldap, accounts, order, dn)
  await ldap.modify(dn, [
    { operation: 'replace', attribute: 'userAccountControl', values: [String(normalAccount)] },
    { operation: 'replace', attribute: 'accountExpires', values: [toTicks(order.until)] },
  ])
}

async function keepUntil(
  ldap: Ldap,
  { dynamicObjects }: AccountSettings,
  { until }: Order,
  dn: string,
): Promise<void> {
  if (!dynamicObjects) return
  await setTimeToLive(ldap, dn, Math.max(1, Math.ceil((until.getTime() - Date.now()) / 1_000)))
}

/** In milliseconds. OpenLDAP counts in seconds, and it is a while between our question and its answer. */
const tolerance = 60_000

function requireWhole(
  { resourceId, settings }: Target,
  { dynamicObjects }: AccountSettings,
  { until }: Order,
  { dn, isEnabled, expires }: LeaseEntry,
): void {
  const mustExpire = settings.directory === 'active-directory' || dynamicObjects
  const isInTime =
    !mustExpire || (expires !== null && Math.abs(expires.getTime() - until.getTime()) < tolerance)
  if (isEnabled && isInTime) return
  const what = isEnabled ? `ends ${expires?.toISOString() ?? 'never'} there` : 'is disabled'
  const message = `${resourceId}: ${dn} ${what}, although Daypass just set it otherwise. See who else writes there, and limits of the overlay dds.`
  throw new ConnectorError('conflict', message, { retryable: true })
}

function evidenceOf({ id, dn, expires }: LeaseEntry, group: Group | null): Evidence {
  const member = group ? `, a member of ${group.dn}` : ''
  const end = expires ? ` The directory ends it ${expires.toISOString()}.` : ''
  return {
    readAt: new Date(),
    summary: `The entry ${dn} is there${member}.${end}`,
    // OpenLDAP counts down, so its end is not the same at every look.
    facts: { entry: id, dn, group: group?.id ?? null, of: group?.dn ?? null, endsByItself: expires !== null },
  }
}

function noFolder({ resourceId }: Target, { under }: AccountSettings): ConnectorError {
  const message = `${resourceId}: there is no ${under}, or Daypass may not see it. Create it, or correct \`accounts.under\` in the catalog.`
  return new ConnectorError('misconfigured', message, { retryable: false })
}

function notSeen(target: Target, accounts: AccountSettings, { grantId }: Order): ConnectorError {
  const dn = leaseDn(target, accounts, grantId)
  const message = `${target.resourceId}: ${dn} was made, and does not show. Somebody deletes it, or Daypass may not read below ${accounts.under}.`
  return new ConnectorError('conflict', message, { retryable: true })
}
