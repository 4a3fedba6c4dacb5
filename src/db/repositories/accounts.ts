import { type Account, kindOf, type SlackAccount } from '../../domain/account.ts'
import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { toAccount } from '../rows/account-row.ts'
import type { AccountRow } from '../schema/accounts.ts'
import { isUuid } from '../text.ts'

export function accountsIn(session: Session): Transaction['accounts'] {
  const { sql, ask, post } = session

  async function findByUserId(teamId: string, userId: string): Promise<Account | null> {
    const [row] = await ask(sql<AccountRow[]>`
      select * from accounts where team_id = ${teamId} and user_id = ${userId}`)
    return row ? toAccount(row) : null
  }

  return {
    findByUserId,
    find: async (id) => {
      if (!isUuid(id)) return null
      const [row] = await ask(sql<AccountRow[]>`select * from accounts where id = ${id}`)
      return row ? toAccount(row) : null
    },
    claimForCheck: async (teamId, now, { everySeconds, paceSeconds }) => {
      // A statement of its own, so that the next one's snapshot is younger than the lock and sees what others took.
      post(sql`select pg_advisory_xact_lock(hashtextextended('check of accounts', 0))`)
      const [row] = await ask(sql<AccountRow[]>`
        update accounts set checked_at = ${now}
        where id = (
          select id from accounts
          where team_id = ${teamId}
            and coalesce(checked_at <= ${now}::timestamptz - make_interval(secs => ${everySeconds}), true)
            and id in (
              select holder_id from grants
              where status in ('activating', 'active', 'revoking', 'revocation_failed')
              union select requester_id from requests where status = 'pending')
          order by checked_at nulls first, id
          limit 1)
          and not exists (
            select from accounts where checked_at > ${now}::timestamptz - make_interval(secs => ${paceSeconds}))
        returning *`)
      return row ? toAccount(row) : null
    },
    // Read first: nearly always nothing changed, and then nothing is written or locked.
    upsert: async (account) => {
      const known = await findByUserId(account.teamId, account.userId)
      return known && isUpToDate(known, account) ? known : write(session, account)
    },
  }
}

function isUpToDate(known: Account, account: SlackAccount): boolean {
  return (
    known.kind === kindOf(account) &&
    known.displayName === account.displayName &&
    known.confirmedEmail === account.confirmedEmail &&
    known.timeZone === account.timeZone &&
    known.guestExpiresAt?.getTime() === account.guestExpiresAt?.getTime()
  )
}

async function write({ sql, ask }: Session, account: SlackAccount): Promise<Account> {
  const [row] = await ask(sql<AccountRow[]>`
    insert into accounts (team_id, user_id, kind, display_name, confirmed_email, time_zone, guest_expires_at)
    values (${account.teamId}, ${account.userId}, ${kindOf(account)}, ${account.displayName}, ${account.confirmedEmail},
      ${account.timeZone}, ${account.guestExpiresAt})
    on conflict on constraint accounts_once do update set
      kind = excluded.kind, display_name = excluded.display_name, confirmed_email = excluded.confirmed_email,
      time_zone = excluded.time_zone, guest_expires_at = excluded.guest_expires_at
    returning *`)
  if (!row) throw new Error(`Account ${account.teamId}/${account.userId} was not stored`)
  return toAccount(row)
}
