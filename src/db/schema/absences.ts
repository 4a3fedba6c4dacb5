import { pgTable, uuid } from 'drizzle-orm/pg-core'
import { accounts } from './accounts.ts'
import { instant } from './columns.ts'

/** Until when people said to be away. The row stays when they are back. */
export const absences = pgTable('absences', {
  accountId: uuid('account_id')
    .primaryKey()
    .references(() => accounts.id),
  until: instant('until').notNull(),
})
