import { randomBytes } from 'node:crypto'
import { type AccessOrder, ConnectorError, type Credentials } from '../../domain/connector.ts'
import { identifiedBy } from './grant.ts'
import { findAccounts } from './lease-user.ts'
import { leaseUser } from './names.ts'
import { quoteAccount, quoteName } from './quoting.ts'
import type { MysqlEntitlement } from './schema.ts'
import type { Session, Target } from './target.ts'

/** Sets a fresh password, which replaces the former one, and returns it to the caller only. Throws `not_granted`. */
export async function issueCredentials(
  target: Target,
  order: AccessOrder<MysqlEntitlement | null>,
): Promise<Credentials> {
  const account = { user: leaseUser(target.resourceId, order.grantId), host: target.settings.fromHost }
  const password = randomBytes(24).toString('base64url')
  return target.operation(async (session) => {
    await requireActive(session, account, order)
    const name = quoteAccount(account)
    // It changes only an account that exists: one that was dropped a moment ago stays gone.
    const isSet = await session.attempt(`alter user ${name} ${identifiedBy(session, password)}`, [
      'ER_CANNOT_USER',
    ])
    if (!isSet) throw notGranted(account.user)
    await requireActive(session, account, order)
    return describe(target, account.user, password, order, session)
  })
}

async function requireActive(
  session: Session,
  account: { user: string; host: string },
  { until }: AccessOrder<unknown>,
): Promise<void> {
  const { accounts, now } = await findAccounts(session, [account.user])
  const found = accounts.find(({ host }) => host === account.host)
  if (!found || found.isLocked || until <= now) throw notGranted(account.user)
}

function describe(
  { address, settings }: Target,
  user: string,
  password: string,
  { until, content }: AccessOrder<MysqlEntitlement | null>,
  { server }: Session,
): Credentials {
  const host = settings.publicHost ?? address.host
  const port = settings.publicPort ?? address.port
  const at = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const tls = address.sslmode === 'require' || address.sslmode === 'verify-full' ? ' --ssl' : ''
  const role = content?.role
  // MariaDB gives a default role only to administrators of its own tables, so the session takes it.
  const setRole = role !== undefined && server.isMariadb ? `set role ${quoteName(role)}` : null
  const init = setRole === null ? '' : ` --init-command=${shellWord(setRole)}`
  return {
    fields: [
      { label: 'Host', value: host },
      { label: 'Port', value: String(port) },
      { label: 'User', value: user },
      { label: 'Password', value: password },
      { label: 'Connection URL', value: `mysql://${encodeURIComponent(user)}:${password}@${at}/` },
      ...(setRole === null ? [] : [{ label: 'First statement', value: `${setRole};` }]),
    ],
    // The password is asked for: on the command line it would stay in the shell's history.
    commands: [
      {
        label: server.isMariadb ? 'mariadb' : 'mysql',
        text: `${server.isMariadb ? 'mariadb' : 'mysql'} -h ${shellWord(host)} -P ${port} -u ${shellWord(user)} -p${tls}${init}`,
      },
    ],
    expiresAt: until,
  }
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function notGranted(user: string): ConnectorError {
  const message = `${user} is not active: its lease has ended, or it was not granted`
  return new ConnectorError('not_granted', message, { retryable: false })
}
