import { and, asc, count, eq, sql } from 'drizzle-orm'
import { type Favourite, mostFavourites } from '../../domain/favourite.ts'
import type { Store } from '../../domain/store.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { Database } from '../database.ts'
import type { Session } from '../in-transaction.ts'
import { prepare, type Queries } from '../queries.ts'
import { accounts } from '../schema/accounts.ts'
import { isAmong } from '../schema/columns.ts'
import { favourites } from '../schema/favourites.ts'
import { lockPersonOf } from './lock-person.ts'

const ofPerson = prepare(['personId'], (db, { personId }) =>
  db
    .select({ resourceId: favourites.resourceId, entitlementId: favourites.entitlementId })
    .from(favourites)
    .where(eq(favourites.personId, personId))
    .orderBy(asc(favourites.addedAt), asc(favourites.resourceId), asc(favourites.entitlementId)),
)

export function favouritesOn({ run }: Database): Store['favouritesOf'] {
  return (personId) => run(ofPerson, { personId })
}

export function favouritesIn({ db, pipeline }: Session): Transaction['favourites'] {
  return {
    add: async (accountId, favourite, at) => {
      // Others that add for the same person wait, so that the count holds.
      const [person] = await lockPersonOf(db, accountId)
      if (!person) throw new Error('An account has no person')
      const own = eq(favourites.personId, person.id)
      const [known] = await db
        .select({ one: sql`1` })
        .from(favourites)
        .where(and(own, isThat(favourite)))
      if (known) return 'known'
      const [counted] = await db.select({ total: count() }).from(favourites).where(own)
      if ((counted?.total ?? 0) >= mostFavourites) return 'too_many'
      pipeline(db.insert(favourites).values({ personId: person.id, ...favourite, addedAt: at }))
      pipeline(outdateHomes(db, accountId, at))
      return 'added'
    },
    remove: async (accountId, favourite, at) => {
      const person = db.select({ id: accounts.personId }).from(accounts).where(eq(accounts.id, accountId))
      pipeline(db.delete(favourites).where(and(isAmong(favourites.personId, person), isThat(favourite))))
      pipeline(outdateHomes(db, accountId, at))
    },
  }
}

function isThat({ resourceId, entitlementId }: Favourite) {
  return and(eq(favourites.resourceId, resourceId), eq(favourites.entitlementId, entitlementId))
}

/** Nothing in the audit log tells of a favourite, so the tabs of the person are marked here. */
function outdateHomes(db: Queries, accountId: string, at: Date) {
  return db.execute(
    sql`update homes set stale_at = ${at} where account_id in (
      select other.id from accounts other join accounts one on one.person_id = other.person_id where one.id = ${accountId})`,
  )
}
