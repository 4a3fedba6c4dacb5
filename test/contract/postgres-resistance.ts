import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import type { AccessOrder } from '../../src/domain/connector.ts'
import { revokeTogether } from './connector-contract.ts'
import {
  buildThings,
  clientOf,
  connectWith,
  entitlementRoleOf,
  liveSession,
  type PostgresWorld,
  roleOf,
  run,
} from './postgres-world.ts'

/** The holder of a lease resists its end. Nothing that a holder can lock delays it by more than some seconds. */
export function resistanceRules(world: () => PostgresWorld): void {
  describe('a holder who resists', { timeout: 60_000 }, () => {
    ownLockRules(world)
    strangerLockRules(world)
    leftoverRules(world)
    groupRules(world)
  })
}

/** Milliseconds that a revocation may take, whatever the holder does. */
const limit = 8_000

async function revokedInTime(world: PostgresWorld, access: AccessOrder, holders: readonly pg.Client[]) {
  const startedAt = Date.now()
  const evidence = await world.connector.revoke(access)
  expect(Date.now() - startedAt).toBeLessThan(limit)
  for (const holder of holders) expect(await liveSession(holder).alive()).toBe(false)
  return evidence
}

/** What a holder does to its own lease, with statements of its own. */
const attacks: readonly (readonly [string, (grantId: string) => readonly string[]])[] = [
  [
    'the advisory lock of its own grant',
    (id: string) => [`select pg_advisory_lock(hashtextextended('daypass:grant:${id}', 0))`],
  ],
  ['an open change of its own password', () => ['begin', `alter role current_user password 'mine'`]],
  ['an open change of its own settings', () => ['begin', `alter role current_user set work_mem = '1MB'`]],
  [
    'a prepared change of its own password',
    (id: string) => [
      'begin',
      `alter role current_user password 'mine'`,
      `prepare transaction 'resist ${id}'`,
    ],
  ],
  [
    'a lock on a table of its own',
    () => ['begin', 'create temp table mine (n int)', 'lock table mine in access exclusive mode'],
  ],
  [
    'locks on the catalogs',
    () => [
      'begin',
      'lock table pg_catalog.pg_database, pg_catalog.pg_auth_members, pg_catalog.pg_shdepend in access share mode',
    ],
  ],
]

function ownLockRules(world: () => PostgresWorld): void {
  it.each(attacks)('%s does not delay the end', async (_, attack) => {
    const { connector, freshAccess, login, holds } = world()
    const access = freshAccess()
    await connector.grant(access)
    const holder = await login(connector, access)
    for (const statement of attack(access.grantId)) await holder.query(statement)
    const evidence = await revokedInTime(world(), access, [holder])
    expect(evidence.facts).toMatchObject({ rolePresent: false, sessionsLeft: 0 })
    expect(await holds(access)).toBe(false)
  })

  it('a prepared change of its own password in another database does not delay the end', async () => {
    const { connector, freshAccess, login, holds, server, database } = world()
    const elsewhere = `${database} other`
    await run(server.superuserUrl, `create database "${elsewhere}"`)
    const access = freshAccess()
    await connector.grant(access)
    const holder = await login(connector, access, elsewhere)
    await holder.query(`begin; alter role current_user password 'mine'`)
    await holder.query(`prepare transaction 'far ${access.grantId}'`)
    await revokedInTime(world(), access, [holder])
    expect(await holds(access)).toBe(false)
    await run(server.superuserUrl, `drop database "${elsewhere}" with (force)`)
  })

  it('a storm of sessions that change their own password does not delay the end', async () => {
    const { connector, freshAccess, holds } = world()
    const access = freshAccess()
    await connector.grant(access)
    const credentials = await connector.issueCredentials?.(access)
    if (!credentials) throw new Error('no credentials')
    const password = credentials.fields.find(({ label }) => label === 'Password')?.value
    let over = false
    const storm = Array.from({ length: 5 }, async () => {
      while (!over) {
        const client = await connectWith(credentials).catch(() => null)
        await client?.query(`begin; alter role current_user password '${password}'`).catch(() => {})
        await client?.query('commit; begin; alter role current_user password null; rollback').catch(() => {})
        await client?.end().catch(() => {})
      }
    })
    await revokedInTime(world(), access, [])
    expect(await holds(access)).toBe(false)
    over = true
    await Promise.all(storm)
  })

  it('a session that swallows every error does not delay the end', async () => {
    const { connector, freshAccess, login, holds } = world()
    const access = freshAccess()
    await connector.grant(access)
    const holder = await login(connector, access)
    const stubborn = holder
      .query(
        `do $$ begin loop begin perform pg_sleep(60); exception when others or query_canceled then null; end; end loop; end $$`,
      )
      .catch((error: { code: string }) => error.code)
    await revokedInTime(world(), access, [holder])
    expect(await stubborn).toBe('57P01')
    expect(await holds(access)).toBe(false)
  })
}

function strangerLockRules(world: () => PostgresWorld): void {
  it('somebody who keeps the role of the entitlement locked does not keep the sessions alive', async () => {
    const { connector, freshAccess, login, holds, server, database } = world()
    const access = freshAccess()
    await connector.grant(access)
    const holder = await login(connector, access)
    const dba = clientOf(server.url({ database }))
    await dba.connect()
    const role = await entitlementRoleOf(world(), access)
    await dba.query(`begin; create role waiting; grant "${role}" to waiting`)
    await connector.revoke(access).catch(() => {})
    const alive = await liveSession(holder).alive()
    await dba.end()
    expect(alive).toBe(false)
    await connector.revoke(access)
    expect(await holds(access)).toBe(false)
  })

  it('nor the sessions of leases that end together', async () => {
    const { connector, freshAccess, login, holds, server, database } = world()
    const leases = [freshAccess(), freshAccess()]
    for (const lease of leases) await connector.grant(lease)
    const holders = await Promise.all(leases.map((lease) => login(connector, lease)))
    const dba = clientOf(server.url({ database }))
    await dba.connect()
    const role = await entitlementRoleOf(world(), leases[0] ?? freshAccess())
    await dba.query(`begin; create role waiting; grant "${role}" to waiting`)
    await Promise.allSettled(connector.revokeAll?.(leases) ?? [])
    const alive = await Promise.all(holders.map((holder) => liveSession(holder).alive()))
    const left = await Promise.all(leases.map(holds))
    await dba.end()
    expect({ alive, left }).toEqual({ alive: [false, false], left: [false, false] })
  })

  it('somebody who keeps the role of the entitlement locked for a moment spoils no grant of a group', async () => {
    const { connector, freshAccess, holds, server, database } = world()
    const first = freshAccess()
    await connector.grant(first)
    const group = [freshAccess(), freshAccess(), freshAccess()]
    const dba = clientOf(server.url({ database }))
    await dba.connect()
    const role = await entitlementRoleOf(world(), first)
    await dba.query(`begin; create role waiting; grant "${role}" to waiting`)
    const granting = connector.grantAll?.(group) ?? []
    // Longer than a group waits, shorter than a grant waits.
    setTimeout(() => void dba.query('rollback').catch(() => {}), 1_500)
    await Promise.all(granting)
    await dba.end()
    expect(await Promise.all(group.map(holds))).toEqual([true, true, true])
    await Promise.all([first, ...group].map((access) => connector.revoke(access)))
  })

  it('locks that one holder takes on the leases of all delay neither an end nor a grant', async () => {
    const { connector, freshAccess, login, holds, withCatalog, access: accessTo } = world()
    const [access, opponent] = [freshAccess(), freshAccess()]
    await connector.grant(access)
    await connector.grant(opponent)
    const holder = await login(connector, access)
    const other = await login(connector, opponent)
    const locks = [`grant:${access.grantId}`, 'entitlements'].map((name) => `daypass:${name}`)
    for (const lock of locks) await other.query(`select pg_advisory_lock(hashtextextended('${lock}', 0))`)
    await revokedInTime(world(), access, [holder])
    expect(await holds(access)).toBe(false)

    const fresh = { privileges: [{ on: 'table public.orders', allow: ['SELECT'], columns: ['status'] }] }
    const lease = accessTo('new-here', fresh)
    await withCatalog({ 'new-here': fresh }).grant(lease)
    expect(await holds(lease)).toBe(true)
    await connector.revoke(lease)
    await connector.revoke(opponent)
  })

  it('while a holder lets nobody change its role, its credentials are refused soon', async () => {
    const { connector, freshAccess, login } = world()
    const access = freshAccess()
    await connector.grant(access)
    const holder = await login(connector, access)
    await holder.query(
      `begin; alter role current_user set work_mem = '1MB'; alter role current_user password 'x'`,
    )
    const startedAt = Date.now()
    await expect(connector.issueCredentials?.(access)).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
    })
    expect(Date.now() - startedAt).toBeLessThan(limit)
    await revokedInTime(world(), access, [holder])
  })
}

/** A group in which one resists: the others end, and it too. */
function groupRules(world: () => PostgresWorld): void {
  /** Grants six, logs in as each, lets the third resist. */
  async function besieged(resist: (holder: pg.Client, access: AccessOrder) => Promise<unknown>) {
    const { connector, freshAccess, login } = world()
    const group = Array.from({ length: 6 }, freshAccess)
    const holders: pg.Client[] = []
    for (const access of group) {
      await connector.grant(access)
      holders.push(await login(connector, access))
    }
    const [resisting, opponent] = [group[2], holders[2]]
    if (!resisting || !opponent) throw new Error('nobody resists')
    await resist(opponent, resisting)
    return { group, holders, resisting }
  }

  async function endedInTime({ group, holders }: Awaited<ReturnType<typeof besieged>>) {
    const startedAt = Date.now()
    const evidence = await Promise.all(revokeTogether(world(), group))
    expect(Date.now() - startedAt).toBeLessThan(limit)
    for (const holder of holders) expect(await liveSession(holder).alive()).toBe(false)
    return evidence
  }

  it.each(attacks)('%s does not delay the end of a group', async (_, attack) => {
    const siege = await besieged(async (holder, { grantId }) => {
      for (const statement of attack(grantId)) await holder.query(statement)
    })
    for (const { facts } of await endedInTime(siege)) {
      expect(facts).toMatchObject({ rolePresent: false, sessionsLeft: 0, wasPresent: true, sessionsEnded: 1 })
    }
    expect(await Promise.all(siege.group.map(world().holds))).toEqual(siege.group.map(() => false))
  })

  it('a session that swallows every error does not delay the end of a group', async () => {
    const siege = await besieged(async (holder) => {
      holder
        .query(
          `do $$ begin loop begin perform pg_sleep(60); exception when others or query_canceled then null; end; end loop; end $$`,
        )
        .catch(() => {})
    })
    for (const { facts } of await endedInTime(siege)) expect(facts).toMatchObject({ rolePresent: false })
  })

  it('what one of a group made is handed over, in whichever database, and the others end with nothing of it', async () => {
    const { withCatalog, access: accessTo, login, asSuperuser, server, database, holds } = world()
    const elsewhere = `${database} of the group`
    await run(server.superuserUrl, `create database "${elsewhere}"`)
    await asSuperuser('grant create on schema public to public', [], elsewhere)
    const connector = withCatalog({ build: buildThings })
    const group = Array.from({ length: 4 }, () => accessTo('build', buildThings))
    for (const access of group) await connector.grant(access)
    const [first, second] = group
    if (!first || !second) throw new Error('no group')
    await (await login(connector, first)).query('create table public.of_first (n int)')
    await (await login(connector, second, elsewhere)).query('create table public.of_second (n int)')
    const evidence = await Promise.all(connector.revokeAll?.(group) ?? [])
    expect(
      evidence.map(({ facts }) => [facts.sessionsEnded, facts.databasesCleared, facts.objectsReassigned]),
    ).toEqual([
      [1, [database], ['table public.of_first']],
      [1, [elsewhere], ['table public.of_second']],
      [0, [], []],
      [0, [], []],
    ])
    expect(await Promise.all(group.map(holds))).toEqual(group.map(() => false))
    await run(server.superuserUrl, `drop database "${elsewhere}" with (force)`)
    await asSuperuser('drop table public.of_first')
    await dropLeftoverOwners(world())
  })

  it('a role that transactions of others keep from being dropped keeps no other of its group', async () => {
    const { connector, freshAccess, login, holds } = world()
    const opponent = freshAccess()
    await connector.grant(opponent)
    const other = await login(connector, opponent)
    const siege = await besieged((_, { grantId }) =>
      other.query(`begin; create temp table bait (n int); grant select on bait to "${roleOf(grantId)}"`),
    )
    const evidence = await endedInTime(siege)
    const kept = evidence.filter(({ facts }) => facts.rolePresent)
    expect(kept).toHaveLength(1)
    expect(kept[0]?.facts).toMatchObject({ canLogin: false, sessionsLeft: 0, sessionsEnded: 1, memberOf: [] })
    await other.query('rollback')
    await connector.maintain?.()
    expect(await holds(siege.resisting)).toBe(false)
    await connector.revoke(opponent)
  })
}

function leftoverRules(world: () => PostgresWorld): void {
  it('access that is cut is said to be cut while transactions of others keep the role from being dropped; it is dropped after', async () => {
    const { connector, freshAccess, login, holds, asSuperuser } = world()
    const [access, opponent] = [freshAccess(), freshAccess()]
    await connector.grant(access)
    await connector.grant(opponent)
    const holder = await login(connector, access)
    const other = await login(connector, opponent)
    await other.query(
      `begin; create temp table bait (n int); grant select on bait to "${roleOf(access.grantId)}"`,
    )
    const evidence = await revokedInTime(world(), access, [holder])
    expect(evidence.summary).toMatch(/Access is cut: .* cannot log in/)
    expect(evidence.facts).toMatchObject({
      rolePresent: true,
      canLogin: false,
      sessionsLeft: 0,
      memberOf: [],
    })
    expect(evidence.facts.cleanupPending).toHaveLength(1)
    const [role] = await asSuperuser<{ login: boolean; password: string | null; groups: number }>(
      `select rolcanlogin as login, rolpassword as password,
        (select count(*)::int from pg_auth_members where member = a.oid) as groups from pg_authid a where rolname = $1`,
      [roleOf(access.grantId)],
    )
    expect(role).toEqual({ login: false, password: null, groups: 0 })
    expect(await connector.check()).toMatchObject({
      ok: false,
      problems: [{ what: expect.stringContaining(roleOf(access.grantId)) }],
    })

    await connector.maintain?.()
    expect(await holds(access)).toBe(true)
    await other.query('rollback')
    await connector.maintain?.()
    expect(await holds(access)).toBe(false)
    expect(await connector.check()).toMatchObject({ ok: true })
    await connector.revoke(opponent)
  })

  it('a table of an ended lease that somebody else reads at the moment is not reported as a failure, and is cleared after', async () => {
    const { withCatalog, access: accessTo, login, holds, asSuperuser, server, database } = world()
    const connector = withCatalog({ build: buildThings })
    const access = accessTo('build', buildThings)
    await connector.grant(access)
    const holder = await login(connector, access)
    await holder.query('create table public.popular (n int); grant select on public.popular to public')
    const reader = clientOf(server.url({ database }))
    await reader.connect()
    await reader.query('begin; select n from public.popular')
    const startedAt = Date.now()
    const evidence = await connector.revoke(access)
    expect(Date.now() - startedAt).toBeLessThan(limit)
    expect(evidence.facts).toMatchObject({ rolePresent: true, canLogin: false, sessionsLeft: 0 })
    await reader.query('commit')
    await connector.maintain?.()
    expect(await holds(access)).toBe(false)
    await asSuperuser('drop table public.popular')
    await reader.end()
    await dropLeftoverOwners(world())
  })

  it('what ended leases left is owned by one role each, and reachable for nobody', async () => {
    const { withCatalog, access: accessTo, login, asSuperuser } = world()
    const connector = withCatalog({ build: buildThings })
    const [victim, spy] = [accessTo('build', buildThings), accessTo('build', buildThings)]
    await connector.grant(victim)
    const first = await login(connector, victim)
    await first.query(`create table public.secrets (n int); insert into public.secrets values (42);
      grant select on public.secrets to public; create sequence public.numbers; grant usage on sequence public.numbers to public`)
    await connector.grant(spy)
    const second = await login(connector, spy)
    await second.query(`create function public.peek() returns int language plpgsql security definer as
      $$ begin return (select n from public.secrets); end $$; grant execute on function public.peek() to public`)
    await connector.revoke(victim)
    await connector.revoke(spy)
    const owners = await asSuperuser<{ owner: string }>(
      `select pg_get_userbyid(relowner) as owner from pg_class where relname = 'secrets'
        union select pg_get_userbyid(proowner) from pg_proc where proname = 'peek'`,
    )
    expect(new Set(owners.map(({ owner }) => owner))).toEqual(
      new Set([victim, spy].map(({ grantId }) => `daypass_left_${grantId.replaceAll('-', '')}`)),
    )
    const [reach] = await asSuperuser(`select
      has_table_privilege('public', 'public.secrets', 'select') as "table",
      has_sequence_privilege('public', 'public.numbers', 'usage') as "sequence",
      has_function_privilege('public', 'public.peek()', 'execute') as "function"`)
    expect(reach).toEqual({ table: false, sequence: false, function: false })
    await expect(asSuperuser('select public.peek()')).rejects.toMatchObject({ code: '42501' })
    await asSuperuser('drop function public.peek(); drop table public.secrets; drop sequence public.numbers')
    await dropLeftoverOwners(world())
  })
}

async function dropLeftoverOwners({ asSuperuser }: PostgresWorld): Promise<void> {
  await asSuperuser(`do $$ declare r name; begin
    for r in select rolname from pg_roles where rolname like 'daypass\\_left\\_%' loop
      execute format('drop owned by %I cascade', r); execute format('drop role %I', r);
    end loop; end $$`)
}
