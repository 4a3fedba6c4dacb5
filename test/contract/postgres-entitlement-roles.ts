import { describe, expect, it } from 'vitest'
import type { Diagnosis } from '../../src/domain/connector.ts'
import type { Content } from './_open-connector.ts'
import { inStepRules } from './postgres-in-step.ts'
import { entitlementRoleOf, type PostgresWorld, readOrders, roleOf } from './postgres-world.ts'

const readCustomers: Content = {
  privileges: [{ on: 'table public.customers', allow: ['SELECT'] }],
}

/** One NOLOGIN role for each content of an entitlement: what it holds, who may add to it, and when it goes. */
export function entitlementRoleRules(world: () => PostgresWorld): void {
  describe('entitlement roles', { timeout: 60_000 }, () => {
    holderRules(world)
    contentRules(world)
    concurrencyRules(world)
    inStepRules(world)
  })
}

/** A lease that may make objects of many kinds, and the connector that gave it. */
async function maker(world: PostgresWorld) {
  const { withCatalog, access, login, asSuperuser, adminName, database } = world
  await asSuperuser(`grant create, temporary on database "${database}" to "${adminName}" with grant option`)
  const make: Content = {
    privileges: [
      { on: 'schema public', allow: ['USAGE', 'CREATE'] },
      { on: `database "${database}"`, allow: ['CREATE', 'TEMPORARY'] },
    ],
  }
  const connector = withCatalog({ 'read-orders': readOrders, 'read-customers': readCustomers, make })
  const lease = access('make', make)
  await connector.grant(lease)
  return { connector, lease, client: await login(connector, lease) }
}

function holderRules(world: () => PostgresWorld): void {
  it.each([
    ['a table', 'create table public.mine (n int); grant all on public.mine to %e'],
    ['a column', 'create table public.mine (n int); grant select (n) on public.mine to %e'],
    ['a temporary table', 'create temp table mine (n int); grant select on mine to %e'],
    ['a sequence', 'create sequence public.mine; grant usage on sequence public.mine to %e'],
    [
      'a function',
      `create function public.mine() returns int language sql as 'select 1'; grant execute on function public.mine() to %e`,
    ],
    ['a schema', 'create schema mine; grant create, usage on schema mine to %e'],
    [
      'a type',
      `create type public.mine as enum ('x'); grant usage on type public.mine to %e with grant option`,
    ],
    ['a domain', 'create domain public.mine as int; grant usage on domain public.mine to %e'],
    [
      'a large object',
      `do $$ declare id oid := lo_create(0); begin execute format('grant select on large object %s to %e', id); end $$`,
    ],
    ['what it will make', 'alter default privileges grant select on tables to %e'],
  ])(
    'what a holder gives them on %s of its own refuses nobody, is found by check, and goes with it',
    async (_, statements) => {
      const { connector, lease, client } = await maker(world())
      const first = world().access('read-orders', readOrders)
      await connector.grant(first)
      const role = await entitlementRoleOf(world(), first)
      const before = await holdings(world(), role)
      await client.query(statements.replaceAll('%e', role))
      expect(await holdings(world(), role)).not.toBe(before)

      await connector.grant(first)
      const next = world().access('read-orders', readOrders)
      expect((await connector.grant(next)).facts.broughtInStep).toEqual([])
      expect(problemsOf(await connector.check())).toEqual([
        expect.stringContaining(`by its owner ${roleOf(lease.grantId)}`),
      ])

      await connector.revoke(lease)
      expect(await holdings(world(), role)).toBe(before)
      expect(await connector.check()).toMatchObject({ ok: true })
      await Promise.all([first, next].map((one) => connector.revoke(one)))
      await clearLeftovers(world())
    },
  )

  it('what a holder gave them can be taken back at once, as check says', async () => {
    const { connector, lease, client } = await maker(world())
    const reader = world().access('read-orders', readOrders)
    await connector.grant(reader)
    const role = await entitlementRoleOf(world(), reader)
    const before = await holdings(world(), role)
    await client.query(`create schema "Mi ne"; create table "Mi ne"."T" (n int);
      grant usage on schema "Mi ne" to ${role}; grant select on "Mi ne"."T" to ${role}; create temp table t (n int);
      grant select (n) on t to ${role}; select lo_create(4242); grant select on large object 4242 to ${role}`)
    for (const remedy of remediesOf(await connector.check())) await world().asSuperuser(remedy)
    expect(await holdings(world(), role)).toBe(before)
    await Promise.all([lease, reader].map((one) => connector.revoke(one)))
    await clearLeftovers(world())
  })

  it('a holder cannot give others what it has by way of them', async () => {
    const { login } = world()
    const connector = world().withCatalog({ 'read-orders': readOrders, 'read-customers': readCustomers })
    const giver = world().access('read-orders', readOrders)
    const other = world().access('read-customers', readCustomers)
    await Promise.all([giver, other].map((one) => connector.grant(one)))
    const [own, foreign] = [await entitlementRoleOf(world(), giver), await entitlementRoleOf(world(), other)]
    const client = await login(connector, giver)
    for (const statement of [
      `grant "${own}" to "${roleOf(other.grantId)}"`,
      `grant "${own}" to "${foreign}"`,
    ]) {
      await expect(client.query(statement), statement).rejects.toMatchObject({
        code: expect.stringMatching(/^(42501|0LP01)$/),
      })
    }
    const before = await holdings(world(), foreign)
    // Postgres answers this with a warning.
    await client.query(`grant select (id) on orders to "${foreign}"`)
    expect(await holdings(world(), foreign)).toBe(before)
    await expect(client.query(`grant "${roleOf(giver.grantId)}" to "${foreign}"`)).rejects.toMatchObject({
      code: '42501',
    })
    const reader = await login(connector, other)
    await expect(reader.query('select id from orders')).rejects.toMatchObject({ code: '42501' })
    expect((await connector.grant(other)).facts.broughtInStep).toEqual([])
    await Promise.all([giver, other].map((one) => connector.revoke(one)))
  })

  it('what the DBAs gave one of them by hand is named by check', async () => {
    const { connector, freshAccess, asSuperuser, adminName } = world()
    const access = freshAccess()
    await connector.grant(access)
    const role = await entitlementRoleOf(world(), access)
    await asSuperuser(`set role "${adminName}"; grant delete on orders to ${role}; reset role`)
    expect(problemsOf(await connector.check())).toEqual([
      expect.stringContaining('holds DELETE on table public.orders'),
    ])
    expect((await connector.grant(access)).facts.broughtInStep).toEqual([
      'too much: DELETE on table public.orders',
    ])
    expect(await connector.check()).toMatchObject({ ok: true })
    await connector.revoke(access)
  })
}

function contentRules(world: () => PostgresWorld): void {
  const wide: Content = {
    privileges: [
      { on: 'table public.orders', allow: ['SELECT', 'UPDATE'] },
      { on: 'table public.customers', allow: ['SELECT'] },
    ],
  }
  const narrow: Content = {
    privileges: [{ on: 'table public.orders', allow: ['SELECT'], columns: ['id'] }],
  }

  it('a lease that runs keeps what was approved for it when the catalog changes and others are granted', async () => {
    const { withCatalog, access, login } = world()
    const before = withCatalog({ stepping: narrow })
    const lease = access('stepping', narrow)
    await before.grant(lease)
    const client = await login(before, lease)

    const after = withCatalog({ stepping: wide })
    const next = access('stepping', wide)
    await after.grant(next)
    await client.query('select id from orders')
    await expect(client.query('select total from orders')).rejects.toMatchObject({ code: '42501' })
    await expect(client.query('select * from customers')).rejects.toMatchObject({ code: '42501' })
    await (await login(after, next)).query('select * from orders, customers')

    const back = withCatalog({ stepping: narrow })
    const last = access('stepping', narrow)
    await back.grant(last)
    await (await login(after, next)).query('select * from orders, customers')
    for (const one of [lease, next, last]) await back.revoke(one)
  })

  it('a former content leaves with the last lease that had it', async () => {
    const { withCatalog, access } = world()
    const before = withCatalog({ stepping: narrow })
    const leases = [access('stepping', narrow), access('stepping', narrow)] as const
    for (const lease of leases) await before.grant(lease)
    const role = await entitlementRoleOf(world(), leases[0])
    const after = withCatalog({ stepping: wide })
    await after.revoke(leases[0])
    expect(await exists(world(), role)).toBe(true)
    await after.revoke(leases[1])
    expect(await exists(world(), role)).toBe(false)
  })

  it('a former content that no lease has leaves when another is granted', async () => {
    const { withCatalog, access } = world()
    const before = withCatalog({ stepping: narrow })
    const lease = access('stepping', narrow)
    await before.grant(lease)
    const role = await entitlementRoleOf(world(), lease)
    await before.revoke(lease)
    expect(await exists(world(), role)).toBe(true)
    const after = withCatalog({ stepping: wide })
    const next = access('stepping', wide)
    await after.grant(next)
    expect(await exists(world(), role)).toBe(false)
    await after.revoke(next)
  })

  it('a former content that owns something stays: it may be somebody’s work', async () => {
    const { withCatalog, access, asSuperuser } = world()
    const before = withCatalog({ stepping: narrow })
    const lease = access('stepping', narrow)
    await before.grant(lease)
    const role = await entitlementRoleOf(world(), lease)
    await before.revoke(lease)
    await asSuperuser(`create table public.work (n int); alter table public.work owner to ${role}`)
    const after = withCatalog({ stepping: wide })
    const next = access('stepping', wide)
    await after.grant(next)
    await after.revoke(next)
    expect(await asSuperuser('select n from public.work')).toEqual([])
    await asSuperuser('drop table public.work')
  })
}

function concurrencyRules(world: () => PostgresWorld): void {
  it('several processes make the same role, and others on the same table, at once', async () => {
    const { withCatalog, access, asSuperuser } = world()
    const contents = ['id', 'status', 'total'].map(
      (column): Content => ({
        privileges: [
          { on: 'table public.orders', allow: ['SELECT'], columns: ['id', column, 'card_number'] },
        ],
      }),
    )
    const catalog = Object.fromEntries(contents.map((content, index) => [`crowd-${index}`, content]))
    const processes = Array.from({ length: 4 }, () => withCatalog(catalog))
    const leases = processes.flatMap((connector) =>
      contents.map((content, index) => ({ connector, lease: access(`crowd-${index}`, content) })),
    )
    await Promise.all(leases.map(({ connector, lease }) => connector.grant(lease)))
    await Promise.all(leases.map(({ connector, lease }) => connector.revoke(lease)))
    expect(await asSuperuser(`select from pg_roles where rolname like '%crowd%'`)).toHaveLength(3)
  })

  it('no lock that anybody at the target can take delays a grant', async () => {
    const { withCatalog, access, login } = world()
    const readers: Content = { privileges: [{ on: 'table public.orders', allow: ['SELECT'] }] }
    const connector = withCatalog({ 'read-orders': readOrders, readers })
    const holder = access('read-orders', readOrders)
    await connector.grant(holder)
    const client = await login(connector, holder)
    await client.query(`select pg_advisory_lock(hashtextextended('daypass:entitlements', 0))`)
    const lease = access('readers', readers)
    await connector.grant(lease)
    await Promise.all([holder, lease].map((one) => connector.revoke(one)))
  })
}

/** Everything that a role was given anywhere in the database, as text. */
async function holdings(world: PostgresWorld, role: string): Promise<string> {
  const rows = await world.asSuperuser(
    `select classid::regclass::text as kind, objid, objsubid from pg_shdepend
      where refclassid = 'pg_authid'::regclass and refobjid = (select oid from pg_roles where rolname = $1)
        and deptype = 'a' order by 1, 2, 3`,
    [role],
  )
  return JSON.stringify(rows)
}

async function exists(world: PostgresWorld, role: string): Promise<boolean> {
  return (await world.asSuperuser('select from pg_roles where rolname = $1', [role])).length === 1
}

async function clearLeftovers({ asSuperuser }: PostgresWorld): Promise<void> {
  await asSuperuser(`do $$ declare owner text; begin
    for owner in select rolname from pg_roles where rolname like 'daypass\\_left\\_%' loop
      execute format('drop owned by %I cascade; drop role %I', owner, owner);
    end loop; end $$`)
}

function problemsOf(diagnosis: Diagnosis): string[] {
  return diagnosis.ok ? [] : diagnosis.problems.map(({ what }) => what)
}

function remediesOf(diagnosis: Diagnosis): string[] {
  if (diagnosis.ok) return []
  return diagnosis.problems.map(({ remedy }) => remedy.slice(remedy.indexOf(': ') + 2))
}
