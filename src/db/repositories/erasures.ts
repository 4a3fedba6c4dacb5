import { eq, sql } from 'drizzle-orm'
import type { Erasure, Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { erasures } from '../schema/record.ts'
import { passkeys } from '../schema/step-ups.ts'

export function erasuresIn({ db }: Session): Transaction['erasures'] {
  return {
    insert: async ({ about, askedAt, askedById }) => {
      const [row] = await db
        .insert(erasures)
        .values({
          requestId: about.kind === 'request' ? about.requestId : null,
          accountId: about.kind === 'person' ? about.accountId : null,
          askedAt,
          askedById,
        })
        .returning({ id: erasures.id })
      if (!row) throw new Error('An erasure was not stored')
      return row.id
    },
    lock: async (id) => {
      const [row] = await db.select().from(erasures).where(eq(erasures.id, id)).for('update')
      return row ? toErasure(row) : null
    },
    answer: async (id, { confirmed, byId, at }) => {
      const answer = confirmed
        ? { confirmedAt: at, confirmedById: byId }
        : { declinedAt: at, declinedById: byId }
      await db.update(erasures).set(answer).where(eq(erasures.id, id))
    },
    erase: async (id) => {
      const [erased] = await db.select({ texts: sql<number>`erase_texts(${id})` }).from(sql`(values (1)) one`)
      const rows = await db
        .selectDistinct({ requestId: sql<string>`request_id` })
        .from(sql`record_texts`)
        .where(sql`erasure_id = ${id} and request_id is not null`)
      // What targets showed of the leases of these people may hold names that they chose.
      const theirs = sql`grant_id in (select g.id from grants g join requests r on r.id = g.request_id join erasures e on e.id = ${id}
        where e.confirmed_at is not null and (r.id = e.request_id or r.requester_id in (select o.id from accounts o
          join accounts named on named.person_id = o.person_id where named.id = e.account_id))
          and not exists (select from holds_on_request(r.id)))`
      await db.execute(
        sql`update lease_activity set seen = null, salt = null where closed_at is not null and ${theirs}`,
      )
      await db.execute(sql`delete from lease_activity where closed_at is null and ${theirs}`)
      // Ids of the catalog, but they tell what the person works with.
      await db.execute(
        sql`delete from favourites f using accounts a, erasures e where a.person_id = f.person_id and e.account_id = a.id
          and e.id = ${id} and e.confirmed_at is not null and not exists (select from holds_on(array[a.id], f.resource_id, f.added_at))`,
      )
      // The names of passkeys stand in no event, so they have no salted hash.
      const named = await db
        .update(passkeys)
        .set({ name: '(erased)' })
        .where(
          sql`${passkeys.name} <> '(erased)' and ${passkeys.personId} in (
            select a.person_id from accounts a join erasures e on e.account_id = a.id where e.id = ${id} and e.confirmed_at is not null
              and not exists (select from holds_on(array[a.id], null, ${passkeys.addedAt})))`,
        )
        .returning({ id: passkeys.id })
      return {
        texts: (erased?.texts ?? 0) + named.length,
        requestIds: rows.map(({ requestId }) => requestId),
      }
    },
  }
}

function toErasure(row: typeof erasures.$inferSelect): Erasure {
  const { id, requestId, accountId, askedAt, askedById, confirmedAt, declinedAt } = row
  const answer = confirmedAt ? 'confirmed' : declinedAt ? 'declined' : null
  const about =
    requestId === null
      ? { kind: 'person' as const, accountId: accountId ?? '' }
      : { kind: 'request' as const, requestId }
  return { id, about, askedAt, askedById, answer }
}
