import { ConnectorError, type Evidence } from '../../domain/connector.ts'
import type { CutOff } from './cut-off.ts'
import type { LeaseRole } from './lease-role.ts'
import type { Cleared } from './owned-objects.ts'
import type { Session } from './target.ts'

/** The work of a revocation, before the read-back. */
export interface Revoked {
  readonly role: LeaseRole | null
  readonly cut: CutOff
  readonly cleared: Cleared
  /** Why the role could not be dropped yet. */
  readonly pending: readonly string[]
}

/** A lease's role, as the server shows it. */
export interface RoleState {
  readonly name: string
  readonly readAt: Date
  readonly present: boolean
  readonly canLogin: boolean
  readonly memberOf: readonly string[]
  readonly sessions: number
  readonly prepared: number
}

/** The oid finds sessions of a role that is gone; 0 where it was not known. */
export async function readState(session: Session, name: string, oid: number): Promise<RoleState> {
  const [state] = await readStates(session, [{ name, oid }])
  if (!state) throw new ConnectorError('unexpected', 'the read-back has no row', { retryable: true })
  return state
}

/** The same for many roles: a row for each, in their order. */
export async function readStates(
  session: Session,
  roles: readonly { readonly name: string; readonly oid: number }[],
): Promise<RoleState[]> {
  return session.query<RoleState>(stateOfRoles, [roles.map(({ name }) => name), roles.map(({ oid }) => oid)])
}

/** Throws `still_present` where the role was seen again. */
export function evidenceOf(name: string, seen: RoleState, revoked: Revoked): Evidence {
  const cutButThere = revoked.pending.length > 0 && !seen.canLogin && seen.memberOf.length === 0
  if (seen.sessions > 0 || seen.prepared > 0 || (seen.present && !cutButThere)) {
    throw new ConnectorError('still_present', `role ${name} was seen again after it was taken away`, {
      retryable: true,
    })
  }
  const { role, cut, cleared, pending } = revoked
  return {
    readAt: seen.readAt,
    summary: summaryOf(name, role !== null, seen.present ? pending : []),
    facts: {
      role: name,
      rolePresent: seen.present,
      sessionsLeft: seen.sessions,
      wasPresent: role !== null,
      sessionsEnded: cut.sessionsEnded,
      preparedTransactionsRolledBack: cut.preparedTransactions,
      databasesCleared: cleared.databases,
      objectsReassigned: cleared.reassigned,
      ...(seen.present ? { canLogin: seen.canLogin, memberOf: seen.memberOf, cleanupPending: pending } : {}),
    },
  }
}

function summaryOf(name: string, wasPresent: boolean, [pending]: readonly string[]): string {
  if (pending) {
    return `Access is cut: role ${name} cannot log in, and no session or membership of it is left. The role itself is not dropped yet (${pending.replace(/\.$/u, '')}); Daypass drops it as soon as that is possible.`
  }
  return wasPresent ? `Role ${name} is gone, and no session of it is left.` : `There is no role ${name}.`
}

const stateOfRoles = `
with sessions as (
  select usesysid, usename from pg_stat_activity where usesysid = any ($2::oid[]) or usename = any ($1::text[])
), prepared as (
  select owner from pg_prepared_xacts
)
select w.wanted as name, clock_timestamp() as "readAt", r.oid is not null as present,
  coalesce(r.rolcanlogin, false) as "canLogin",
  coalesce((select jsonb_agg(g.rolname) from pg_auth_members m join pg_roles g on g.oid = m.roleid
    where m.member = r.oid), '[]') as "memberOf",
  (select count(*)::int from sessions s where s.usesysid = w.oid or s.usename = w.wanted) as sessions,
  (select count(*)::int from prepared p where p.owner = w.wanted) as prepared
from unnest($1::name[], $2::oid[]) with ordinality as w (wanted, oid, place)
left join pg_roles r on r.rolname = w.wanted
order by w.place`
