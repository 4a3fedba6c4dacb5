import { ConnectorError } from '../../domain/connector.ts'
import {
  describeTarget,
  functionSignature,
  type PrivilegeTarget,
  parsePrivilegeTarget,
} from './privilege-target.ts'
import { quoteIdentifier } from './quoting.ts'
import type { PrivilegeWish } from './schema.ts'
import type { Session } from './target.ts'

/** One privilege on one object or column, as Postgres stores it. */
export interface Privilege {
  readonly kind: 'table' | 'column' | 'sequence' | 'function' | 'schema' | 'database'
  readonly oid: number
  /** Quoted and qualified, ready for a statement. */
  readonly object: string
  /** Quoted; null unless `kind` is `column`. */
  readonly column: string | null
  readonly privilege: string
}

/** Names it in comparisons and to people. */
export function describePrivilege({ privilege, column, kind, object }: Privilege): string {
  return `${privilege}${column ? ` (${column})` : ''} on ${kind === 'column' ? 'table' : kind} ${object}`
}

/** `grant …` or `revoke …` for one privilege and one role. */
export function aclStatement(verb: 'grant' | 'revoke', wanted: Privilege, role: string): string {
  const { privilege, column, kind, object } = wanted
  // ROUTINE covers functions, procedures and aggregates.
  const keyword = {
    table: 'table',
    column: 'table',
    sequence: 'sequence',
    function: 'routine',
    schema: 'schema',
    database: 'database',
  }
  const what = `${privilege}${column ? ` (${column})` : ''} on ${keyword[kind]} ${object}`
  return verb === 'grant'
    ? `grant ${what} to ${quoteIdentifier(role)}`
    : `revoke ${what} from ${quoteIdentifier(role)}`
}

/** The objects of the entitlement, as the database has them. Throws `misconfigured` for what is not there. */
export async function resolvePrivileges(
  session: Session,
  wishes: readonly PrivilegeWish[],
): Promise<Privilege[]> {
  const targets = wishes.map(({ on }) => parsedTarget(on))
  const rows =
    targets.length === 0 ? [] : await session.query<FoundObject>(findObjects, [toJson(wishes, targets)])
  return targets.flatMap((target, index) => {
    const found = rows.filter((row) => row.ord === index)
    const missing = found.find((row) => row.oid === null || row.missing !== null)
    if (missing) throw notThere(target, missing)
    return found.map(toPrivilege)
  })
}

interface FoundObject {
  readonly ord: number
  readonly kind: Privilege['kind']
  readonly oid: number | null
  readonly object: string
  readonly column: string | null
  readonly privilege: string
  /** A column that the table does not have. */
  readonly missing: string | null
}

function toPrivilege(row: FoundObject): Privilege {
  return {
    kind: row.kind,
    oid: row.oid ?? 0,
    object: row.object,
    column: row.column,
    privilege: row.privilege,
  }
}

function parsedTarget(on: string): PrivilegeTarget {
  const target = parsePrivilegeTarget(on)
  if (typeof target === 'string') throw new ConnectorError('misconfigured', target, { retryable: false })
  return target
}

function notThere(target: PrivilegeTarget, row: FoundObject): ConnectorError {
  const what =
    row.missing === null ? describeTarget(target) : `column ${row.missing} of ${describeTarget(target)}`
  return new ConnectorError('misconfigured', `${what} does not exist. Correct the catalog, or create it.`, {
    retryable: false,
  })
}

function toJson(wishes: readonly PrivilegeWish[], targets: readonly PrivilegeTarget[]): string {
  const rows = targets.map((target, ord) => ({
    ord,
    kind: target.kind,
    schema: 'schema' in target ? target.schema : null,
    name: 'name' in target ? target.name : null,
    signature: target.kind === 'function' ? functionSignature(target) : null,
    allow: [...new Set(wishes[ord]?.allow)],
    columns: wishes[ord]?.columns ? [...new Set(wishes[ord].columns)] : null,
  }))
  return JSON.stringify(rows)
}

/** One row per privilege wished for, and per object or column it is on; no oid where there is no such object. */
const findObjects = `
with wish as (
  select * from jsonb_to_recordset($1::jsonb)
    as w (ord int, kind text, schema text, name text, signature text, allow jsonb, columns jsonb)
), found as (
  select w.ord, w.kind, c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) as object, w.allow, w.columns
  from wish w
  left join (pg_class c join pg_namespace n on n.oid = c.relnamespace)
    on n.nspname = w.schema and c.relname = w.name
    and c.relkind = any (case w.kind when 'sequence' then '{S}'::"char"[] else '{r,p,v,m,f}'::"char"[] end)
  where w.kind in ('table', 'sequence')
  union all
  select w.ord, case when c.oid is null then w.kind else 'table' end,
    coalesce(c.oid, n.oid), quote_ident(n.nspname) || '.' || quote_ident(c.relname), case when c.oid is null and n.oid is not null then '[]' else w.allow end, null
  from wish w
  left join pg_namespace n on n.nspname = w.schema
  left join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f')
  where w.kind = 'all tables'
  union all
  select w.ord, w.kind, p.oid, p.oid::regprocedure::text, w.allow, null
  from wish w left join pg_proc p on p.oid = to_regprocedure(w.signature)::oid
  where w.kind = 'function'
  union all
  select w.ord, w.kind, n.oid, quote_ident(n.nspname), w.allow, null
  from wish w left join pg_namespace n on n.nspname = w.name where w.kind = 'schema'
  union all
  select w.ord, w.kind, d.oid, quote_ident(d.datname), w.allow, null
  from wish w left join pg_database d on d.datname = w.name where w.kind = 'database'
)
select f.ord, case when c.name is null then f.kind else 'column' end as kind, f.oid, f.object,
  quote_ident(c.name) as column, a.privilege,
  case when c.name is not null and t.attnum is null then c.name end as missing
from found f
cross join lateral jsonb_array_elements_text(f.allow) as a (privilege)
left join lateral jsonb_array_elements_text(coalesce(f.columns, '[]')) as c (name) on true
left join pg_attribute t on t.attrelid = f.oid and t.attname = c.name and t.attnum > 0 and not t.attisdropped
order by f.ord`
