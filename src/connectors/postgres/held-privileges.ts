import type { Privilege } from './acl.ts'
import type { Session } from './target.ts'

/** Everything that a role holds in this database and on shared objects, from the real access lists. */
export interface Held {
  readonly privileges: readonly (Privilege & { readonly grantable: boolean })[]
  /** What an entitlement never gives: privileges on types, languages, in other databases, ... In words. */
  readonly foreign: readonly string[]
}

/** Found through `pg_shdepend`, so that the cost does not grow with the database. */
export async function heldPrivileges(session: Session, roleOid: number): Promise<Held> {
  const rows = await session.query<HeldRow>(readHeld, [roleOid])
  const known = rows.filter((row) => row.kind !== 'foreign')
  return {
    privileges: known.map(({ kind, oid, object, column, privilege, grantable }) => ({
      kind: kind as Privilege['kind'],
      oid,
      object,
      column,
      privilege,
      grantable,
    })),
    foreign: rows.filter((row) => row.kind === 'foreign').map((row) => row.object),
  }
}

interface HeldRow {
  readonly kind: Privilege['kind'] | 'foreign'
  readonly oid: number
  readonly object: string
  readonly column: string | null
  readonly privilege: string
  readonly grantable: boolean
}

const readHeld = `
with here as (
  select oid from pg_database where datname = current_database()
), touched as (
  select distinct classid, objid, dbid in (0, (select oid from here)) as is_here, dbid
  from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = $1 and deptype = 'a'
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
select kind, oid, object, "column", privilege_type as privilege, is_grantable as grantable from held where grantee = $1
union all
select 'foreign', objid,
  case when is_here then pg_describe_object(classid, objid, 0)
    else 'something in database ' || coalesce((select datname from pg_database d where d.oid = dbid), '?') end,
  null, '', false
from touched
where not is_here or classid not in
  ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_namespace'::regclass, 'pg_database'::regclass)
order by kind, "object", "column", privilege`
