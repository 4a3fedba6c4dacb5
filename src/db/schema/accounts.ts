import { sql } from 'drizzle-orm'
import { check, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

export const accounts = pgTable(
  'accounts',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    teamId: text('team_id').notNull(),
    userId: text('user_id').notNull(),
    kind: text('kind').notNull(),
    displayName: text('display_name').notNull(),
    confirmedEmail: text('confirmed_email'),
    timeZone: text('time_zone'),
    guestExpiresAt: instant('guest_expires_at'),
  },
  (t) => [
    unique('accounts_once').on(t.teamId, t.userId),
    check('accounts_kind_known', sql`${t.kind} in ('employee', 'contractor')`),
  ],
)

export type AccountRow = typeof accounts.$inferSelect
