import { and, asc, eq, ne } from 'drizzle-orm'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { lockName } from '../lock-name.ts'
import { prepare } from '../queries.ts'
import { accounts } from '../schema/accounts.ts'
import { identities } from '../schema/people.ts'

const loginsOf = prepare(['accountId'], (db, { accountId }) =>
  db
    .select({ system: identities.system, login: identities.login })
    .from(identities)
    .innerJoin(accounts, eq(accounts.personId, identities.personId))
    .where(eq(accounts.id, accountId)),
)

export function identitiesIn({ db, run, pipeline }: Session): Transaction['identities'] {
  return {
    loginOf: async (accountId, systems) => firstOf(await run(loginsOf, { accountId }), systems),
    of: async (personId) =>
      db.select().from(identities).where(eq(identities.personId, personId)).orderBy(asc(identities.system)),
    confirm: async (identity) => {
      const { personId, system, login } = identity
      // A separate statement: the next one then sees the same login that another transaction confirmed.
      pipeline(run(lockName, { name: `identity ${system} ${login}` }))
      const taken = await db
        .select({ personId: identities.personId })
        .from(identities)
        .where(
          and(eq(identities.system, system), eq(identities.login, login), ne(identities.personId, personId)),
        )
      if (taken.length > 0) return false
      pipeline(
        db
          .insert(identities)
          .values(identity)
          .onConflictDoUpdate({ target: [identities.personId, identities.system], set: identity }),
      )
      return true
    },
    withdraw: async (personId, system) =>
      pipeline(
        db.delete(identities).where(and(eq(identities.personId, personId), eq(identities.system, system))),
      ),
  }
}

/** The login in the first of these systems that has one. */
export function firstOf(
  logins: readonly { readonly system: string; readonly login: string }[],
  systems: readonly string[],
): string | null {
  const found = systems.flatMap((system) => logins.find((one) => one.system === system) ?? [])
  return found[0]?.login ?? null
}
