import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Content } from './_open-connector.ts'
import { entitlementRoleOf, type PostgresWorld, readOrders, roleOf, run } from './postgres-world.ts'

/** What a lease may do, and how the entitlement's role is kept. */
export function privilegeRules(world: () => PostgresWorld): void {
  describe('privileges', { timeout: 60_000 }, () => {
    columnRules(world)
    preparedRoleRules(world)
    hostileNameRules(world)
    stepRules(world)
  })
}

function columnRules(world: () => PostgresWorld): void {
  it('the holder reads the columns of the entitlement, and nothing else', async () => {
    const { connector, freshAccess, login } = world()
    const access = freshAccess()
    await connector.grant(access)
    const client = await login(connector, access)
    const { rows } = await client.query('select id, status, total from orders order by id')
    expect(rows).toEqual([
      { id: 1, status: 'paid', total: '12.5' },
      { id: 2, status: 'open', total: '7' },
    ])
    const refused = [
      'select card_number from orders',
      'select * from orders',
      'select * from customers',
      "update orders set status = 'void'",
      'create table public.mine (id int)',
      'create role another',
      `alter role "${roleOf(access.grantId)}" valid until 'infinity'`,
      `set role "${world().adminName}"`,
      'select rolpassword from pg_authid',
    ]
    for (const statement of refused) {
      await expect(client.query(statement), statement).rejects.toMatchObject({ code: '42501' })
    }
    await client.end()
    await connector.revoke(access)
  })

  it('sequences, functions, whole schemas and the right to write are given as named', async () => {
    const { withCatalog, access, login, asSuperuser } = world()
    await asSuperuser(
      'create schema stock; create table stock.a (n int); create view stock.b as select * from stock.a',
    )
    await asSuperuser(`grant usage on schema stock to "${world().adminName}" with grant option`)
    await asSuperuser(
      `grant select on all tables in schema stock to "${world().adminName}" with grant option`,
    )
    const everything: Content = {
      privileges: [
        { on: 'table public.orders', allow: ['SELECT', 'INSERT'] },
        { on: 'table public.orders', allow: ['UPDATE'], columns: ['status'] },
        { on: 'sequence public.order_numbers', allow: ['USAGE'] },
        { on: 'function public.order_total(integer)', allow: ['EXECUTE'] },
        { on: 'all tables in schema stock', allow: ['SELECT'] },
      ],
    }
    const connector = withCatalog({ all: everything })
    const lease = access('all', everything)
    await connector.grant(lease)
    const client = await login(connector, lease)
    await client.query(`insert into orders values (9, 'new', order_total(1), null) on conflict do nothing`)
    await client.query(`update orders set status = nextval('order_numbers')::text where id = 9`)
    await client.query('select * from stock.a, stock.b')
    await expect(client.query('update orders set total = 0')).rejects.toMatchObject({ code: '42501' })
    await expect(client.query('delete from orders')).rejects.toMatchObject({ code: '42501' })
    await expect(client.query(`select setval('order_numbers', 1)`)).rejects.toMatchObject({ code: '42501' })
    await client.end()
    await connector.revoke(lease)
    await asSuperuser('drop schema stock cascade; delete from orders where id = 9')
  })

  it('a hundred leases leave the access lists as long as one does', async () => {
    const { connector, freshAccess, asSuperuser } = world()
    const lists = async () =>
      asSuperuser(`select relacl::text, (select array_agg(attacl::text order by attnum) from pg_attribute
        where attrelid = c.oid and attacl is not null) as columns from pg_class c where relname = 'orders'`)
    const first = freshAccess()
    await connector.grant(first)
    const before = await lists()
    const leases = Array.from({ length: 100 }, freshAccess)
    await Promise.all(leases.map((lease) => connector.grant(lease)))
    expect(await lists()).toEqual(before)
    await Promise.all([first, ...leases].map((lease) => connector.revoke(lease)))
    expect(await lists()).toEqual(before)
  })
}

function preparedRoleRules(world: () => PostgresWorld): void {
  const lend = (role: string): Content => ({ roles: [role] })

  it('membership of a prepared role gives what the role may do', async () => {
    const { withCatalog, access, login, asSuperuser, adminName } = world()
    await asSuperuser(`create role "Orders Fixer"; grant select, update on orders to "Orders Fixer";
      grant "Orders Fixer" to "${adminName}" with admin option`)
    const connector = withCatalog({ fix: lend('Orders Fixer') })
    expect(await connector.check()).toMatchObject({ ok: true })
    const lease = access('fix', lend('Orders Fixer'))
    const evidence = await connector.grant(lease)
    expect(evidence.facts.memberOf).toContain('Orders Fixer')
    const client = await login(connector, lease)
    await client.query('update orders set status = status where id = 1')
    await connector.revoke(lease)
    await asSuperuser('drop owned by "Orders Fixer"; drop role "Orders Fixer"')
  })

  it('a list of members has the logins of a prepared role, directly or not, and no lease', async () => {
    const { withCatalog, access, asSuperuser, adminName } = world()
    await asSuperuser(`create role fixers; create role seniors; grant fixers to seniors; create role old_hand login; create role lead login;
      grant fixers to old_hand; grant seniors to lead; grant fixers to "${adminName}" with admin option`)
    const connector = withCatalog({ fix: lend('fixers'), 'read-orders': readOrders })
    const lease = access('fix', lend('fixers'))
    await connector.grant(lease)
    const listed = await connector.listMembers?.()
    expect(listed?.members.map(({ login, entitlementId }) => `${entitlementId} ${login}`)).toEqual([
      'fix lead',
      'fix old_hand',
    ])
    expect(listed?.notListed).toEqual(['read-orders'])
    await connector.revoke(lease)
    await asSuperuser('drop role lead, old_hand, seniors; drop owned by fixers; drop role fixers')
  })

  it('a prepared role that does not exist is refused by check and by grant', async () => {
    const { withCatalog, access, holds } = world()
    const connector = withCatalog({ fix: lend('nobody_made_me') })
    const lease = access('fix', lend('nobody_made_me'))
    await expect(connector.grant(lease)).rejects.toMatchObject({ code: 'misconfigured', retryable: false })
    expect(await holds(lease)).toBe(false)
    expect(await connector.check()).toMatchObject({
      ok: false,
      problems: [{ what: expect.stringContaining('nobody_made_me does not exist') }],
    })
  })

  it.each([
    ['a superuser', 'superuser', 'it is a superuser'],
    ['who may create roles', 'createrole', 'it may create roles'],
    ['who replicates', 'replication', 'replicate'],
    ['who bypasses row security', 'bypassrls', 'row level security'],
    ['who runs programs on the server', 'in role pg_execute_server_program', 'pg_execute_server_program'],
    ['who reads files of the server', 'in role pg_read_server_files', 'pg_read_server_files'],
    ['who reads everything', 'in role pg_read_all_data', 'pg_read_all_data'],
    ['who may end sessions of others', 'in role pg_signal_backend', 'pg_signal_backend'],
    ['who administers another', 'admin app_owners', 'it may give role app_owners to others'],
  ])('a prepared role %s is never lent, however deep', async (_, powers, reason) => {
    const { withCatalog, access, holds, asSuperuser, adminName } = world()
    const others = powers.startsWith('admin')
      ? `create role app_owners; create role mighty; grant app_owners to mighty with admin option`
      : `create role mighty ${powers}`
    await asSuperuser(`${others}; create role harmless in role mighty;
      grant mighty, harmless to "${adminName}" with admin option`).catch(async (error: unknown) => {
      await asSuperuser('drop role if exists harmless; drop role if exists mighty')
      throw error
    })
    for (const role of ['mighty', 'harmless']) {
      const connector = withCatalog({ fix: lend(role) })
      const lease = access('fix', lend(role))
      await expect(connector.grant(lease)).rejects.toMatchObject({
        code: 'misconfigured',
        message: expect.stringContaining(reason),
      })
      expect(await holds(lease)).toBe(false)
      expect(await connector.check()).toMatchObject({ ok: false })
    }
    await asSuperuser(`drop role harmless; drop role mighty; drop role if exists app_owners`)
  })

  it('a prepared role that may log in is not lent where a member could keep it for good', async () => {
    const { withCatalog, access, holds, asSuperuser, adminName, server } = world()
    await asSuperuser(`create role app_rw login; create role fixers in role app_rw;
      grant app_rw, fixers to "${adminName}" with admin option`)
    for (const role of ['app_rw', 'fixers']) {
      const connector = withCatalog({ fix: lend(role) })
      const lease = access('fix', lend(role))
      if (server.majorVersion >= 16) {
        // A lease is not lent the right to act as the role, so it cannot change it.
        await connector.grant(lease)
        const client = await world().login(connector, lease)
        for (const statement of ['set role app_rw', `alter role app_rw password 'x'`]) {
          await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' })
        }
        expect(await connector.check()).toMatchObject({ ok: true })
        await connector.revoke(lease)
      } else {
        const reason = `role ${role} cannot be lent: ${role === 'app_rw' ? '' : 'through app_rw '}it may log in`
        await expect(connector.grant(lease)).rejects.toMatchObject({
          code: 'misconfigured',
          message: expect.stringContaining(reason),
        })
        expect(await holds(lease)).toBe(false)
        expect(await connector.check()).toMatchObject({
          ok: false,
          problems: [{ what: expect.stringContaining(reason) }],
        })
      }
    }
    await asSuperuser('drop role fixers; drop role app_rw')
  })
}

function hostileNameRules(world: () => PostgresWorld): void {
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

  it.each([
    ['quotes and statements', `o"; drop table orders; --`],
    ['single quotes and backslashes', `it's \\'; select 1`],
    ['blanks and dots', 'a . b  c'],
    ['other scripts', 'заказы 注文 🧾'],
    ['capitals', 'Orders'],
    ['63 bytes', 'x'.repeat(63)],
    ['dollar quotes and placeholders', '$$ $1 %I %s'],
  ])('names with %s are taken literally', async (_, name) => {
    const { withCatalog, access, login, asSuperuser, adminName } = world()
    const full = `${quoted(name)}.${quoted(name)}`
    await asSuperuser(`create schema ${quoted(name)}; create table ${full} (${quoted(name)} int, other int);
      create role ${quoted(name)}; grant ${quoted(name)} to "${adminName}" with admin option;
      grant usage on schema ${quoted(name)} to "${adminName}" with grant option;
      grant select on ${full} to "${adminName}" with grant option`)
    const entitlement: Content = {
      privileges: [{ on: `table ${full}`, allow: ['SELECT'], columns: [name] }],
      roles: [name],
    }
    const connector = withCatalog({ [name]: entitlement })
    const lease = {
      ...access(name, entitlement),
      grantId: `grant ${name} ${randomUUID()}`,
      reference: name,
      holder: { displayName: `${name}\n\u202e\u0000`, userId: name },
    }
    await connector.grant(lease)
    expect(await listed(connector)).toContain(lease.grantId)
    const client = await login(connector, lease)
    await client.query(`select ${quoted(name)} from ${full}`)
    await expect(client.query(`select other from ${full}`)).rejects.toMatchObject({ code: '42501' })
    await connector.revoke(lease)
    expect(await listed(connector)).not.toContain(lease.grantId)
    expect(await asSuperuser(`select to_regclass('public.orders')::text as orders`)).toEqual([
      { orders: 'orders' },
    ])
    await asSuperuser(`drop schema ${quoted(name)} cascade; drop role ${quoted(name)}`)
  })

  it('a database with a hostile name can be the target', async () => {
    const { server, adminUrl, asSuperuser, login, withCatalog, access } = world()
    const name = `d"b'; drop \\ ü`
    await run(server.superuserUrl, `create database ${quoted(name)}`)
    await asSuperuser('create table t (n int)', [], name)
    await asSuperuser(`grant select on t to "${world().adminName}" with grant option`, [], name)
    const entitlement: Content = { privileges: [{ on: 'table public.t', allow: ['SELECT'] }] }
    const url = new URL(adminUrl)
    url.pathname = `/${encodeURIComponent(name)}`
    const connector = withCatalog({ read: entitlement }, 'orders-db', url.href)
    const lease = access('read', entitlement)
    await connector.grant(lease)
    const client = await login(connector, lease)
    await client.query('select * from t')
    await connector.revoke(lease)
    await connector.close()
    await run(server.superuserUrl, `drop database ${quoted(name)} with (force)`)
  })
}

function stepRules(world: () => PostgresWorld): void {
  it('what somebody gave the entitlement role by hand is taken back', async () => {
    const { connector, freshAccess, asSuperuser, login, adminName } = world()
    const first = freshAccess()
    await connector.grant(first)
    const role = await entitlementRoleOf(world(), first)
    await asSuperuser(`create role vip; grant vip to "${adminName}" with admin option; alter role ${role} login;
      set role "${adminName}"; grant vip to ${role}; grant delete on orders to ${role};
      grant update (status) on orders to ${role}; reset role`)
    const client = await login(connector, first)
    await client.query('delete from orders where id = 77')
    const evidence = await connector.grant(first)
    expect(evidence.facts.broughtInStep).toEqual([
      `${role} could log in`,
      `${role} was a member of vip`,
      'too much: UPDATE (status) on table public.orders',
      'too much: DELETE on table public.orders',
    ])
    await expect(client.query('delete from orders')).rejects.toMatchObject({ code: '42501' })
    await connector.revoke(first)
    await asSuperuser('drop role vip')
  })

  it('an object that is not there is named, with the column', async () => {
    const { withCatalog, access } = world()
    const cases: [Content, string][] = [
      [
        { privileges: [{ on: 'table public.nowhere', allow: ['SELECT'] }] },
        'table public.nowhere does not exist',
      ],
      [{ privileges: [{ on: 'table gone.orders', allow: ['SELECT'] }] }, 'table gone.orders does not exist'],
      [
        { privileges: [{ on: 'all tables in schema gone', allow: ['SELECT'] }] },
        'schema gone does not exist',
      ],
      [
        { privileges: [{ on: 'table public.orders', allow: ['SELECT'], columns: ['id', 'shoe_size'] }] },
        'column shoe_size of table public.orders does not exist',
      ],
      [{ privileges: [{ on: 'function public.order_total(text)', allow: ['EXECUTE'] }] }, 'does not exist'],
      [{ privileges: [{ on: 'function public.order_total(nonsense)', allow: ['EXECUTE'] }] }, 'nonsense'],
      [
        { privileges: [{ on: 'sequence public.orders', allow: ['USAGE'] }] },
        'sequence public.orders does not exist',
      ],
    ]
    for (const [entitlement, message] of cases) {
      const connector = withCatalog({ wrong: entitlement })
      await expect(connector.grant(access('wrong', entitlement))).rejects.toMatchObject({
        code: 'misconfigured',
        message: expect.stringContaining(message),
      })
      expect(await connector.check()).toMatchObject({ ok: false })
    }
  })
}

async function listed(connector: PostgresWorld['connector']): Promise<string[]> {
  const ids: string[] = []
  for await (const { grantId } of connector.list?.() ?? []) ids.push(grantId)
  return ids
}
