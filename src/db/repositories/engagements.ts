import { eq, sql } from 'drizzle-orm'
import type { Engagement } from '../../domain/engagement.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { Session } from '../in-transaction.ts'
import { selectEngagements, selectOpenEngagements, toEngagement } from '../open-engagements.ts'
import { accounts } from '../schema/accounts.ts'
import { engagements } from '../schema/people.ts'
import { isUuid } from '../text.ts'

export function engagementsIn({ db, pipeline }: Session): Transaction['engagements'] {
  async function find(id: string): Promise<Engagement | null> {
    const [row] = await selectEngagements(db, eq(engagements.id, id))
    return row ? toEngagement(row) : null
  }

  return {
    insert: async ({ tags, ...engagement }) => {
      const [inserted] = await db
        .insert(engagements)
        .values({ ...engagement, tags: [...tags] })
        .onConflictDoNothing({ target: engagements.personId, where: sql`ended_at is null` })
        .returning({ id: engagements.id })
      if (!inserted) return null
      pipeline(
        db.update(accounts).set({ kind: 'contractor' }).where(eq(accounts.personId, engagement.personId)),
      )
      return find(inserted.id)
    },
    // The row is locked alone, and read after that: a lock of a joined row would also lock the sponsor's account.
    lock: async (id) => {
      if (!isUuid(id)) return null
      pipeline(
        db
          .select({ id: engagements.id })
          .from(engagements)
          .where(eq(engagements.id, id))
          .for('no key update'),
      )
      return find(id)
    },
    lockOpenOf: async (personId) => {
      const open = sql`${engagements.personId} = ${personId} and ${engagements.endedAt} is null`
      pipeline(db.select({ id: engagements.id }).from(engagements).where(open).for('no key update'))
      const [row] = await selectOpenEngagements(db, eq(engagements.personId, personId))
      return row ? toEngagement(row) : null
    },
    openOfSponsor: async (personId) => {
      const rows = await db
        .select({ id: engagements.id })
        .from(engagements)
        .where(sql`${engagements.sponsorPersonId} = ${personId} and ${engagements.endedAt} is null`)
        .orderBy(engagements.id)
      return rows.map(({ id }) => id)
    },
    save: async ({ id, personId: _, sponsor, tags, ...rest }) => {
      const state = { ...rest, sponsorPersonId: sponsor.personId, tags: [...tags] }
      pipeline(db.update(engagements).set(state).where(eq(engagements.id, id)))
    },
  }
}
