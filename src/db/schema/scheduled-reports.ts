import { pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** Until when each scheduled report of the catalog was ordered. A new one begins with its next time. */
export const scheduledReports = pgTable('scheduled_reports', {
  id: text('id').primaryKey(),
  dueAt: instant('due_at').notNull(),
})
