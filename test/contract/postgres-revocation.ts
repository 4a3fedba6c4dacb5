import { describe, expect, it, vi } from 'vitest'
import type { AccessOrder } from '../../src/domain/connector.ts'
import type { Content } from './_open-connector.ts'
import {
  buildThings,
  clientOf,
  connectWith,
  entitlementRoleOf,
  liveSession,
  type PostgresWorld,
  readOrders,
  roleOf,
  run,
} from './postgres-world.ts'

/** The rules of a revocation in Postgres. */
export function revocationRules(world: () => PostgresWorld): void {
  describe('revocation', { timeout: 60_000 }, () => {
    sessionRules(world)
    leftoverRules(world)
    resumptionRules(world)
    expiryRules(world)
  })
}

function sessionRules(world: () => PostgresWorld): void {
  it('sessions end whatever they do: running, idle in a transaction, acting as another', async () => {
    const { connector, freshAccess, asSuperuser } = world()
    const access = freshAccess()
    await connector.grant(access)
    const credentials = await connector.issueCredentials?.(access)
    if (!credentials) throw new Error('no credentials')
    const [running, idle, locking, disguised] = await Promise.all(
      Array.from({ length: 4 }, () => connectWith(credentials)),
    )
    if (!running || !idle || !locking || !disguised) throw new Error('not connected')
    const asleep = running.query('select pg_sleep(600)').catch((error: { code: string }) => error.code)
    await idle.query('begin; select 1')
    await locking.query('begin; select pg_advisory_lock(42); select id from orders')
    const group = await entitlementRoleOf(world(), access)
    // Only Postgres 15 lets a member act as the group.
    const acted = await disguised.query(`set role "${group}"`).then(
      () => true,
      () => false,
    )
    expect(acted).toBe(world().server.majorVersion < 16)

    const evidence = await connector.revoke(access)
    expect(evidence.facts).toMatchObject({ sessionsEnded: 4, sessionsLeft: 0, rolePresent: false })
    expect(await asleep).toBe('57P01')
    const clients = [running, idle, locking, disguised]
    expect(await Promise.all(clients.map((client) => liveSession(client).alive()))).toEqual(
      clients.map(() => false),
    )
    expect(
      await asSuperuser('select pid from pg_locks where locktype = $1 and objid = 42', ['advisory']),
    ).toEqual([])
  })

  it('a connection that was let in and delays its own start does not slip past the revocation', async () => {
    const { connector, freshAccess, asSuperuser, server, database } = world()
    const access = freshAccess()
    await connector.grant(access)
    const credentials = await connector.issueCredentials?.(access)
    const password = credentials?.fields.find(({ label }) => label === 'Password')?.value ?? ''
    const url = server.url({ user: roleOf(access.grantId), password, database })
    const delayed = clientOf(url, { options: '-c post_auth_delay=4' })
    const bystander = clientOf(server.url({ database }), { options: '-c post_auth_delay=4' })
    const arrivals = Promise.allSettled([delayed.connect(), bystander.connect()])
    // Let in, but not listed: holding the lock on the database that comes after the check of the role.
    await vi.waitFor(async () => {
      const hidden = await asSuperuser(`select pid from pg_locks where classid = 'pg_database'::regclass
        and pid not in (select pid from pg_stat_activity where usesysid is not null)`)
      expect(hidden).toHaveLength(2)
    })
    const [role] = await asSuperuser<{ oid: number }>('select oid from pg_roles where rolname = $1', [
      roleOf(access.grantId),
    ])
    await connector.revoke(access)
    await arrivals
    expect(await liveSession(delayed).alive()).toBe(false)
    expect(await liveSession(bystander).alive()).toBe(true)
    expect(await asSuperuser('select pid from pg_stat_activity where usesysid = $1', [role?.oid])).toEqual([])
    await bystander.end()
  })

  it('no more connections than the catalog allows', async () => {
    const { connector, freshAccess } = world()
    const access = freshAccess()
    await connector.grant(access)
    const credentials = await connector.issueCredentials?.(access)
    if (!credentials) throw new Error('no credentials')
    await Promise.all(Array.from({ length: 5 }, () => connectWith(credentials)))
    await expect(connectWith(credentials)).rejects.toMatchObject({ code: '53300' })
    await connector.revoke(access)
  })
}

function leftoverRules(world: () => PostgresWorld): void {
  it('what the lease made is handed to a role of its own, in every database, and never to the admin', async () => {
    const { server, withCatalog, access, login, asSuperuser, adminName, database } = world()
    const elsewhere = `${database} elsewhere`
    await run(server.superuserUrl, `create database "${elsewhere}"`)
    await asSuperuser(`grant create on schema public to public`, [], elsewhere)
    await asSuperuser(`grant create on database "${database}" to "${adminName}" with grant option`)
    const build: Content = {
      privileges: [...(buildThings.privileges as []), { on: `database "${database}"`, allow: ['CREATE'] }],
    }
    const connector = withCatalog({ build })
    const lease = access('build', build)
    await connector.grant(lease)
    const here = await login(connector, lease)
    await here.query(`
      create table public.kept (n int); insert into public.kept values (7);
      create view public.peep as select * from public.orders;
      create function public.trap() returns text language sql security definer as 'select card_number from public.orders limit 1';
      grant execute on function public.trap() to public;
      create schema den; create table den.t (n int); create function den.f() returns int language sql as 'select 1';
      create type public.mood as enum ('glad');
      alter default privileges grant select on tables to public;
      select lo_create(0)`)
    await here.query(`begin; create table public.pending (n int)`)
    await here.query(`prepare transaction 'left ''behind'`)
    const there = await login(connector, lease, elsewhere)
    await there.query(`create table public.far (n int); insert into public.far values (8)`)
    await there.query(`begin; create table public.far_pending (n int)`)
    await there.query(`prepare transaction 'far'`)

    const evidence = await connector.revoke(lease)
    expect(evidence.facts).toMatchObject({
      rolePresent: false,
      preparedTransactionsRolledBack: 2,
      databasesCleared: [database, elsewhere],
    })
    expect(evidence.facts.objectsReassigned).toEqual(
      expect.arrayContaining([expect.stringContaining('kept'), expect.stringContaining('far'), 'schema den']),
    )
    const owners = `select distinct pg_get_userbyid(o) as owner from (
      select relowner from pg_class where relname in ('kept', 'peep', 't', 'far')
      union all select proowner from pg_proc where proname in ('trap', 'f')
      union all select nspowner from pg_namespace where nspname = 'den'
      union all select typowner from pg_type where typname = 'mood') as x (o)`
    expect(await asSuperuser(owners)).toEqual([{ owner: leftoverOwnerOf(lease) }])
    expect(await asSuperuser(owners, [], elsewhere)).toEqual([{ owner: leftoverOwnerOf(lease) }])
    expect(await asSuperuser('select n from public.kept')).toEqual([{ n: 7 }])
    await expect(asSuperuser('select public.trap()')).rejects.toMatchObject({ code: '42501' })
    await expect(asSuperuser('select * from public.peep')).rejects.toMatchObject({ code: '42501' })
    expect(await asSuperuser('select gid from pg_prepared_xacts')).toEqual([])
    expect(await leftoverOwnerHasNothing(world(), lease)).toBe(true)

    await run(server.superuserUrl, `drop database "${elsewhere}" with (force)`)
    await asSuperuser(`drop owned by ${leftoverOwnerOf(lease)} cascade; drop role ${leftoverOwnerOf(lease)}`)
  })

  it('a prepared role may lend the right to make things, and what was made is cleared all the same', async () => {
    const { withCatalog, access, login, asSuperuser, adminName } = world()
    await asSuperuser(`create role builders; create schema yard authorization builders;
      grant builders to "${adminName}" with admin option`)
    const entitlement: Content = { roles: ['builders'] }
    const connector = withCatalog({ build: entitlement })
    const lease = access('build', entitlement)
    await connector.grant(lease)
    const client = await login(connector, lease)
    await client.query(
      `create table yard.t (n int); create function yard.f() returns int language sql as 'select 1'`,
    )
    const evidence = await connector.revoke(lease)
    expect(evidence.facts.objectsReassigned).toEqual(['function yard.f()', 'table yard.t'])
    expect(await leftoverOwnerHasNothing(world(), lease)).toBe(true)
    await asSuperuser(
      `drop owned by ${leftoverOwnerOf(lease)} cascade; drop role ${leftoverOwnerOf(lease)};
        drop owned by builders cascade; drop role builders`,
    )
  })

  it('what was made while acting as the entitlement role does not stay with it', async () => {
    if (world().server.majorVersion >= 16) return
    const { withCatalog, access, login, asSuperuser } = world()
    const connector = withCatalog({ build: buildThings })
    const lease = access('build', buildThings)
    await connector.grant(lease)
    const group = await entitlementRoleOf(world(), lease)
    const client = await login(connector, lease)
    await client.query(`set role "${group}"; create function public.back_door() returns text language sql
      security definer as 'select card_number from public.orders limit 1'`)
    await connector.revoke(lease)
    await expect(asSuperuser('select public.back_door()')).rejects.toMatchObject({ code: '42501' })
    await asSuperuser(`drop owned by ${leftoverOwnerOf(lease)} cascade; drop role ${leftoverOwnerOf(lease)}`)
  })

  it('a database that lets nobody in is named, and the access is cut off nevertheless', async () => {
    const { server, withCatalog, access, login, asSuperuser, database } = world()
    const closed = `${database} closed`
    await run(server.superuserUrl, `create database "${closed}"`)
    await asSuperuser('grant create on schema public to public', [], closed)
    const connector = withCatalog({ 'read-orders': readOrders })
    const lease = access('read-orders', readOrders)
    await connector.grant(lease)
    const client = await login(connector, lease, closed)
    await client.query('create table public.t (n int)')
    await run(server.superuserUrl, `alter database "${closed}" allow_connections false`)
    const evidence = await connector.revoke(lease)
    expect(evidence.summary).toContain('Access is cut')
    expect(evidence.facts.cleanupPending).toEqual([expect.stringContaining(closed)])
    expect(await roleState(world(), lease)).toMatchObject({ login: false, password: null, groups: [] })
    expect(await liveSession(client).alive()).toBe(false)
    await run(server.superuserUrl, `alter database "${closed}" allow_connections true`)
    await connector.maintain?.()
    expect(await roleState(world(), lease)).toBeNull()
    await run(server.superuserUrl, `drop database "${closed}" with (force)`)
    await asSuperuser(`drop role ${leftoverOwnerOf(lease)}`)
  })

  it('privileges that somebody gave the lease role by hand go with it', async () => {
    const { connector, freshAccess, asSuperuser, adminName } = world()
    const access = freshAccess()
    await connector.grant(access)
    const role = roleOf(access.grantId)
    await asSuperuser(`set role "${adminName}"; grant select on customers to "${role}"; reset role`)
    await connector.revoke(access)
    expect(await roleState(world(), access)).toBeNull()
  })
}

function resumptionRules(world: () => PostgresWorld): void {
  it('what an earlier version gave and this one no longer understands is taken away, with what the holder made', async () => {
    const { withCatalog, access, login, asSuperuser } = world()
    const connector = withCatalog({ build: buildThings })
    const lease = access('build', buildThings)
    await connector.grant(lease)
    const client = await login(connector, lease)
    await client.query('create table public.of_old (n int)')
    const stored = { ...lease, content: access('build', { rights: 'some' }).content }
    await expect(connector.grant(stored)).rejects.toMatchObject({ code: 'misconfigured' })
    const evidence = await connector.revoke(stored)
    expect(evidence.facts).toMatchObject({
      rolePresent: false,
      sessionsLeft: 0,
      objectsReassigned: ['table public.of_old'],
    })
    await asSuperuser('drop table public.of_old')
  })

  it.each([
    ['cutting it off', 'alter role %r nologin password null'],
    ['its memberships were taken', 'alter role %r nologin password null; revoke %g from %r'],
    [
      'its objects were half handed over',
      'alter role %r nologin; create table public.half (n int); alter table public.half owner to %r',
    ],
    ['its privileges were dropped', 'alter role %r nologin; revoke %g from %r; drop owned by %r'],
    ['the role was dropped', 'revoke %g from %r; drop owned by %r; drop role %r'],
  ])('a revocation that died after %s is completed by the next', async (_, steps) => {
    const { connector, freshAccess, asSuperuser, login } = world()
    const access = freshAccess()
    await connector.grant(access)
    const client = await login(connector, access)
    const [role, group] = [roleOf(access.grantId), await entitlementRoleOf(world(), access)]
    const done = steps.replaceAll('%r', `"${role}"`).replaceAll('%g', `"${group}"`)
    // As the one who granted it, because a superuser's plain revoke finds only what the superuser granted.
    if (steps.includes('drop role')) await client.end()
    for (const step of done.split('; ')) {
      const by = step.startsWith('revoke') ? ` granted by "${world().adminName}"` : ''
      await asSuperuser(world().server.majorVersion >= 16 && !world().superuserAdmin ? step + by : step)
    }
    const evidence = await connector.revoke(access)
    expect(evidence.facts).toMatchObject({ rolePresent: false, sessionsLeft: 0 })
    expect(await roleState(world(), access)).toBeNull()
    expect(await liveSession(client).alive()).toBe(false)
    await asSuperuser(`drop table if exists public.half; drop role if exists ${leftoverOwnerOf(access)}`)
  })

  it('while a revocation is under way the grant cannot be given again, nor credentials', async () => {
    const { connector, freshAccess, asSuperuser } = world()
    const access = freshAccess()
    await connector.grant(access)
    await asSuperuser(`alter role "${roleOf(access.grantId)}" nologin`)
    await expect(connector.grant(access)).rejects.toMatchObject({ code: 'conflict', retryable: false })
    await expect(connector.issueCredentials?.(access)).rejects.toMatchObject({ code: 'not_granted' })
    await connector.revoke(access)
  })
}

function expiryRules(world: () => PostgresWorld): void {
  it('Postgres itself refuses the password after the end of the lease', async () => {
    const { connector, freshAccess, accepts, holds } = world()
    const access = { ...freshAccess(), until: new Date(Date.now() + 3_000) }
    await connector.grant(access)
    const credentials = await connector.issueCredentials?.(access)
    if (!credentials) throw new Error('no credentials')
    expect(await accepts(credentials)).toBe(true)
    await vi.waitFor(async () => expect(await accepts(credentials)).toBe(false), {
      timeout: 20_000,
      interval: 100,
    })
    expect(Date.now()).toBeGreaterThanOrEqual(access.until.getTime())
    expect(await holds(access)).toBe(true)
    await expect(connector.issueCredentials?.(access)).rejects.toMatchObject({ code: 'not_granted' })
    await connector.revoke(access)
  })

  it('there is no password until credentials are asked for, and the clear one is in no log of the server', async () => {
    const { connector, freshAccess, server } = world()
    const access = freshAccess()
    await connector.grant(access)
    expect(await roleState(world(), access)).toMatchObject({ login: true, password: null })
    const credentials = await connector.issueCredentials?.(access)
    const password = credentials?.fields.find(({ label }) => label === 'Password')?.value ?? ''
    expect(Buffer.from(password, 'base64url').length).toBeGreaterThanOrEqual(24)
    expect(await roleState(world(), access)).toMatchObject({
      password: expect.stringMatching(/^SCRAM-SHA-256\$4096:/),
    })
    // The log is read through a pipe: what came before the verifier is there once the verifier is.
    await vi.waitFor(() => expect(server.log()).toContain(`alter role "${roleOf(access.grantId)}" password`))
    expect(server.log()).not.toContain(password)
    await connector.revoke(access)
  })
}

interface RoleState {
  login: boolean
  password: string | null
  groups: string[]
}

async function roleState(world: PostgresWorld, { grantId }: AccessOrder): Promise<RoleState | null> {
  const [row] = await world.asSuperuser<RoleState>(
    `select rolcanlogin as login, rolpassword as password,
      array(select roleid::regrole::text from pg_auth_members where member = a.oid) as groups
      from pg_authid a where rolname = $1`,
    [roleOf(grantId)],
  )
  return row ?? null
}

function leftoverOwnerOf({ grantId }: AccessOrder): string {
  return `daypass_left_${grantId.replaceAll('-', '')}`
}

/** Whether the owner of what is left is what it should be: no login, no memberships, nothing granted to it. */
async function leftoverOwnerHasNothing(world: PostgresWorld, access: AccessOrder): Promise<boolean> {
  const [row] = await world.asSuperuser<{ nothing: boolean }>(
    `select not rolcanlogin and not rolsuper
      and not exists (select from pg_auth_members where member = r.oid)
      and not exists (select from pg_shdepend where refobjid = r.oid and deptype = 'a' and classid <> 'pg_default_acl'::regclass
        and pg_describe_object(classid, objid, 0) not like '%den%') as nothing
      from pg_roles r where rolname = $1`,
    [leftoverOwnerOf(access)],
  )
  return row?.nothing ?? false
}
