import { and, eq, sql } from 'drizzle-orm'
import type { Account, SlackAccount } from '../domain/account.ts'
import type { KnownPerson } from '../domain/person.ts'
import type { Store } from '../domain/ports.ts'
import type { Database } from './database.ts'
import { selectOpenEngagements, toEngagement } from './open-engagements.ts'
import { prepare } from './queries.ts'
import { isUpToDate } from './repositories/accounts.ts'
import { accountColumns, accounts } from './schema/accounts.ts'
import { engagements } from './schema/people.ts'

const accountOf = prepare(['teamId', 'userId'], (db, { teamId, userId }) =>
  db
    .select(accountColumns)
    .from(accounts)
    .where(and(eq(accounts.teamId, teamId), eq(accounts.userId, userId))),
)
const engagementOf = prepare(['teamId', 'userId'], (db, { teamId, userId }) => {
  const person = db
    .select({ id: accounts.personId })
    .from(accounts)
    .where(and(eq(accounts.teamId, teamId), eq(accounts.userId, userId)))
  return selectOpenEngagements(db, sql`${engagements.personId} = (${person})`)
})

/** `upsert` stores an account in a transaction of its own. */
export function peopleIn(
  { run }: Database,
  upsert: (account: SlackAccount) => Promise<Account>,
): Store['people'] {
  return {
    // Both statements at once. Usually the account is stored as it is, and nothing is written.
    of: async (account) => {
      const key = { teamId: account.teamId, userId: account.userId }
      const [[stored], [row]] = await Promise.all([run(accountOf, key), run(engagementOf, key)])
      if (stored && isUpToDate(stored, account)) return person(stored, row)
      const written = await upsert(account)
      const [later] = await run(engagementOf, key)
      return person(written, later)
    },
  }
}

function person(
  { personId: id, kind }: Account,
  row: Parameters<typeof toEngagement>[0] | undefined,
): KnownPerson {
  return { id, kind, engagement: row ? toEngagement(row) : null }
}
