import { describe, expect, it } from 'vitest'
import type { Content } from './_open-connector.ts'
import { clientOf, entitlementRoleOf, type PostgresWorld, roleOf } from './postgres-world.ts'

const buildAnywhere = ({ database }: PostgresWorld): Content => ({
  privileges: [
    { on: 'table public.orders', allow: ['SELECT'] },
    { on: 'schema public', allow: ['USAGE', 'CREATE'] },
    { on: `database "${database}"`, allow: ['CREATE'] },
  ],
})

/** Objects of a holder must not prevent the drop of its role, nor give anybody access after the lease. */
export function clearingRules(world: () => PostgresWorld): void {
  describe('what a holder made, at the end', { timeout: 60_000 }, () => {
    it('is handed over though two routines answer to one name, and though its owner locked itself out', async () => {
      const { access: accessTo, withCatalog, login, asSuperuser, holds, adminName, database } = world()
      await asSuperuser(`grant create on database "${database}" to "${adminName}" with grant option`)
      const content = buildAnywhere(world())
      const connector = withCatalog({ 'build-anywhere': content })
      const access = accessTo('build-anywhere', content)
      await connector.grant(access)
      const holder = await login(connector, access)
      await holder.query(`create schema mine; create table mine.things (n int); revoke all on schema mine from current_user;
        create procedure public.twice(in a int, out b int) language sql as 'select 1';
        create procedure public.twice(in a int, in b int) language sql as 'select 1';
        create function public.thrice(a int, b int) returns int language sql as 'select 1';
        create procedure public.thrice(in a int, out b int) language sql as 'select 1';
        create aggregate public.longest(text) (sfunc = text_larger, stype = text)`)
      const evidence = await connector.revoke(access)
      expect(evidence.facts).toMatchObject({ rolePresent: false })
      expect(await holds(access)).toBe(false)
      const owners = await asSuperuser<{ owner: string }>(
        `select distinct pg_get_userbyid(proowner) as owner from pg_proc where proname in ('twice', 'thrice', 'longest')
          union select pg_get_userbyid(nspowner) from pg_namespace where nspname = 'mine'`,
      )
      const heir = `daypass_left_${access.grantId.replaceAll('-', '')}`
      expect(owners).toEqual([{ owner: heir }])
      await asSuperuser(`drop owned by ${heir} cascade; drop role ${heir};
        revoke create on database "${database}" from "${adminName}" cascade`)
    })

    it('in great numbers is handed over bit by bit, and delays nobody', async () => {
      const { connector, freshAccess, login, holds, asSuperuser } = world()
      const access = freshAccess()
      await connector.grant(access)
      const holder = await login(connector, access)
      // Whoever may connect may make large objects. As many as this were more than the stack of Node could take.
      await holder.query('select count(lo_create(0)) from generate_series(1, 140000)')
      const startedAt = Date.now()
      const evidence = await connector.revoke(access)
      expect(Date.now() - startedAt).toBeLessThan(12_000)
      expect(evidence.facts).toMatchObject({ sessionsLeft: 0, canLogin: false, memberOf: [] })
      const heir = `daypass_left_${access.grantId.replaceAll('-', '')}`
      const owned = async () => {
        const [row] = await asSuperuser<{ count: number }>(
          `select count(*)::int from pg_largeobject_metadata where pg_get_userbyid(lomowner) = '${heir}'`,
        )
        return row?.count ?? 0
      }
      expect(await owned()).toBeGreaterThan(1_000)
      await unlinkAll(
        world(),
        `pg_get_userbyid(lomowner) = '${roleOf(access.grantId)}' and oid::bigint % 100 > 0`,
      )
      while (await holds(access)) await connector.maintain?.()
      expect(await owned()).toBeGreaterThan(1_000)
      await unlinkAll(world(), 'true')
      await asSuperuser(`drop role ${heir}`)
    })

    it('as the role of its entitlement (before Postgres 16) is closed to others, also where handing over must wait', async () => {
      const { access: accessTo, withCatalog, login, asSuperuser, server, connector: narrow } = world()
      const content: Content = {
        privileges: [
          { on: 'table public.orders', allow: ['SELECT'] },
          { on: 'schema public', allow: ['USAGE', 'CREATE'] },
        ],
      }
      const connector = withCatalog({ 'build-shared': content })
      const access = accessTo('build-shared', content)
      await connector.grant(access)
      const role = await entitlementRoleOf(world(), access)
      const holder = await login(connector, access)
      if (server.majorVersion >= 16) {
        await expect(holder.query(`set role "${role}"`)).rejects.toMatchObject({ code: '42501' })
        await connector.revoke(access)
        return
      }
      await holder.query(`create table public.own (n int); grant select on public.own to public; set role "${role}";
        create table public.shared (n int);
        create function public.peek() returns setof public.orders security definer language sql as 'select * from public.orders'`)
      const reader = clientOf(server.url({ database: world().database }))
      await reader.connect()
      await reader.query('begin; select from public.own; select from public.shared')

      const evidence = await connector.revoke(access)
      expect(evidence.facts).toMatchObject({ rolePresent: true, canLogin: false, memberOf: [] })
      const lesser = world().freshAccess()
      await narrow.grant(lesser)
      const spy = await login(narrow, lesser)
      await expect(spy.query('select * from public.peek()')).rejects.toMatchObject({ code: '42501' })

      await narrow.revoke(lesser)
      await reader.end()
      await connector.maintain?.()
      expect(await world().holds(access)).toBe(false)
      await asSuperuser('drop function public.peek(); drop table public.own, public.shared')
    })
  })
}

/** Some at a time: each takes a lock. */
async function unlinkAll({ asSuperuser }: PostgresWorld, which: string): Promise<void> {
  await asSuperuser(`do $$ declare chunk oid[]; begin loop
    chunk := array(select oid from pg_largeobject_metadata where ${which} limit 2000);
    exit when chunk = '{}';
    perform lo_unlink(o) from unnest(chunk) o;
    commit;
  end loop; end $$`)
}
