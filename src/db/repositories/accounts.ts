import { subSeconds } from 'date-fns/subSeconds'
import { and, asc, eq, gt, inArray, isNull, lte, notExists, or, sql } from 'drizzle-orm'
import { type Account, changeOf, changesStanding, type SlackAccount } from '../../domain/account.ts'
import { openStatuses } from '../../domain/grant.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { lockName } from '../lock-name.ts'
import { prepare } from '../queries.ts'
import { accountColumns, accounts } from '../schema/accounts.ts'
import { isOneOf } from '../schema/columns.ts'
import { grants } from '../schema/grants.ts'
import { engagements } from '../schema/people.ts'
import { requests } from '../schema/requests.ts'
import { isUuid } from '../text.ts'
import { kindOfAccount, mergePersons, resolvePerson } from './persons.ts'

const byUserId = prepare(['teamId', 'userId'], (db, { teamId, userId }) =>
  db
    .select(accountColumns)
    .from(accounts)
    .where(and(eq(accounts.teamId, teamId), eq(accounts.userId, userId))),
)
const byId = prepare(['id'], (db, { id }) =>
  db.select(accountColumns).from(accounts).where(eq(accounts.id, id)),
)

export function accountsIn(
  session: Session,
  appends: Pick<Transaction, 'audit' | 'outbox'>,
): Transaction['accounts'] {
  const { db, run, pipeline } = session
  async function findByUserId(teamId: string, userId: string): Promise<Account | null> {
    const [account] = await run(byUserId, { teamId, userId })
    return account ?? null
  }

  async function write(account: SlackAccount): Promise<Account> {
    const { teamId, userId, isGuest, isDeactivated } = account
    const { displayName, confirmedEmail, timeZone, guestExpiresAt } = account
    // A separate statement: the next one then sees the account that another transaction inserted.
    pipeline(run(lockName, { name: `account ${teamId}/${userId}` }))
    const known = await findByUserId(teamId, userId)
    const personId = await resolvePerson(session, appends, account, known?.personId ?? null)
    const facts = { personId, displayName, confirmedEmail, timeZone, isGuest, isDeactivated, guestExpiresAt }
    const change = known && changeOf(known, account)
    const seen = change ? { change, changedAt: account.fetchedAt } : {}
    const kind = isGuest ? ('contractor' as const) : ('employee' as const)
    pipeline(
      db
        .insert(accounts)
        .values({ teamId, userId, kind, ...facts })
        .onConflictDoUpdate({ target: [accounts.teamId, accounts.userId], set: { ...facts, ...seen } }),
    )
    const [written] = await db
      .update(accounts)
      .set({ kind: kindOfAccount })
      .where(and(eq(accounts.teamId, teamId), eq(accounts.userId, userId)))
      .returning(accountColumns)
    if (!written) throw new Error(`Account ${teamId}/${userId} was not stored`)
    if (known && changesStanding(known, account))
      await appends.outbox.add({ kind: 'settle_account', accountId: written.id }, account.fetchedAt)
    return written
  }

  return {
    findByUserId,
    link: (pair) => mergePersons(session, appends, pair),
    ofPerson: async (personId) =>
      db
        .select(accountColumns)
        .from(accounts)
        .where(eq(accounts.personId, personId))
        .orderBy(asc(accounts.isDeactivated), asc(accounts.isGuest), asc(accounts.id)),
    find: async (id) => {
      if (!isUuid(id)) return null
      const [account] = await run(byId, { id })
      return account ?? null
    },
    claimForCheck: async (teamId, now, { everySeconds, paceSeconds }) => {
      // A separate statement: the snapshot of the next one is then taken after the lock, and sees the claims of others.
      pipeline(run(lockName, { name: 'check of accounts' }))
      const holders = db
        .select({ id: grants.holderId })
        .from(grants)
        .where(isOneOf(grants.status, openStatuses))
        .union(db.select({ id: requests.requesterId }).from(requests).where(eq(requests.status, 'pending')))
      const held = db.select({ id: accounts.personId }).from(accounts).where(inArray(accounts.id, holders))
      const sponsors = db
        .select({ id: engagements.sponsorPersonId })
        .from(engagements)
        .where(and(isNull(engagements.endedAt), inArray(engagements.personId, held)))
      const next = db
        .select({ id: accounts.id })
        .from(accounts)
        .where(
          and(
            eq(accounts.teamId, teamId),
            or(isNull(accounts.checkedAt), lte(accounts.checkedAt, subSeconds(now, everySeconds))),
            or(inArray(accounts.id, holders), inArray(accounts.personId, sponsors)),
          ),
        )
        .orderBy(sql`${accounts.checkedAt} nulls first`, asc(accounts.id))
        .limit(1)
      const lately = db
        .select({ id: accounts.id })
        .from(accounts)
        .where(gt(accounts.checkedAt, subSeconds(now, paceSeconds)))
      const [account] = await db
        .update(accounts)
        .set({ checkedAt: now })
        .where(and(inArray(accounts.id, next), notExists(lately)))
        .returning(accountColumns)
      return account ?? null
    },
    // Reads first, because usually nothing has changed; then nothing is written or locked.
    upsert: async (account) => {
      const known = await findByUserId(account.teamId, account.userId)
      return known && isUpToDate(known, account) ? known : write(account)
    },
  }
}

/** Whether the stored account agrees with Slack. Its person is then known too. */
export function isUpToDate(known: Account, account: SlackAccount): boolean {
  return (
    known.isGuest === account.isGuest &&
    known.isDeactivated === account.isDeactivated &&
    known.displayName === account.displayName &&
    known.confirmedEmail === account.confirmedEmail &&
    known.timeZone === account.timeZone &&
    known.guestExpiresAt?.getTime() === account.guestExpiresAt?.getTime()
  )
}
