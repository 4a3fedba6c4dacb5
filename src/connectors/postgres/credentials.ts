import { randomBytes } from 'node:crypto'
import { type AccessOrder, ConnectorError, type Credentials } from '../../domain/connector.ts'
import { sqlStateOf } from './errors.ts'
import { grantQueue } from './grant.ts'
import { findLeaseRole, type LeaseRole } from './lease-role.ts'
import { leaseRole } from './names.ts'
import { quoteIdentifier, quoteLiteral } from './quoting.ts'
import { scramVerifier } from './scram.ts'
import type { Operation, Target } from './target.ts'

/** Sets a fresh password, which replaces the former one, and returns it to the caller only. Throws `not_granted`. */
export async function issueCredentials(
  operation: Operation,
  target: Target,
  access: AccessOrder<unknown>,
): Promise<Credentials> {
  const password = randomBytes(24).toString('base64url')
  const verifier = await scramVerifier(password)
  const role = await operation.transaction(grantQueue(access), async (session) => {
    const name = quoteIdentifier(leaseRole(access.grantId))
    const setting = `alter role ${name} password ${quoteLiteral(verifier)}`
    await session
      .query(setting)
      .catch((error) => Promise.reject(sqlStateOf(error) === '42704' ? notGranted(access) : error))
    // The row stays locked until the commit, so a revocation cannot change it after this read. An error undoes the password.
    return requireActive(access, await findLeaseRole(session, access.grantId))
  })
  return describe(target, role, password)
}

function requireActive(access: AccessOrder<unknown>, role: LeaseRole | null): LeaseRole {
  if (!role?.canLogin || !role.validUntil || role.validUntil <= role.now) throw notGranted(access)
  return role
}

function describe(target: Target, role: LeaseRole, password: string): Credentials {
  const { address, settings } = target
  const host = settings.publicHost ?? address.host
  const port = settings.publicPort ?? address.port
  const { database, sslmode } = address
  const url = new URL('postgresql://localhost')
  url.username = role.name
  url.password = password
  url.pathname = `/${encodeURIComponent(database)}`
  if (sslmode) url.searchParams.set('sslmode', sslmode)
  const at = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const parts = { host, port, dbname: database, user: role.name, ...(sslmode ? { sslmode } : {}) }
  return {
    fields: [
      { label: 'Host', value: host },
      { label: 'Port', value: String(port) },
      { label: 'Database', value: database },
      { label: 'User', value: role.name },
      { label: 'Password', value: password },
      { label: 'Connection URL', value: url.href.replace('@localhost', `@${at}`) },
    ],
    // The password is asked for: on the command line it would stay in the shell's history.
    commands: [{ label: 'psql', text: `psql ${shellWord(connectionString(parts))}` }],
    expiresAt: role.validUntil ?? role.now,
  }
}

function connectionString(parts: Readonly<Record<string, string | number>>): string {
  const quote = (value: string) =>
    /^[\w.:-]+$/u.test(value) ? value : `'${value.replace(/[\\']/gu, '\\$&')}'`
  return Object.entries(parts)
    .map(([key, value]) => `${key}=${quote(String(value))}`)
    .join(' ')
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function notGranted(access: AccessOrder<unknown>): ConnectorError {
  return new ConnectorError(
    'not_granted',
    `${leaseRole(access.grantId)} is not active: its lease has ended, or it was not granted`,
    { retryable: false },
  )
}
