import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'
import { requests } from './requests.ts'

/** One message in an owners' channel about several leases that nobody was asked about. Named after its first request. */
export const sharedNotices = pgTable(
  'shared_notices',
  {
    id: uuid('id')
      .primaryKey()
      .references(() => requests.id),
    channelId: text('channel_id').notNull(),
    openedAt: instant('opened_at').notNull(),
    /** An edit is ordered for then. It shows every change that is committed before. */
    editDueAt: instant('edit_due_at').notNull(),
  },
  (t) => [index('shared_notices_by_channel').on(t.channelId, t.openedAt)],
)

export const noticedRequests = pgTable(
  'noticed_requests',
  {
    requestId: uuid('request_id')
      .primaryKey()
      .references(() => requests.id),
    noticeId: uuid('notice_id')
      .notNull()
      .references(() => sharedNotices.id),
  },
  (t) => [index('noticed_requests_by_notice').on(t.noticeId)],
)
