import type { Privilege } from './acl.ts'
import { entitlementRolePrefix, leaseRolePattern, leftoverOwnerPrefix } from './names.ts'
import type { Session } from './target.ts'

/** Everything that a role holds in this database and on shared objects, from the real access lists. */
export interface Held {
  readonly privileges: readonly (Privilege & { readonly grantable: boolean })[]
  /** Privileges that an entitlement never gives, as text: on types, languages, in other databases, ... */
  readonly foreign: readonly string[]
  /**
   * Privileges on objects that holders of leases made. An owner may grant to any role, so these are not part of the
   * content, and make no grant fail.
   */
  readonly fromHolders: readonly GrantFromHolder[]
}

export interface GrantFromHolder {
  /** The object, as text. */
  readonly object: string
  readonly owner: string
  /** As a `revoke` names it; null where none can be written. */
  readonly target: string | null
}

/** Found through `pg_shdepend`, so that the cost does not grow with the database. */
export async function heldPrivileges(session: Session, roleOid: number): Promise<Held> {
  const rows = await session.query<HeldRow>(readHeld, [
    roleOid,
    leaseRolePattern,
    leftoverOwnerPrefix,
    entitlementRolePrefix,
  ])
  return {
    privileges: rows.flatMap(({ kind, oid, object, column, privilege, grantable }) =>
      kind === 'foreign' || kind === 'from holder'
        ? []
        : [{ kind, oid, object, column, privilege, grantable }],
    ),
    foreign: rows.filter((row) => row.kind === 'foreign').map((row) => row.object),
    fromHolders: rows
      .filter((row) => row.kind === 'from holder')
      .map(({ object, owner, target }) => ({ object, owner, target })),
  }
}

interface HeldRow {
  readonly kind: Privilege['kind'] | 'foreign' | 'from holder'
  readonly oid: number
  readonly object: string
  readonly column: string | null
  readonly privilege: string
  readonly grantable: boolean
  readonly owner: string
  readonly target: string | null
}

const readHeld = `
with here as (
  select oid from pg_database where datname = current_database()
), objects as (
  select distinct classid, objid, dbid, dbid in (0, (select oid from here)) as is_here
  from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = $1 and deptype = 'a'
), owned as (
  select o.*, coalesce(r.rolname, '') as owner
  from objects o
  left join pg_shdepend d on d.dbid = o.dbid and d.classid = o.classid and d.objid = o.objid and d.objsubid = 0
    and d.refclassid = 'pg_authid'::regclass and d.deptype = 'o'
  left join pg_roles r on r.oid = d.refobjid
), judged as (
  select *, owner ~ $2 or starts_with(owner, $3) or starts_with(owner, $4) as from_holder from owned
), touched as (
  select * from judged where not from_holder
), held as (
  select case c.relkind when 'S' then 'sequence' else 'table' end as kind, c.oid,
    format('%I.%I', n.nspname, c.relname) as object, null as column, acl.*
  from touched t join pg_class c on c.oid = t.objid join pg_namespace n on n.oid = c.relnamespace
  cross join lateral aclexplode(c.relacl) acl
  where t.is_here and t.classid = 'pg_class'::regclass
  union all
  select 'column', c.oid, format('%I.%I', n.nspname, c.relname), format('%I', a.attname), acl.*
  from touched t join pg_class c on c.oid = t.objid join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
  cross join lateral aclexplode(a.attacl) acl
  where t.is_here and t.classid = 'pg_class'::regclass
  union all
  select 'function', p.oid, p.oid::regprocedure::text, null, acl.*
  from touched t join pg_proc p on p.oid = t.objid cross join lateral aclexplode(p.proacl) acl
  where t.is_here and t.classid = 'pg_proc'::regclass
  union all
  select 'schema', n.oid, format('%I', n.nspname), null, acl.*
  from touched t join pg_namespace n on n.oid = t.objid cross join lateral aclexplode(n.nspacl) acl
  where t.is_here and t.classid = 'pg_namespace'::regclass
  union all
  select 'database', d.oid, format('%I', d.datname), null, acl.*
  from touched t join pg_database d on d.oid = t.objid cross join lateral aclexplode(d.datacl) acl
  where t.is_here and t.classid = 'pg_database'::regclass
)
select kind, oid, object, "column", privilege_type as privilege, is_grantable as grantable,
  null as owner, null as target
from held where grantee = $1
union all
select case when from_holder then 'from holder' else 'foreign' end, objid,
  case when is_here then coalesce(pg_describe_object(classid, objid, 0), 'something that is being dropped')
    else 'something in database ' || coalesce((select datname from pg_database d where d.oid = dbid), '?') end,
  null, '', false, owner, case when is_here then case classid
    when 'pg_class'::regclass then
      case (select relkind from pg_class where oid = objid) when 'S' then 'sequence ' else 'table ' end
    when 'pg_proc'::regclass then 'routine '
    when 'pg_namespace'::regclass then 'schema '
    when 'pg_type'::regclass then 'type '
    when 'pg_largeobject'::regclass then 'large object '
    when 'pg_foreign_server'::regclass then 'foreign server '
  end || (pg_identify_object(classid, objid, 0)).identity end
from judged
where from_holder or not is_here or classid not in
  ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_namespace'::regclass, 'pg_database'::regclass)
order by kind, "object", "column", privilege`
