import { eq } from 'drizzle-orm'
import type { Store } from '../domain/store.ts'
import type { Database } from './database.ts'
import { prepare } from './queries.ts'
import { accountColumns, accounts } from './schema/accounts.ts'

/** The Home tabs that are kept up to date. */
export function homesIn({ sql: send, run }: Database): Store['homes'] {
  return {
    async opened(accountId, now) {
      await send`
        insert into homes (account_id, opened_at, stale_at) values (${accountId}, ${now}, ${now})
        on conflict (account_id) do update set opened_at = ${now}, stale_at = ${now}, content_hash = null`
    },
    async markConcerned({ since, openedSince, now }) {
      await send`
        with lately as materialized (
          select distinct account_id, resource_id from audit_events where at > ${since}
        )
        update homes set stale_at = ${now}
        where opened_at > ${openedSince} and exists (
          select from lately
          where lately.account_id = homes.account_id
             or (lately.resource_id is not null
                 and (homes.resource_ids is null or lately.resource_id = any (homes.resource_ids))))`
    },
    async hold({ openedSince, accountId, now, holdSeconds }) {
      const [held] = await send<{ accountId: string; staleAt: Date; contentHash: string | null }[]>`
        update homes set held_until = ${now}::timestamptz + ${holdSeconds} * interval '1 second'
        where account_id = (
          select account_id from homes
          where stale_at is not null and opened_at > ${openedSince}
            and (held_until is null or held_until <= ${now})
            and (${accountId}::uuid is null or account_id = ${accountId})
          order by stale_at limit 1 for update skip locked)
        returning account_id, stale_at, content_hash`
      if (!held) return null
      const [account] = await run(accountOf, { accountId: held.accountId })
      if (!account) throw new Error('A Home tab has no account')
      return { account, staleAt: held.staleAt, contentHash: held.contentHash }
    },
    async published({ account: { id }, staleAt }, { resourceIds, contentHash }) {
      await send`
        update homes set held_until = null, resource_ids = ${resourceIds as string[] | null}, content_hash = ${contentHash},
          stale_at = case when stale_at > ${staleAt} then stale_at end
        where account_id = ${id}`
    },
  }
}

const accountOf = prepare(['accountId'], (db, { accountId }) =>
  db.select(accountColumns).from(accounts).where(eq(accounts.id, accountId)),
)
