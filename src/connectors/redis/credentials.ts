import { createHash, randomBytes } from 'node:crypto'
import { type AccessOrder, ConnectorError, type Credentials } from '../../domain/connector.ts'
import { type AclUser, leaseUser, readUser } from './acl.ts'
import { toConnectorError } from './errors.ts'
import { instantOf, isSaved, type Target } from './target.ts'

/** Sets a fresh password, which replaces the former one, and returns it to the caller only. Throws `not_granted`. */
export async function issueCredentials(target: Target, order: AccessOrder<unknown>): Promise<Credentials> {
  const { resourceId } = target
  const name = leaseUser(resourceId, order.grantId)
  const [before, time] = await target.send([['ACL', 'GETUSER', name], ['TIME']])
  if (!isActive(readUser(before)) || order.until <= instantOf(time)) throw notGranted(name)
  const password = randomBytes(24).toString('base64url')
  // Redis takes the hash, so that neither its slow log nor MONITOR shows the password.
  const hash = createHash('sha256').update(password).digest('hex')
  const [, after, saved] = await target.ask([
    ['ACL', 'SETUSER', name, 'resetpass', `#${hash}`],
    ['ACL', 'GETUSER', name],
    ['ACL', 'SAVE'],
  ])
  if (after instanceof Error) throw toConnectorError(after, resourceId)
  if (!isActive(readUser(after))) {
    // A revocation deleted it meanwhile, so SETUSER made a user that is off and may do nothing.
    await target.send([['ACL', 'DELUSER', name]])
    throw notGranted(name)
  }
  isSaved(saved, resourceId)
  return describe(target, name, password, order.until)
}

function isActive(user: AclUser | null): boolean {
  return user?.flags.includes('on') === true
}

function describe({ address, settings }: Target, user: string, password: string, until: Date): Credentials {
  const host = settings.publicHost ?? address.host
  const port = settings.publicPort ?? address.port
  const at = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const scheme = address.tls ? 'rediss' : 'redis'
  const url = `${scheme}://${encodeURIComponent(user)}:${password}@${at}`
  return {
    fields: [
      { label: 'Host', value: host },
      { label: 'Port', value: String(port) },
      { label: 'User', value: user },
      { label: 'Password', value: password },
      { label: 'Connection URL', value: url },
    ],
    // The password is asked for: on the command line it would stay in the shell's history.
    commands: [
      {
        label: 'redis-cli',
        text: `redis-cli -h '${host}' -p ${port}${address.tls ? ' --tls' : ''} --user '${user}' --askpass`,
      },
    ],
    expiresAt: until,
  }
}

function notGranted(user: string): ConnectorError {
  const message = `${user} is not active: its lease has ended, or it was not granted`
  return new ConnectorError('not_granted', message, { retryable: false })
}
