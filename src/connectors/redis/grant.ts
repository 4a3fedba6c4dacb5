import { randomBytes } from 'node:crypto'
import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { type AclUser, keyRules, leaseUser, readUser, rulesOf } from './acl.ts'
import { toConnectorError } from './errors.ts'
import type { RedisEntitlement } from './schema.ts'
import { instantOf, isSaved, type Target } from './target.ts'

/** Makes the lease's user, or brings it to what `order` says; passwords stay. Then reads it back. */
export async function grantAccess(target: Target, order: AccessOrder<RedisEntitlement>): Promise<Evidence> {
  const { resourceId } = target
  const name = leaseUser(resourceId, order.grantId)
  const [set, saved, found, time] = await target.ask([
    ['ACL', 'SETUSER', name, ...withPassword(), ...rulesOf(order.content)],
    ['ACL', 'SAVE'],
    ['ACL', 'GETUSER', name],
    ['TIME'],
  ])
  if (set instanceof Error) throw refused(target, order, set)
  if (time instanceof Error) throw toConnectorError(time, resourceId)
  const seen = readUser(found)
  const now = instantOf(time)
  if (order.until <= now) throw await takenBack(target, order, { name, seen, now })
  const isOnDisk = isSaved(saved, resourceId)
  const user = requireWhole(seen, order, name)
  return {
    readAt: now,
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

/**
 * Somebody may have let the user in without a password. A password that comes ends that, and the others stay when it goes again:
 * https://redis.io/docs/latest/commands/acl-setuser/
 */
function withPassword(): string[] {
  const hash = randomBytes(32).toString('hex')
  return [`#${hash}`, `!${hash}`]
}

/** For a lease that is over by the clock of the server. A user without a password is one that was just made. */
async function takenBack(
  target: Target,
  { until }: AccessOrder<unknown>,
  { name, seen, now }: { readonly name: string; readonly seen: AclUser | null; readonly now: Date },
): Promise<ConnectorError> {
  if (seen?.passwords === 0)
    await target.ask([
      ['ACL', 'DELUSER', name],
      ['ACL', 'SAVE'],
    ])
  const message = `the lease ends ${until.toISOString()}, which is past by the clock of the server (${now.toISOString()})`
  return new ConnectorError('conflict', message, { retryable: false })
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
