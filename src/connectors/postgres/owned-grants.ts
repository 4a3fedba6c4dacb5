import type { Session } from './target.ts'

/**
 * Revokes what the owner of these objects gave on them to everybody else, PUBLIC included: only the owner reaches them
 * afterwards. At most `limit` at once; resolves with how many. The current user must have the owner's privileges. Within a
 * transaction.
 */
export async function revokeGrantsOnOwned(
  session: Session,
  owner: { readonly oid: number },
  limit: number,
): Promise<number> {
  return execute(session, await session.query<{ statement: string }>(findGrants, [owner.oid, limit]))
}

/** Gives the owner back what it revoked from itself on its schemas: otherwise nothing in them can be handed over. */
export async function keepOwnSchemas(session: Session, owner: { readonly oid: number }): Promise<void> {
  await execute(session, await session.query<{ statement: string }>(findOwnSchemas, [owner.oid]))
}

async function execute(session: Session, rows: readonly { statement: string }[]): Promise<number> {
  if (rows.length > 0) await session.query(rows.map(({ statement }) => statement).join('; '))
  return rows.length
}

/**
 * Functions and types are open to PUBLIC while their access list is empty. Procedures are named with the mode of each
 * argument: without it `p(int, int)` may name two of them, and the statement fails.
 */
const findGrants = `
with owned as (
  select classid, objid from pg_shdepend
  where refclassid = 'pg_authid'::regclass and refobjid = $1 and deptype = 'o'
    and dbid = (select oid from pg_database where datname = current_database())
), listed as (
  select format('%s %s', case c.relkind when 'S' then 'sequence' else 'table' end, c.oid::regclass) as object, acl.grantee
  from owned o join pg_class c on c.oid = o.objid and o.classid = 'pg_class'::regclass
  cross join lateral (
    select (aclexplode(c.relacl)).grantee
    union select (aclexplode(a.attacl)).grantee from pg_attribute a where a.attrelid = c.oid and not a.attisdropped
  ) acl
  union
  select case p.prokind
    when 'p' then format('procedure %I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
    else format('function %s', p.oid::regprocedure) end, acl.grantee
  from owned o join pg_proc p on p.oid = o.objid and o.classid = 'pg_proc'::regclass
  join pg_namespace n on n.oid = p.pronamespace
  cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
  union
  select format('schema %I', n.nspname), acl.grantee
  from owned o join pg_namespace n on n.oid = o.objid and o.classid = 'pg_namespace'::regclass
  cross join lateral aclexplode(n.nspacl) acl
  union
  select format('type %s', t.oid::regtype), acl.grantee
  from owned o join pg_type t on t.oid = o.objid and o.classid = 'pg_type'::regclass
  cross join lateral aclexplode(coalesce(t.typacl, acldefault('T', t.typowner))) acl
  where t.typtype in ('b', 'c', 'd', 'e', 'r') and not (t.typlen = -1 and t.typelem <> 0)
  union
  select format('large object %s', l.oid), acl.grantee
  from owned o join pg_largeobject_metadata l on l.oid = o.objid and o.classid = 'pg_largeobject'::regclass
  cross join lateral aclexplode(l.lomacl) acl
  union
  select format('foreign server %I', s.srvname), acl.grantee
  from owned o join pg_foreign_server s on s.oid = o.objid and o.classid = 'pg_foreign_server'::regclass
  cross join lateral aclexplode(s.srvacl) acl
)
select format('revoke all on %s from %s cascade', object,
  case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end) as statement
from listed where grantee <> $1 limit $2`

const findOwnSchemas = `
select format('grant usage, create on schema %I to %I', n.nspname, pg_get_userbyid($1)) as statement
from pg_shdepend d join pg_namespace n on n.oid = d.objid and d.classid = 'pg_namespace'::regclass
where d.refclassid = 'pg_authid'::regclass and d.refobjid = $1 and d.deptype = 'o'
  and d.dbid = (select oid from pg_database where datname = current_database())`
