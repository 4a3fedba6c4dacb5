import type { Problem } from '../../domain/problem.ts'
import { leaseRolePattern } from './names.ts'
import { quoteIdentifier } from './quoting.ts'
import type { Session, Target } from './target.ts'

/** Connections that Daypass keeps open to a target. */
const kept = 2

/**
 * Whether the holders of all leases could take every connection of the server, so that no administrator can log in.
 * Daypass can still end their leases through its open connections.
 * https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS
 */
export async function slotProblems(session: Session, target: Target): Promise<Problem[]> {
  const [slots] = await session.query<Slots>(readSlots, [leaseRolePattern])
  if (!slots || slots.reserved) return []
  const { connectionLimit } = target.settings
  const free = slots.open - slots.others - kept
  const wanted = slots.leased + connectionLimit
  if (wanted <= free) return []
  return [
    {
      what: `the holders of ${slots.leases} leases and of one more may open ${wanted} connections, and the server has ${Math.max(0, free)} for them: they could keep everybody else out`,
      remedy: `Lower connectionLimit (now ${connectionLimit}) in the catalog, or raise max_connections.${session.version >= 160_000 ? ` Or set reserved_connections, and: grant pg_use_reserved_connections to ${quoteIdentifier(slots.admin)};` : ''}`,
    },
  ]
}

interface Slots {
  readonly admin: string
  /** Slots that roles without privileges may take. */
  readonly open: number
  /** Connections of everybody but holders of leases. */
  readonly others: number
  readonly leases: number
  /** The connections that all leases together may open. */
  readonly leased: number
  /** Whether slots are set aside for the admin. */
  readonly reserved: boolean
}

const readSlots = `
with setting as (
  select current_setting('max_connections')::int as total, current_setting('superuser_reserved_connections')::int as superuser,
    coalesce(current_setting('reserved_connections', true)::int, 0) as privileged
), lease as (
  select oid, rolconnlimit from pg_roles where rolname ~ $1 and rolcanlogin
)
select current_user as admin, total - superuser - privileged as open,
  (select count(*)::int from pg_stat_activity a where backend_type = 'client backend' and pid <> pg_backend_pid()
    and not exists (select from lease where lease.oid = a.usesysid)) as others,
  (select count(*)::int from lease) as leases,
  (select coalesce(sum(rolconnlimit), 0)::int from lease) as leased,
  exists (select from pg_roles r where r.rolname = current_user and (r.rolsuper and superuser > 0 or privileged > 0
    and exists (select from pg_roles p where p.rolname = 'pg_use_reserved_connections' and pg_has_role(p.oid, 'USAGE')))
  ) as reserved
from setting`
