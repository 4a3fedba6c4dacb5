import { eq } from 'drizzle-orm'
import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
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

export function identitiesIn({ run }: Session): Transaction['identities'] {
  return {
    loginOf: async (accountId, systems) => firstOf(await run(loginsOf, { accountId }), systems),
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
