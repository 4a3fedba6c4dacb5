import { afterEach, describe, expect, it } from 'vitest'
import type { AccessOrder } from '../../src/domain/connector.ts'
import type { Content } from './_open-connector.ts'
import { entitlementRoleOf, type PostgresWorld } from './postgres-world.ts'

const stock: Content = {
  privileges: [
    { on: 'table public.stock', allow: ['SELECT'], columns: ['id', 'place'] },
    { on: 'all tables in schema shelf', allow: ['SELECT'] },
  ],
}
const setUp = `
  drop table if exists public.stock, public.other; drop schema if exists shelf cascade;
  create table public.stock (id int, place text, price int); alter table public.stock owner to "%admin";
  create table public.other (n int); alter table public.other owner to "%admin";
  create schema shelf authorization "%admin"; create table shelf.one (n int); alter table shelf.one owner to "%admin"`

/** The whole check of an entitlement's role is repeated only after something has changed. */
export function inStepRules(world: () => PostgresWorld): void {
  describe('an entitlement role that was found in step', { timeout: 60_000 }, () => {
    // Other rules share the server, and count what is left on it.
    const given: AccessOrder[] = []
    const granted = (world: PostgresWorld) => grantedIn(world, given)
    afterEach(async () => {
      for (const lease of given.splice(0)) await world().connector.revoke(lease)
      const groups = await world().asSuperuser(`select rolname from pg_roles where rolname like 'group of %'`)
      for (const { rolname } of groups as { rolname: string }[])
        await world().asSuperuser(`drop role "${rolname}"`)
      await world().asSuperuser(
        'drop table if exists public.stock, public.other; drop schema if exists shelf cascade',
      )
    })

    it('is not checked wholly again while nothing changes, whatever leases come and go', async () => {
      const { grantOne, connector, first } = await granted(world())
      const checks = watchChecks(world())
      const next = await grantOne()
      await connector.revoke(next)
      await grantOne()
      expect(checks.count()).toBe(0)
      await world().asSuperuser('alter table public.stock add column weight int')
      await grantOne()
      expect(checks.count()).toBe(1)
      await grantOne()
      expect(checks.count()).toBe(1)
      checks.stop()
      await connector.revoke(first)
    })

    it.each([
      ['more on its table', 'grant update on public.stock to %e', 'too much: UPDATE'],
      ['more on its column', 'grant update (id) on public.stock to %e', 'too much: UPDATE (id)'],
      ['another column', 'grant select (price) on public.stock to %e', 'too much: SELECT (price)'],
      ['another table', 'grant select on public.other to %e', 'too much: SELECT on table public.other'],
      [
        'what it may give on',
        'grant select (id) on public.stock to %e with grant option',
        'too much: SELECT (id)',
      ],
      ['less on its column', 'revoke select (place) on public.stock from %e', 'missing: SELECT (place)'],
      [
        'a new table instead of its own',
        'alter table public.stock rename to stock_before; create table public.stock (id int, place text); alter table public.stock owner to "%admin"',
        'missing: SELECT (id)',
      ],
      [
        'a new column instead of its own',
        'alter table public.stock rename place to place_before; alter table public.stock add place text',
        'missing: SELECT (place)',
      ],
      [
        'a new table in its schema',
        'create table shelf.two (n int); alter table shelf.two owner to "%admin"',
        'missing: SELECT on table shelf.two',
      ],
      [
        'no USAGE any more for everybody',
        'revoke usage on schema public from public',
        'missing: USAGE on schema public',
      ],
      ['a login', 'alter role %e login', 'could log in'],
      [
        'a group',
        'set role "%admin"; create role "group of %e"; grant "group of %e" to %e; reset role',
        'was a member of group of',
      ],
    ])('and then gets %s is brought back in step by the next grant', async (_, statements, expected) => {
      const { connector, role } = await granted(world())
      const text = statements
        .replaceAll('of %e', `of ${role}`)
        .replaceAll('%e', `"${role}"`)
        .replaceAll('%admin', world().adminName)
      await world().asSuperuser(text)
      try {
        const next = world().access('stock', stock)
        given.push(next)
        const { facts } = await connector.grant(next)
        expect(facts.broughtInStep).toContainEqual(expect.stringContaining(expected))
      } finally {
        await world().asSuperuser(
          'grant usage on schema public to public; drop table if exists public.stock_before',
        )
      }
    })
  })
}

/** A role that was checked wholly, by a connector that remembers it. */
async function grantedIn(world: PostgresWorld, given: AccessOrder[]) {
  const { withCatalog, access, asSuperuser, adminName } = world
  await asSuperuser(setUp.replaceAll('%admin', adminName))
  const connector = withCatalog({ stock })
  const grantOne = async () => {
    const lease = access('stock', stock)
    given.push(lease)
    await connector.grant(lease)
    return lease
  }
  const first = await grantOne()
  await grantOne()
  return { connector, grantOne, first, role: await entitlementRoleOf(world, first) }
}

function watchChecks({ proxy }: PostgresWorld) {
  let found = 0
  proxy.watch((text) => {
    // The message `Bind` names the prepared statement that runs: https://www.postgresql.org/docs/current/protocol-message-formats.html
    found += text.split('\0daypass_with_wish_as').length - 1
  })
  return { count: () => found, stop: () => proxy.watch(null) }
}
