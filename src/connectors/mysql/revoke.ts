import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { definersLeft } from './definers.ts'
import {
  findAccounts,
  findConnections,
  findEvents,
  type LeaseAccount,
  type LeaseConnection,
} from './lease-user.ts'
import { leaseEvent, leaseUser } from './names.ts'
import { quoteAccount, quoteName } from './quoting.ts'
import type { MysqlEntitlement } from './schema.ts'
import type { Session, Target } from './target.ts'

type Order = AccessOrder<MysqlEntitlement | null>

/** A session that slips in between is found by the next look. */
const looks = 5

/** "There is nothing to do": no such account (ER_CANNOT_USER, ER_REVOKE_GRANTS), no such connection. */
const noAccount = ['ER_CANNOT_USER', 'ER_REVOKE_GRANTS', 'ER_NONEXISTING_GRANT']
const noConnection = ['ER_NO_SUCH_THREAD']

/**
 * Locks the accounts, takes their privileges, drops them and ends their sessions; reads back, and does it once more for what is
 * left. The same statements for any number of leases. An answer for each: the error of one is not the others'.
 */
export async function revokeAccess(
  target: Target,
  orders: readonly Order[],
): Promise<(Evidence | ConnectorError)[]> {
  return target.operation(async (session) => {
    const users = orders.map(({ grantId }) => leaseUser(target.resourceId, grantId))
    let accounts: readonly LeaseAccount[] = (await findAccounts(session, users)).accounts
    for (let look = 1; ; look += 1) {
      if (look === 1 || accounts.length > 0) await remove(session, target, orders, accounts)
      const { left, connections, ...found } = await whatIsLeft(session, target, orders, users)
      accounts = found.accounts
      // Sessions go on after their account is dropped, with the privileges on the database that they use.
      await kill(session, connections)
      // One that rolls back may take its time. Usually it is gone at the next look.
      const isOver = left.size === 0 && connections.length === 0
      if (isOver || look === looks) {
        const { now } = found
        return Promise.all(
          orders.map((order, index) => answer(session, target, order, users[index] ?? '', left, now)),
        )
      }
    }
  })
}

async function remove(
  session: Session,
  { settings }: Target,
  orders: readonly Order[],
  accounts: readonly LeaseAccount[],
): Promise<void> {
  const names = accounts.map(quoteAccount).join(', ')
  if (accounts.length > 0) {
    await session.attempt(`alter user ${names} account lock`, noAccount)
    await session.attempt(`revoke all privileges, grant option from ${names}`, noAccount)
    const users = accounts.map(({ user }) => user)
    await kill(session, await findConnections(session, users))
    await session.attempt(`drop user if exists ${names}`, noAccount)
  }
  // Last, so that the event still ends what this revocation leaves if it dies in the middle.
  const { eventsIn } = settings
  if (eventsIn === undefined) return
  for (const { grantId } of orders) {
    await session.query(`drop event if exists ${quoteName(eventsIn)}.${quoteName(leaseEvent(grantId))}`)
  }
}

async function kill(session: Session, connections: readonly LeaseConnection[]): Promise<void> {
  for (const { id, isEnding } of connections)
    if (!isEnding) await session.attempt(`kill connection ${id}`, noConnection)
}

/** By user: what is left, as text. */
async function whatIsLeft(
  session: Session,
  target: Target,
  orders: readonly Order[],
  users: readonly string[],
): Promise<Left> {
  const left = new Map<string, string>()
  const found = await findEvents(
    session,
    target,
    orders.map(({ grantId }) => grantId),
  )
  const events = new Set(found.events.map(({ name }) => name))
  const { accounts, now } = await findAccounts(session, users)
  for (const { user, host } of accounts) left.set(user, `account ${user}@${host}`)
  const connections = await findConnections(session, users)
  for (const { user, isEnding } of connections) if (!isEnding) left.set(user, `a session of ${user}`)
  orders.forEach(({ grantId }, index) => {
    if (events.has(leaseEvent(grantId))) left.set(users[index] ?? '', `event ${leaseEvent(grantId)}`)
  })
  return { left, accounts, connections, now }
}

interface Left {
  readonly left: ReadonlyMap<string, string>
  readonly accounts: readonly LeaseAccount[]
  readonly connections: readonly LeaseConnection[]
  readonly now: Date
}

async function answer(
  session: Session,
  { resourceId }: Target,
  { content }: Order,
  user: string,
  left: ReadonlyMap<string, string>,
  now: Date,
): Promise<Evidence | ConnectorError> {
  const still = left.get(user)
  if (still !== undefined) {
    const message = `${resourceId}: ${still} is still there after ${looks} attempts. Somebody makes it again, or the server does not end it.`
    return new ConnectorError('still_present', message, { retryable: true })
  }
  const definerOf = await definersLeft(session, content, user)
  const unusable =
    definerOf.length > 0 ? ` ${definerOf.join(', ')} stay and no longer run: they had its rights.` : ''
  return {
    readAt: now,
    summary: `Account ${user} does not exist, and no session is its own.${unusable}`,
    facts: { user, exists: false, sessions: 0, definerOf },
  }
}
