import { parsePrivilegeTarget } from './privilege-target.ts'
import type { PostgresEntitlement } from './schema.ts'
import type { Session } from './target.ts'

/**
 * A fingerprint of all that the check of an entitlement's role reads: the role, its memberships, the objects on which it holds
 * a privilege, and where these are. Each change of a catalog row gives the row another `xmin`, so an equal fingerprint means that
 * the role is in step as before. Null: there is no role, or the check reads more, such as what prepared roles hold.
 */
export async function readFingerprint(
  session: Session,
  role: string,
  { privileges = [], roles = [] }: PostgresEntitlement,
): Promise<string | null> {
  if (roles.length > 0) return null
  const wholeSchemas = privileges.flatMap(({ on }) => {
    const target = parsePrivilegeTarget(on)
    return typeof target !== 'string' && target.kind === 'all tables' ? [target.schema] : []
  })
  const [row] = await session.query<{ fingerprint: string | null }>(fingerprint, [role, wholeSchemas])
  return row?.fingerprint ?? null
}

/** A hash, because a role may have privileges on thousands of objects. Found by indexes, whatever the size of the database. */
const fingerprint = `
with role as (
  select oid, row(rolcanlogin, rolinherit, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls)::text as powers
  from pg_roles where rolname = $1
), here as (
  select oid from pg_database where datname = current_database()
), held as (
  select dbid, classid, objid, objsubid from pg_shdepend
  where refclassid = 'pg_authid'::regclass and refobjid = (select oid from role) and deptype = 'a'
), class as (
  select oid, xmin, relowner as owner, relnamespace as schema from pg_class
  where oid in (select objid from held where classid = 'pg_class'::regclass)
), routine as (
  select oid, xmin, proowner as owner, pronamespace as schema from pg_proc
  where oid in (select objid from held where classid = 'pg_proc'::regclass)
), part (line) as (
  select format('role %s %s', oid, powers) from role
  union all
  select format('group %s', roleid) from pg_auth_members where member = (select oid from role)
  union all
  select format('privilege %s %s %s %s', dbid, classid, objid, objsubid) from held
  union all
  select format('class %s %s %s', oid, xmin, owner::regrole) from class
  union all
  select format('column %s %s %s', attrelid, attnum, xmin) from pg_attribute
  where attrelid in (select oid from class) and attacl is not null
  union all
  select format('routine %s %s %s', oid, xmin, owner::regrole) from routine
  union all
  select format('schema %s %s %s', oid, xmin, nspowner::regrole) from pg_namespace
  where oid in (select schema from class union select schema from routine
    union select objid from held where classid = 'pg_namespace'::regclass)
  union all
  select format('database %s %s %s', oid, xmin, datdba::regrole) from pg_database
  where oid = (select oid from here) or oid in (select objid from held where classid = 'pg_database'::regclass)
  union all
  select format('in schema %s %s', c.relnamespace, c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any ($2::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
)
select encode(sha256(convert_to((select string_agg(line, ' ' order by line) from part), 'UTF8')), 'hex') as fingerprint
from role
where not exists (select from held where dbid not in (0, (select oid from here)) or classid not in
  ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_namespace'::regclass, 'pg_database'::regclass))`
