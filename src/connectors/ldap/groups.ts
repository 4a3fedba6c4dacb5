import { ConnectorError } from '../../domain/connector.ts'
import { codes, hasCode } from './errors.ts'
import { type Flavour, flavourOf } from './flavour.ts'
import { idHidden } from './people.ts'
import type { LdapEntitlement } from './schema.ts'
import type { Ldap, Target } from './target.ts'

export interface Group {
  readonly id: string
  readonly dn: string
  readonly attribute: LdapEntitlement['attribute']
}

/** The group with this id, or where none is known the one with this DN. Null: there is none, or Daypass may not see it. */
export async function findGroup(
  { resourceId }: Target,
  ldap: Ldap,
  flavour: Flavour,
  { dn, id, attribute }: { dn: string; id: string | null; attribute: LdapEntitlement['attribute'] },
): Promise<Group | null> {
  const entry =
    id === null ? await ldap.read(dn, [flavour.id]) : await flavour.findById(ldap, id, [flavour.id])
  if (!entry) return null
  const found = flavour.idOf(entry)
  if (found === null) throw idHidden(resourceId, flavour, entry.dn)
  return { id: found, dn: entry.dn, attribute }
}

export function isIn(target: Target, ldap: Ldap, { dn, attribute }: Group, value: string): Promise<boolean> {
  return flavourOf(target).has(ldap, dn, attribute, value)
}

/** Resolves when a read-back shows the member. OpenLDAP says 20 to one that is there already, Active Directory 68. */
export async function bringIn(target: Target, ldap: Ldap, group: Group, value: string): Promise<void> {
  await ldap
    .modify(group.dn, [{ operation: 'add', attribute: group.attribute, values: [value] }])
    .catch(unless(codes.attributeOrValueExists, codes.entryAlreadyExists))
  if (await isIn(target, ldap, group, value)) return
  const message = `${target.resourceId}: ${value} was added to ${group.dn}, and is not in it. Somebody takes it out again, it is the primary group, or Daypass may not read ${group.attribute} there.`
  throw new ConnectorError('conflict', message, { retryable: true })
}

/** Another writer may bring the member in again meanwhile. So often it is met. */
const mostTries = 4

/**
 * Resolves when a read-back shows that the member is out. The removal is sent also where the member does not show: to one that
 * may not be read, the directory says that it is absent. OpenLDAP says 16 where there is none, Active Directory 16 or 53.
 */
export async function takeOut(target: Target, ldap: Ldap, group: Group, value: string): Promise<void> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    await removeValue(target, ldap, group, value)
    if (!(await isIn(target, ldap, group, value))) return
  }
  const message = `${target.resourceId}: ${value} is in ${group.dn} again after each removal. Somebody adds it again: see who may write this group.`
  throw new ConnectorError('still_present', message, { retryable: true })
}

async function removeValue(target: Target, ldap: Ldap, group: Group, value: string): Promise<void> {
  const { dn, attribute } = group
  const removal = { operation: 'delete', attribute, values: [value] } as const
  try {
    await ldap.modify(dn, [removal])
  } catch (error) {
    if (hasCode(error, codes.noSuchAttribute, codes.unwillingToPerform)) return
    if (!hasCode(error, codes.objectClassViolation)) throw error
    const { placeholder } = target.settings
    if (placeholder === undefined) throw lastMember(target, dn, value)
    await ldap
      .modify(dn, [{ operation: 'add', attribute, values: [placeholder] }, removal])
      .catch(unless(codes.noSuchAttribute, codes.attributeOrValueExists))
  }
}

/** Retryable: somebody may add another member. */
function lastMember({ resourceId }: Target, dn: string, value: string): ConnectorError {
  const message = `${resourceId}: ${value} is the last member of ${dn}, which may not be empty. Add another member there, or name a \`placeholder\` in the catalog.`
  return new ConnectorError('still_present', message, { retryable: true })
}

function unless(...expected: readonly number[]): (error: unknown) => void {
  return (error) => {
    if (!hasCode(error, ...expected)) throw error
  }
}
