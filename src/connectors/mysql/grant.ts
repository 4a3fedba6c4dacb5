import { createHash, randomBytes } from 'node:crypto'
import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'
import { findAccounts, findEvents, heldPrivileges } from './lease-user.ts'
import { leaseEvent, leaseUser } from './names.ts'
import { grantClause, grantsOf, wantedOf } from './privileges.ts'
import { quoteAccount, quoteName, quoteText } from './quoting.ts'
import type { MysqlEntitlement } from './schema.ts'
import type { Session, Target } from './target.ts'

type Order = AccessOrder<MysqlEntitlement>

/**
 * Makes the lease's account, or brings it to what `order` says. It is locked until it has its privileges and its event, so that
 * one that is made in part lets nobody in.
 */
export async function grantAccess(target: Target, order: Order): Promise<Evidence> {
  return target.operation(async (session) => {
    const account = { user: leaseUser(target.resourceId, order.grantId), host: target.settings.fromHost }
    const name = quoteAccount(account)
    const { accounts, now } = await findAccounts(session, [account.user])
    requireFuture(order, now)
    const isThere = accounts.some(({ host }) => host === account.host)
    await session.query(`create user if not exists ${name} ${identifiedBy(session, randomBytes(24).toString('base64url'))}
      with max_user_connections ${target.settings.connectionLimit} account lock`)
    // What somebody else gives it meanwhile is found by the read-back.
    const held = isThere ? await heldPrivileges(session, { ...account, isLocked: true }) : new Set<string>()
    await keepPrivileges(session, account, held, order)
    await keepEvent(session, target, order)
    await session.query(
      `alter user ${name} with max_user_connections ${target.settings.connectionLimit} account unlock`,
    )
    return readBack(session, target, order)
  })
}

/**
 * The part of a statement that sets a password. MariaDB takes a hash, so that its log never shows the password:
 * https://mariadb.com/kb/en/create-user/#identified-by-password-password_hash. MySQL hides it in its log itself.
 */
export function identifiedBy({ server }: Session, password: string): string {
  if (!server.isMariadb) return `identified by ${quoteText(password)}`
  const sha1 = (data: string | Buffer) => createHash('sha1').update(data).digest()
  return `identified by password '*${sha1(sha1(password)).toString('hex').toUpperCase()}'`
}

function requireFuture({ until }: Order, now: Date): void {
  if (until > now) return
  const message = `the lease ends ${until.toISOString()}, which is past by the clock of the server (${now.toISOString()})`
  throw new ConnectorError('conflict', message, { retryable: false })
}

/** Nothing changes where the account holds exactly what it should: its sessions go on undisturbed. */
async function keepPrivileges(
  session: Session,
  account: { user: string; host: string },
  held: ReadonlySet<string>,
  { content }: Order,
): Promise<void> {
  const wanted = wantedOf(content)
  if (isSame(held, wanted)) return
  const name = quoteAccount(account)
  if ([...held].some((one) => !wanted.has(one))) {
    await session.query(`revoke all privileges, grant option from ${name}`)
  }
  for (const grant of grantsOf(content)) await session.query(`grant ${grantClause(grant)} to ${name}`)
  const { role } = content
  if (role === undefined) return
  await session.query(`grant ${session.server.isMariadb ? quoteName(role) : quoteText(role)} to ${name}`)
  if (!session.server.isMariadb) await session.query(`set default role all to ${name}`)
}

/** The server ends the lease by itself at this instant, also while Daypass is down. */
async function keepEvent(session: Session, { settings, resourceId }: Target, { grantId, until }: Order) {
  if (settings.eventsIn === undefined) return
  const event = `${quoteName(settings.eventsIn)}.${quoteName(leaseEvent(grantId))}`
  const user = leaseUser(resourceId, grantId)
  const account = quoteAccount({ user, host: settings.fromHost })
  const { isMariadb } = session.server
  // Only MariaDB ends the sessions of a user by name: https://mariadb.com/kb/en/kill/
  const kill = isMariadb ? `kill hard user ${quoteText(user)};` : ''
  // One statement: at no instant is a live lease without its event.
  if (!isMariadb) await session.query(`drop event if exists ${event}`)
  await session.query(`create ${isMariadb ? 'or replace ' : ''}event ${event} on schedule at ${quoteText(secondOf(until))} on completion not preserve
    comment ${quoteText(`Daypass: ends the lease of ${user}`)}
    do begin drop user if exists ${account}; ${kill} end`)
}

/** Events happen at whole seconds; this one never before the end of the lease. */
function secondOf(until: Date): string {
  return new Date(Math.ceil(until.getTime() / 1000) * 1000).toISOString().slice(0, 19).replace('T', ' ')
}

async function readBack(session: Session, target: Target, order: Order): Promise<Evidence> {
  const user = leaseUser(target.resourceId, order.grantId)
  const event = await requireEvent(session, target, order)
  const wanted = { user, host: target.settings.fromHost }
  const held = await heldPrivileges(session, { ...wanted, isLocked: false })
  const { accounts, now } = await findAccounts(session, [user])
  const account = accounts.find(({ host }) => host === wanted.host)
  if (!account || account.isLocked || !isSame(held, wantedOf(order.content))) {
    throw new ConnectorError('conflict', `${user} was changed by somebody while it was made`, {
      retryable: true,
    })
  }
  return {
    readAt: now,
    summary: `Account ${user}@${account.host} can log in and holds ${[...held].join(', ')}.`.slice(0, 500),
    facts: {
      user,
      host: account.host,
      holds: [...held].sort(),
      connectionLimit: target.settings.connectionLimit,
      endsByItself: event,
    },
  }
}

/** The instant at which the event ends the lease; null without `eventsIn`. People were told that it does. */
async function requireEvent(session: Session, target: Target, { grantId }: Order): Promise<string | null> {
  if (target.settings.eventsIn === undefined) return null
  const { events, scheduler } = await findEvents(session, target, [grantId])
  const [event] = events
  if (scheduler !== 'ON') {
    const message = `${target.resourceId}: the event scheduler of the server is off, so no event ends a lease. Set event_scheduler=ON, or leave \`eventsIn\` out.`
    throw new ConnectorError('misconfigured', message, { retryable: false })
  }
  if (event?.status === 'ENABLED') return event.at
  throw new ConnectorError(
    'conflict',
    `event ${leaseEvent(grantId)} was changed by somebody while it was made`,
    {
      retryable: true,
    },
  )
}

function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((each) => other.has(each))
}
