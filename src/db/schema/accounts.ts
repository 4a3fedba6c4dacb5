import { getTableColumns, sql } from 'drizzle-orm'
import { type AnyPgColumn, boolean, check, index, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { type AccountChange, accountChanges } from '../../domain/account-change.ts'
import { type PersonKind, personKinds } from '../../domain/person.ts'
import { instant, isOneOf } from './columns.ts'

/** The humans beneath the accounts. One that turned out to be another names that one. */
export const persons = pgTable('persons', {
  id: uuid('id').primaryKey().defaultRandom(),
  mergedInto: uuid('merged_into').references((): AnyPgColumn => persons.id),
})

export const accounts = pgTable(
  'accounts',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    personId: uuid('person_id')
      .notNull()
      .references(() => persons.id),
    teamId: text('team_id').notNull(),
    userId: text('user_id').notNull(),
    kind: text('kind').$type<PersonKind>().notNull(),
    displayName: text('display_name').notNull(),
    confirmedEmail: text('confirmed_email'),
    timeZone: text('time_zone'),
    isGuest: boolean('is_guest').notNull(),
    isDeactivated: boolean('is_deactivated').notNull(),
    guestExpiresAt: instant('guest_expires_at'),
    /** The last change after which somebody else may be behind the account. Null: none was seen. */
    change: text('change').$type<AccountChange>(),
    changedAt: instant('changed_at'),
    /** The time of the last account check. */
    checkedAt: instant('checked_at'),
  },
  (t) => [
    unique('accounts_once').on(t.teamId, t.userId),
    check('accounts_kind_known', isOneOf(t.kind, personKinds)),
    check('accounts_change_known', isOneOf(t.change, accountChanges)),
    check('accounts_changes_say_when', sql`(${t.change} is null) = (${t.changedAt} is null)`),
    index('accounts_by_person').on(t.personId),
    index('accounts_by_email').on(t.teamId, t.confirmedEmail),
    index('accounts_by_check').on(t.checkedAt),
  ],
)

const { checkedAt: _, ...columns } = getTableColumns(accounts)
/** The columns that the domain reads. */
export const accountColumns = columns
