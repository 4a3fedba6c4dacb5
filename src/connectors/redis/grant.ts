import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { type AclUser, keyRules, leaseUser, readUser, rulesOf } from './acl.ts'
import { toConnectorError } from './errors.ts'
import type { RedisEntitlement } from './schema.ts'
import { instantOf, isSaved, type Target } from './target.ts'

/** Makes the lease's user, or brings it to what `order` says; passwords stay. Then reads it back. */
export async function grantAccess(target: Target, order: AccessOrder<RedisEntitlement>): Promise<Evidence> {
  const { resourceId } = target
  const name = leaseUser(resourceId, order.grantId)
  const [before, time] = await target.send([['ACL', 'GETUSER', name], ['TIME']])
  requireFuture(order, instantOf(time))
  // Somebody may have let it in without a password.
  const reset = readUser(before)?.flags.includes('nopass') ? ['resetpass'] : []
  const [set, saved, found, now] = await target.ask([
    ['ACL', 'SETUSER', name, ...reset, ...rulesOf(order.content)],
    ['ACL', 'SAVE'],
    ['ACL', 'GETUSER', name],
    ['TIME'],
  ])
  if (set instanceof Error) throw refused(target, order, set)
  const isOnDisk = isSaved(saved, resourceId)
  const user = requireWhole(readUser(found), order, name)
  return {
    readAt: instantOf(now),
    summary: `User ${name} is on, with ${[...order.content.commands].join(', ')} on ${user.keys.join(' ') || 'no keys'}.`,
    facts: {
      user: name,
      keys: user.keys,
      channels: user.channels,
      commands: user.commands,
      survivesRestart: isOnDisk,
    },
  }
}

function requireFuture({ until }: AccessOrder<unknown>, now: Date): void {
  if (until > now) return
  const message = `the lease ends ${until.toISOString()}, which is past by the clock of the server (${now.toISOString()})`
  throw new ConnectorError('conflict', message, { retryable: false })
}

function requireWhole(
  user: AclUser | null,
  { content }: AccessOrder<RedisEntitlement>,
  name: string,
): AclUser {
  const isWhole =
    user?.flags.includes('on') &&
    !user.flags.includes('nopass') &&
    isSame(user.keys, keyRules(content)) &&
    isSame(
      user.channels,
      content.channels.map((pattern) => `&${pattern}`),
    ) &&
    user.selectors === 0
  if (user && isWhole) return user
  throw new ConnectorError('conflict', `${name} was changed by somebody while it was made`, {
    retryable: true,
  })
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify([...new Set(one)].sort()) === JSON.stringify([...new Set(other)].sort())
}

/** The rules come from the catalog, so the answer may be shown; it names the rule. */
function refused({ resourceId }: Target, { entitlementId }: AccessOrder<unknown>, error: Error): Error {
  const rule = /modifier '([^']*)'/.exec(error.message)?.[1]
  if (!rule) return toConnectorError(error, resourceId)
  const message = `${resourceId}: ${entitlementId} names ${rule}, which this server does not know. Correct the catalog.`
  return new ConnectorError('misconfigured', message, { retryable: false })
}
