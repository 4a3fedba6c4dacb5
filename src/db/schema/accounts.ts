import { getTableColumns } from 'drizzle-orm'
import { check, index, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { type PersonKind, personKinds } from '../../domain/account.ts'
import { instant, isOneOf } from './columns.ts'

export const accounts = pgTable(
  'accounts',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    teamId: text('team_id').notNull(),
    userId: text('user_id').notNull(),
    kind: text('kind').$type<PersonKind>().notNull(),
    displayName: text('display_name').notNull(),
    confirmedEmail: text('confirmed_email'),
    timeZone: text('time_zone'),
    guestExpiresAt: instant('guest_expires_at'),
    /** The time of the last account check. */
    checkedAt: instant('checked_at'),
  },
  (t) => [
    unique('accounts_once').on(t.teamId, t.userId),
    check('accounts_kind_known', isOneOf(t.kind, personKinds)),
    index('accounts_by_check').on(t.checkedAt),
  ],
)

const { checkedAt: _, ...columns } = getTableColumns(accounts)
/** The columns that the domain reads. */
export const accountColumns = columns
