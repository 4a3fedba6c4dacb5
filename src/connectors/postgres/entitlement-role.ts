import { ConnectorError } from '../../domain/connector.ts'
import { aclStatement, describePrivilege, type Privilege, resolvePrivileges } from './acl.ts'
import { readFingerprint } from './fingerprint.ts'
import { type Held, heldPrivileges } from './held-privileges.ts'
import { type EntitlementPlace, entitlementComment, entitlementRole } from './names.ts'
import { quoteIdentifier, quoteLiteral } from './quoting.ts'
import type { PostgresEntitlement } from './schema.ts'
import type { Operation, Session, Target } from './target.ts'

/** Which entitlement, and what it gives. */
export interface EntitlementWish extends EntitlementPlace {
  readonly content: PostgresEntitlement
}

/**
 * Makes the NOLOGIN role that holds the privileges of this content, or adjusts it: it grants missing privileges and
 * revokes others. Resolves with what was changed, after reading it back. Two simultaneous changes of one access list
 * fail with "tuple concurrently updated". So changes of this process take turns, and a collision with another process
 * is retried. `inStep` spares the whole check while nothing has changed. A lock at the target could be taken, and held, by anybody there.
 */
export async function keepEntitlementRole(
  operation: Operation,
  wish: EntitlementWish,
  inStep: Target['inStep'],
): Promise<readonly string[]> {
  if (await operation.session((session) => isInStep(session, wish, inStep))) return []
  return operation.transaction('entitlement roles', (session) => repair(session, wish))
}

/** Reads the fingerprint first, so that a change during the check makes the next fingerprint another one. */
async function isInStep(session: Session, wish: EntitlementWish, inStep: Target['inStep']): Promise<boolean> {
  const role = entitlementRole(wish)
  const fingerprint = await readFingerprint(session, role, wish.content)
  if (fingerprint !== null && inStep.get(role) === fingerprint) return true
  inStep.delete(role)
  const drift = await findDrift(session, wish)
  if (drift.length > 0) return false
  if (fingerprint !== null) inStep.set(role, fingerprint)
  return true
}

async function repair(session: Session, wish: EntitlementWish): Promise<readonly string[]> {
  const drift = await findDrift(session, wish)
  for (const { repair } of drift) await session.query(repair)
  const left = await findDrift(session, wish)
  if (left.length > 0) throw notInStep(wish, left)
  return drift.map(({ what }) => what)
}

interface Drift {
  readonly what: string
  readonly repair: string
}

/** The problems of the role of this content, with remedies; none if there is no role yet. */
export async function entitlementRoleProblems(
  session: Session,
  wish: EntitlementWish,
): Promise<readonly { what: string; remedy: string }[]> {
  const role = entitlementRole(wish)
  const [state] = await session.query<RoleState>(readRole, [role])
  if (!state) return []
  const held = await heldPrivileges(session, state.oid)
  const { allowed } = await wantedPrivileges(session, wish)
  return [
    ...excess(held, allowed).map((one) => ({
      what: `${wish.entitlementId}: ${role} holds ${describePrivilege(one)}, which the catalog does not give`,
      remedy: `The next grant takes it back. At once: ${aclStatement('revoke', one, role)};`,
    })),
    ...(held.foreign.length > 0
      ? [
          {
            what: holdsForeign(role, held.foreign).message,
            remedy: `drop owned by ${quoteIdentifier(role)};`,
          },
        ]
      : []),
  ]
}

/** The privileges that the entitlement's role lacks; all of them if there is no role yet. */
export async function lackingPrivileges(session: Session, wish: EntitlementWish): Promise<Privilege[]> {
  const role = entitlementRole(wish)
  const [state] = await session.query<RoleState>(readRole, [role])
  const held = state ? (await heldPrivileges(session, state.oid)).privileges : []
  const { required } = await wantedPrivileges(session, wish)
  return lacking(required, held)
}

async function findDrift(session: Session, wish: EntitlementWish): Promise<Drift[]> {
  const role = entitlementRole(wish)
  const [state] = await session.query<RoleState>(readRole, [role])
  const { required, allowed } = await wantedPrivileges(session, wish)
  if (!state) return [creation(role, wish), ...required.map((one) => addition(one, role))]
  if (state.dangerous) throw tooMighty(role)
  const held = await heldPrivileges(session, state.oid)
  if (held.foreign.length > 0) throw holdsForeign(role, held.foreign)
  const tooMuch = excess(held, allowed)
  const keeps = held.privileges.filter((one) => !tooMuch.includes(one))
  return [
    ...(state.canLogin
      ? [{ what: `${role} could log in`, repair: `alter role ${quoteIdentifier(role)} nologin` }]
      : []),
    ...(state.inherits
      ? [{ what: `${role} inherited`, repair: `alter role ${quoteIdentifier(role)} noinherit` }]
      : []),
    ...state.memberOf.map((group) => removal(group, role)),
    ...tooMuch.map((one) => ({
      what: `too much: ${describePrivilege(one)}`,
      repair: aclStatement('revoke', one, role),
    })),
    ...lacking(required, keeps).map((one) => addition(one, role)),
  ]
}

/** `required` must be held; `allowed` may be. */
async function wantedPrivileges(session: Session, { content }: EntitlementWish) {
  const wanted = await resolvePrivileges(session, content.privileges ?? [])
  const needed = await neededToReach(session, wanted, content.roles ?? [])
  return {
    required: [...wanted, ...needed.filter((one) => one.lacking)],
    allowed: new Set([...wanted, ...needed].map(describePrivilege)),
  }
}

/** The privileges that a role of this content must not have. */
function excess(held: Held, allowed: ReadonlySet<string>): Held['privileges'] {
  return held.privileges.filter((one) => one.grantable || !allowed.has(describePrivilege(one)))
}

function lacking(required: readonly Privilege[], held: readonly Privilege[]): Privilege[] {
  const has = new Set(held.map(describePrivilege))
  const byName = new Map(required.map((one) => [describePrivilege(one), one]))
  return [...byName].filter(([name]) => !has.has(name)).map(([, one]) => one)
}

function addition(one: Privilege, role: string): Drift {
  return { what: `missing: ${describePrivilege(one)}`, repair: aclStatement('grant', one, role) }
}

function removal(group: string, role: string): Drift {
  return {
    what: `${role} was a member of ${group}`,
    repair: `revoke ${quoteIdentifier(group)} from ${quoteIdentifier(role)}`,
  }
}

/**
 * CONNECT on the database and USAGE on the schemas, without which the privileges are worth nothing. `lacking`: those
 * that neither everybody (PUBLIC) nor a prepared role has already.
 */
async function neededToReach(session: Session, wanted: readonly Privilege[], roles: readonly string[]) {
  const objects = wanted
    .filter(({ kind }) => ['table', 'column', 'sequence'].includes(kind))
    .map(({ oid }) => oid)
  const functions = wanted.filter(({ kind }) => kind === 'function').map(({ oid }) => oid)
  return session.query<Privilege & { lacking: boolean }>(readNeeded, [objects, functions, [...roles]])
}

function creation(role: string, wish: EntitlementWish): Drift {
  const name = quoteIdentifier(role)
  const comment = quoteLiteral(entitlementComment(wish))
  return {
    what: `made ${role}`,
    // Before Postgres 15 a holder may make its own role a group of this one: NOINHERIT keeps that from the other members.
    repair: `create role ${name} nologin noinherit; comment on role ${name} is ${comment}`,
  }
}

interface RoleState {
  readonly oid: number
  readonly canLogin: boolean
  readonly inherits: boolean
  readonly dangerous: boolean
  readonly memberOf: readonly string[]
}

const readRole = `
select r.oid, r.rolcanlogin as "canLogin", r.rolinherit as inherits,
  (r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls) as dangerous,
  coalesce((select jsonb_agg(distinct g.rolname) from pg_auth_members m join pg_roles g on g.oid = m.roleid
    where m.member = r.oid), '[]') as "memberOf"
from pg_roles r where r.rolname = $1`

const readNeeded = `
with needed as (
  select 'database' as kind, d.oid, format('%I', d.datname) as object, 'CONNECT' as privilege,
    has_database_privilege('public', d.oid, 'CONNECT') or exists (select from pg_roles r
      where r.rolname = any ($3::text[]) and has_database_privilege(r.oid, d.oid, 'CONNECT')) as has
  from pg_database d where d.datname = current_database()
  union all
  select 'schema', n.oid, format('%I', n.nspname), 'USAGE',
    has_schema_privilege('public', n.oid, 'USAGE') or exists (select from pg_roles r
      where r.rolname = any ($3::text[]) and has_schema_privilege(r.oid, n.oid, 'USAGE'))
  from pg_namespace n where n.oid in (
    select relnamespace from pg_class where oid = any ($1::oid[])
    union select pronamespace from pg_proc where oid = any ($2::oid[]))
)
select kind, oid, object, null as column, privilege, not has as lacking from needed`

function tooMighty(role: string): ConnectorError {
  return new ConnectorError(
    'conflict',
    `role ${role} was given powers over the server by somebody. Take them away: alter role ${quoteIdentifier(role)} nosuperuser nocreaterole nocreatedb noreplication nobypassrls`,
    { retryable: false },
  )
}

function holdsForeign(role: string, foreign: readonly string[]): ConnectorError {
  return new ConnectorError(
    'conflict',
    `role ${role} holds privileges that no entitlement gives: ${foreign.join(', ')}. Take them away there: drop owned by ${quoteIdentifier(role)}`,
    { retryable: false },
  )
}

function notInStep(wish: EntitlementWish, left: readonly Drift[]): ConnectorError {
  const role = entitlementRole(wish)
  return new ConnectorError(
    'permission',
    `the admin user could not bring ${role} to what was approved (${left.map(({ what }) => what).join('; ')}). As the owner of the objects: ${left.map(({ repair }) => repair).join('; ')}`,
    { retryable: false },
  )
}
