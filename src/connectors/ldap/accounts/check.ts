import { randomUUID } from 'node:crypto'
import { ConnectorError } from '../../../domain/connector.ts'
import type { Problem } from '../../../domain/problem.ts'
import { codes, hasCode, toConnectorError } from '../errors.ts'
import type { Ldap, Target, Values } from '../target.ts'
import { type AccountSettings, accountDisabled, leaseDn, normalAccount, shortName } from './entry.ts'
import { freshPassword, setPassword, unicodePassword } from './password.ts'
import { setTimeToLive } from './time-to-live.ts'

/** Whether Daypass could make and delete entries of leases. */
export async function checkAccounts(
  target: Target,
  ldap: Ldap,
  accounts: AccountSettings,
): Promise<Problem[]> {
  const { settings } = target
  const folder = await ldap.read(accounts.under, ['allowedChildClassesEffective'])
  if (!folder) {
    const remedy =
      'Create it, correct `accounts.under` in the catalog, or give the account of Daypass the right to read it.'
    return [{ what: `there is no ${accounts.under}, or Daypass may not see it`, remedy }]
  }
  if (settings.directory === 'active-directory') {
    const classes = folder.text('allowedChildClassesEffective').map((name) => name.toLowerCase())
    if (!classes.includes('user')) return [mayNot(target, `create users in ${accounts.under}`)]
  } else if (accounts.dynamicObjects) {
    const root = await ldap.read('', ['dynamicSubtrees'])
    if (!root?.text('dynamicSubtrees').length) {
      const what = 'the directory has no overlay dds, so it ends no entry by itself'
      return [{ what, remedy: 'Load the overlay for the database, or leave `dynamicObjects` out.' }]
    }
  }
  return tryOut(target, ldap, accounts)
}

/** No directory says all that an account may do. So an entry is made that nobody can log in with, and deleted at once. */
async function tryOut(target: Target, ldap: Ldap, accounts: AccountSettings): Promise<Problem[]> {
  // No lease has this id, and the name is none of a lease.
  const name = `daypass-check-${randomUUID()}`
  const dn = leaseDn(target, accounts, '').replace(/=[^,]*/, `=${name}`)
  const steps: readonly (readonly [string, () => Promise<void>])[] = [
    ['create entries', () => ldap.add(dn, checkEntry(target, accounts, name))],
    ['set passwords of entries', () => setPassword(target, ldap, dn, randomUUID())],
    ...(accounts.dynamicObjects
      ? [['set the time to live of entries', () => setTimeToLive(ldap, dn, 60)] as const]
      : []),
    ['delete entries', () => ldap.remove(dn)],
  ]
  const problems: Problem[] = []
  for (const [right, step] of steps) {
    try {
      await step()
    } catch (error) {
      if (hasCode(error, codes.insufficientAccess))
        problems.push(mayNot(target, `${right} in ${accounts.under}`))
      else throw error instanceof ConnectorError ? error : toConnectorError(error, target.resourceId)
      if (right === 'create entries') return problems
    }
  }
  return problems
}

function checkEntry({ settings }: Target, { dynamicObjects }: AccountSettings, name: string): Values {
  if (settings.directory === 'openldap') {
    const classes = ['inetOrgPerson', ...(dynamicObjects ? ['dynamicObject'] : [])]
    return { objectClass: classes, uid: [name], cn: [name], sn: [name] }
  }
  return {
    objectClass: ['user'],
    cn: [name],
    sAMAccountName: [shortName(name, name)],
    userAccountControl: [String(normalAccount | accountDisabled)],
    unicodePwd: [unicodePassword(freshPassword())],
  }
}

function mayNot({ settings }: Target, right: string): Problem {
  const remedy = `Give ${settings.user} the right to. The page of the connector has the commands.`
  return { what: `Daypass may not ${right}`, remedy }
}
