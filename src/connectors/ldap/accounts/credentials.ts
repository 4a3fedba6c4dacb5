import { type AccessOrder, ConnectorError, type Credentials } from '../../../domain/connector.ts'
import { codes, hasCode } from '../errors.ts'
import type { Target } from '../target.ts'
import { type AccountSettings, findEntries, principalName, shortName } from './entry.ts'
import { freshPassword, setPassword } from './password.ts'

/** Sets a fresh password, which replaces the former one, and returns it to the caller only. Throws `not_granted`. */
export function issueCredentials(
  target: Target,
  accounts: AccountSettings,
  order: AccessOrder<unknown>,
): Promise<Credentials> {
  return target.operation(async (ldap) => {
    const [entry] = await findEntries(target, ldap, accounts, order)
    if (!entry?.isEnabled || order.until <= new Date()) throw notGranted(target)
    const password = freshPassword()
    try {
      await setPassword(target, ldap, entry.dn, password)
    } catch (error) {
      throw hasCode(error, codes.noSuchObject) ? notGranted(target) : error
    }
    return describe(target, accounts, order, { dn: entry.dn, password })
  })
}

function describe(
  target: Target,
  accounts: AccountSettings,
  { grantId, until }: AccessOrder<unknown>,
  { dn, password }: { dn: string; password: string },
): Credentials {
  const { directory, url } = target.settings
  const shown = accounts.publicUrl ?? url
  const names =
    directory === 'openldap'
      ? [{ label: 'DN', value: dn }]
      : [
          { label: 'User', value: principalName(target, grantId) },
          { label: 'Short name', value: shortName(target.resourceId, grantId) },
        ]
  const login = names[0]?.value ?? dn
  return {
    fields: [{ label: 'Directory', value: shown }, ...names, { label: 'Password', value: password }],
    // The password is asked for: on the command line it would stay in the shell's history.
    commands: [{ label: 'ldapwhoami', text: `ldapwhoami -x -H ${quoted(shown)} -D ${quoted(login)} -W` }],
    expiresAt: until,
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function notGranted({ resourceId }: Target): ConnectorError {
  const message = `${resourceId}: there is no active entry of this lease: it has ended, or it was not granted`
  return new ConnectorError('not_granted', message, { retryable: false })
}
