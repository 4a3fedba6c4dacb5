import { kindOf, type Member, type Principal } from '../../domain/member.ts'
import type { Transaction } from '../../domain/ports.ts'
import type { Session } from '../in-transaction.ts'
import { toPrincipal } from '../rows/principal-row.ts'
import type { PrincipalRow } from '../schema/principals.ts'
import { isUuid } from '../text.ts'

export function principalsIn(session: Session): Transaction['principals'] {
  const { sql, ask } = session

  async function findByUserId(teamId: string, userId: string): Promise<Principal | null> {
    const [row] = await ask(sql<PrincipalRow[]>`
      select * from principals where team_id = ${teamId} and user_id = ${userId}`)
    return row ? toPrincipal(row) : null
  }

  return {
    findByUserId,
    find: async (id) => {
      if (!isUuid(id)) return null
      const [row] = await ask(sql<PrincipalRow[]>`select * from principals where id = ${id}`)
      return row ? toPrincipal(row) : null
    },
    // Read first: nearly always nothing changed, and then nothing is written or locked.
    upsert: async (member) => {
      const known = await findByUserId(member.teamId, member.userId)
      return known && isUpToDate(known, member) ? known : write(session, member)
    },
  }
}

function isUpToDate(known: Principal, member: Member): boolean {
  return (
    known.kind === kindOf(member) &&
    known.displayName === member.displayName &&
    known.confirmedEmail === member.confirmedEmail &&
    known.timeZone === member.timeZone &&
    known.guestExpiresAt?.getTime() === member.guestExpiresAt?.getTime()
  )
}

async function write({ sql, ask }: Session, member: Member): Promise<Principal> {
  const [row] = await ask(sql<PrincipalRow[]>`
    insert into principals (team_id, user_id, kind, display_name, confirmed_email, time_zone, guest_expires_at)
    values (${member.teamId}, ${member.userId}, ${kindOf(member)}, ${member.displayName}, ${member.confirmedEmail},
      ${member.timeZone}, ${member.guestExpiresAt})
    on conflict on constraint principals_one_per_account do update set
      kind = excluded.kind, display_name = excluded.display_name, confirmed_email = excluded.confirmed_email,
      time_zone = excluded.time_zone, guest_expires_at = excluded.guest_expires_at
    returning *`)
  if (!row) throw new Error(`Principal ${member.teamId}/${member.userId} was not stored`)
  return toPrincipal(row)
}
