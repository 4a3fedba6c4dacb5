import type { MessagePurpose } from '../../domain/effect.ts'
import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { toPurpose } from '../rows/outbox-row.ts'
import type { SlackMessageRow, UndeliveredMessageRow } from '../schema/slack.ts'
import { isUuid } from '../text.ts'

export function messagesIn({ sql, ask, post }: Session): Transaction['messages'] {
  const release = (requestId: string, purpose: MessagePurpose) =>
    post(sql`delete from message_holds where request_id = ${requestId} and purpose = ${purpose}`)

  return {
    find: async (requestId, purpose) => {
      if (!isUuid(requestId)) return null
      const [row] = await ask(sql<SlackMessageRow[]>`
        select * from slack_messages
        where request_id = ${requestId} and purpose = ${purpose} and copy_number = 0`)
      return row ? { channelId: row.channelId, ts: row.ts } : null
    },
    list: async (requestId) => {
      if (!isUuid(requestId)) return []
      const rows = await ask(sql<SlackMessageRow[]>`
        select * from slack_messages where request_id = ${requestId} order by purpose, copy_number`)
      return rows.map((row) => ({
        purpose: toPurpose(
          row.purpose,
          'slack_messages',
          `${row.requestId}/${row.purpose}/${row.copyNumber}`,
        ),
        channelId: row.channelId,
        ts: row.ts,
      }))
    },
    claim: async (requestId, purpose, now, holdSeconds) => {
      const heldUntil = new Date(now.getTime() + holdSeconds * 1000)
      const claimed = await ask(sql`
        insert into message_holds as hold (request_id, purpose, held_until)
        values (${requestId}, ${purpose}, ${heldUntil})
        on conflict on constraint message_holds_one_at_a_time do update set held_until = excluded.held_until
          where hold.held_until <= ${now}
        returning purpose`)
      return claimed.length > 0
    },
    release: async (requestId, purpose) => release(requestId, purpose),
    record: async (requestId, purpose, at) => {
      release(requestId, purpose)
      // A statement of its own, so that the next one's snapshot is younger than the lock and counts every copy.
      post(sql`select pg_advisory_xact_lock(hashtextextended(${`slack_messages ${requestId}`}, 0))`)
      post(sql`
        insert into slack_messages (request_id, purpose, copy_number, channel_id, ts)
        select ${requestId}::uuid, ${purpose}::text, coalesce(max(copy_number) + 1, 0), ${at.channelId}::text, ${at.ts}::text
        from slack_messages where request_id = ${requestId}::uuid and purpose = ${purpose}::text
        on conflict on constraint slack_messages_recorded_once do nothing`)
    },
    forget: async (requestId, purpose, at) => {
      post(sql`
        delete from slack_messages where request_id = ${requestId} and purpose = ${purpose}
          and channel_id = ${at.channelId} and ts = ${at.ts}`)
    },
    listUndelivered: async (requestId) => {
      if (!isUuid(requestId)) return []
      const rows = await ask(sql<UndeliveredMessageRow[]>`
        select * from undelivered_messages where request_id = ${requestId} order by purpose`)
      return rows.map(({ requestId: id, ...row }) => ({
        ...row,
        purpose: toPurpose(row.purpose, 'undelivered_messages', `${id}/${row.purpose}`),
      }))
    },
    noteUndelivered: async (requestId, { purpose, channelId, code, problem, since }) => {
      // Two that fail in one channel at once wait for each other here, so that one of them speaks.
      const group = channelId ?? code
      post(sql`select pg_advisory_xact_lock(hashtextextended(${`undelivered_messages ${group}`}, 0))`)
      const [row] = await ask(sql<{ told: boolean }[]>`
        insert into undelivered_messages as noted (request_id, purpose, channel_id, code, problem, since, told)
        select ${requestId}::uuid, ${purpose}::text, ${channelId}::text, ${code}::text, ${problem}::text, ${since}::timestamptz,
          ${purpose}::text not like 'security:%' and not exists (
            select from undelivered_messages where told and coalesce(channel_id, code) = ${group}::text)
        on conflict on constraint undelivered_messages_once do update set
          channel_id = excluded.channel_id, code = excluded.code, problem = excluded.problem,
          told = noted.told or excluded.told
        returning told`)
      return row?.told ?? false
    },
    clearUndelivered: async (requestId, purpose) =>
      post(sql`delete from undelivered_messages where request_id = ${requestId} and purpose = ${purpose}`),
  }
}
