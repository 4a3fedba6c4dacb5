import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { connectionsOf, leaseUser, readUser } from './acl.ts'
import { toConnectorError } from './errors.ts'
import { instantOf, isSaved, type Target } from './target.ts'

type Order = Pick<AccessOrder<unknown>, 'grantId'>

/** A connection that came in at the same moment is found by the next look. */
const looks = 3

/**
 * Deletes the users, which closes their connections, and reads back that neither users nor connections are left. The same few
 * commands for any number of leases.
 */
export async function revokeAccess(target: Target, orders: readonly Order[]): Promise<Evidence[]> {
  const users = orders.map(({ grantId }) => leaseUser(target.resourceId, grantId))
  const known = new Set(users)
  for (let look = 1; ; look += 1) {
    const { saved, found, connections, now } = await deleteAndRead(target, users)
    if (found.length === 0 && connections.length === 0) {
      return users.map((user) => gone(user, now, isSaved(saved, target.resourceId)))
    }
    if (look === looks) throw stillThere(target, found, connections.length, known.size)
    if (connections.length > 0) {
      await target.send(connections.map((id) => ['CLIENT', 'KILL', 'ID', id]))
    }
  }
}

async function deleteAndRead(target: Target, users: readonly string[]) {
  const [deleted, saved, list, time, ...answers] = await target.ask([
    ['ACL', 'DELUSER', ...users],
    ['ACL', 'SAVE'],
    ['CLIENT', 'LIST'],
    ['TIME'],
    ...users.map((user) => ['ACL', 'GETUSER', user]),
  ])
  for (const answer of [deleted, list, time, ...answers])
    if (answer instanceof Error) throw toConnectorError(answer, target.resourceId)
  return {
    saved,
    found: users.filter((_, index) => readUser(answers[index]) !== null),
    connections: connectionsOf(list, new Set(users)),
    now: instantOf(time),
  }
}

function gone(user: string, now: Date, isOnDisk: boolean): Evidence {
  return {
    readAt: now,
    summary: `User ${user} does not exist, and no connection is its own.`,
    facts: { user, exists: false, connections: 0, savedToAclFile: isOnDisk },
  }
}

function stillThere(
  { resourceId }: Target,
  found: readonly string[],
  connections: number,
  of: number,
): ConnectorError {
  const what = found.length > 0 ? `${found.join(', ')} came back` : `${connections} connections stay open`
  const message = `${resourceId}: of ${of} deleted users, ${what}. Somebody creates them again, or the server does not close connections.`
  return new ConnectorError('still_present', message, { retryable: true })
}
