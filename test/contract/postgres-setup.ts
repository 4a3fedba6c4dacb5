import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { postgres } from '../../src/connectors/postgres/connector.ts'
import type { Diagnosis } from '../../src/domain/connector.ts'
import { type Content, openConnector } from './_open-connector.ts'
import { type PostgresWorld, readOrders, roleOf } from './postgres-world.ts'

/** The requirements of the admin role, and the errors when one is missing. */
export function setupRules(world: () => PostgresWorld): void {
  describe('setup', { timeout: 60_000 }, () => {
    it('check says what is missing, and its remedies are enough', async () => {
      const { withCatalog, access, asSuperuser, adminName } = world()
      if (world().superuserAdmin) return
      await asSuperuser(`create table public.vault (id int, code text); create role keepers;
        alter role "${adminName}" nocreaterole; revoke connect on database "${world().database}" from public;
        grant connect on database "${world().database}" to "${adminName}"`)
      const entitlement: Content = {
        privileges: [
          { on: 'table public.vault', allow: ['SELECT'], columns: ['id'] },
          { on: 'table public.vault', allow: ['INSERT'] },
        ],
        roles: ['keepers'],
      }
      const connector = withCatalog({ vault: entitlement })
      const before = await connector.check()
      const found = before.ok ? [] : before.problems.map(({ what }) => what)
      expect(found).toEqual([
        `${adminName} may not create roles`,
        ...(world().server.majorVersion >= 16 ? [`${adminName} may not administer role keepers`] : []),
        `vault: ${adminName} may not grant SELECT (id) on table public.vault`,
        `vault: ${adminName} may not grant INSERT on table public.vault`,
        `vault: ${adminName} may not grant CONNECT on database "${world().database}"`,
      ])
      await expect(connector.grant(access('vault', entitlement))).rejects.toMatchObject({
        code: 'permission',
      })

      for (const remedy of remediesOf(before)) await asSuperuser(remedy)
      expect(await connector.check()).toMatchObject({ ok: true })
      const lease = access('vault', entitlement)
      await connector.grant(lease)
      await connector.revoke(lease)
      await asSuperuser(
        `grant connect on database "${world().database}" to public; drop table vault; drop role keepers`,
      )
    })

    it('roles that another admin made are found by check, and its remedies are enough', async () => {
      const { connector, freshAccess, asSuperuser, adminName, server } = world()
      if (world().superuserAdmin || server.majorVersion < 16) return
      const access = freshAccess()
      await connector.grant(access)
      const role = roleOf(access.grantId)
      await asSuperuser(`revoke "${role}" from "${adminName}" granted by postgres cascade`)
      const diagnosis = await connector.check()
      expect(diagnosis).toMatchObject({ ok: false, problems: [{ what: expect.stringContaining(role) }] })
      await expect(connector.revoke(access)).rejects.toMatchObject({ code: 'permission', retryable: false })
      for (const remedy of remediesOf(diagnosis)) await asSuperuser(remedy)
      await connector.revoke(access)
    })

    it('settings of the admin role and hostile functions change nothing', async () => {
      const { withCatalog, access, asSuperuser, adminName } = world()
      await asSuperuser(`create schema ambush;
        create function ambush.clock_timestamp() returns timestamptz language plpgsql as $$ begin raise 'ambushed'; end $$;
        create function ambush.quote_ident(name) returns text language plpgsql as $$ begin raise 'ambushed'; end $$;
        create function ambush.aclexplode(aclitem[]) returns setof record language plpgsql as $$ begin raise 'ambushed'; end $$;
        create view ambush.pg_roles as select 1 as oid;
        grant usage on schema ambush to public;
        alter role "${adminName}" set search_path = ambush, pg_catalog`)
      const connector = withCatalog({ 'read-orders': readOrders })
      const lease = access('read-orders', readOrders)
      await connector.grant(lease)
      await connector.revoke(lease)
      await asSuperuser(`alter role "${adminName}" reset search_path; drop schema ambush cascade`)
    })

    it.each([
      ['a wrong password', (url: URL) => Object.assign(url, { password: 'wr0ng-pass' }), 'permission'],
      ['an unknown user', (url: URL) => Object.assign(url, { username: 'stranger' }), 'permission'],
      ['an unknown database', (url: URL) => Object.assign(url, { pathname: '/nowhere' }), 'misconfigured'],
      ['a port where nothing listens', (url: URL) => Object.assign(url, { port: '1' }), 'unreachable'],
      [
        'a host that does not exist',
        (url: URL) => Object.assign(url, { hostname: 'nowhere.invalid' }),
        'unreachable',
      ],
    ])('%s is told apart, without the URL', async (_, change, code) => {
      const { adminUrl, freshAccess, secrets } = world()
      const url = change(new URL(adminUrl)).href
      const connector = openConnector(postgres, {
        id: 'orders-db',
        settings: { url },
        entitlements: { 'read-orders': readOrders },
      })
      const error = await connector.revoke(freshAccess()).catch((reason: Error) => reason)
      expect(error).toMatchObject({ name: 'ConnectorError', code, retryable: code === 'unreachable' })
      for (const text of [JSON.stringify(error), String(error), JSON.stringify(await connector.check())]) {
        for (const secret of [...secrets, 'wr0ng-pass', 'postgres://']) expect(text).not.toContain(secret)
      }
      await connector.close()
    })

    it('a server that accepts and never answers is given up in time', async () => {
      const { adminUrl, freshAccess } = world()
      const silent = createServer((socket) => socket.on('error', () => {}))
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
      const address = silent.address()
      const url = new URL(adminUrl)
      url.port = String(typeof address === 'object' ? address?.port : 0)
      const connector = openConnector(postgres, {
        id: 'orders-db',
        settings: { url: url.href },
        entitlements: { 'read-orders': readOrders },
      })
      const startedAt = Date.now()
      await expect(connector.revoke(freshAccess())).rejects.toMatchObject({
        code: 'unreachable',
        retryable: true,
      })
      expect(Date.now() - startedAt).toBeLessThan(10_000)
      await connector.close()
      silent.close()
    })

    it('a password in a file is read again when it was rotated', async () => {
      const { adminUrl, adminName, asSuperuser, freshAccess, proxy } = world()
      const url = new URL(adminUrl)
      const former = decodeURIComponent(url.password)
      url.password = ''
      const folder = await mkdtemp(join(tmpdir(), 'daypass-password-'))
      const passwordFile = join(folder, 'password')
      await writeFile(passwordFile, `${former}\n`)
      const connector = openConnector(postgres, {
        id: 'orders-db',
        settings: { url: url.href, passwordFile },
        entitlements: { 'read-orders': readOrders },
      })
      const access = freshAccess()
      await connector.grant(access)
      await asSuperuser(`alter role "${adminName}" password 'rotated'`)
      await writeFile(passwordFile, 'rotated')
      await proxy.break()
      await proxy.mend()
      await vi.waitFor(() => connector.revoke(access), { timeout: 10_000 })
      await asSuperuser(`alter role "${adminName}" password '${former}'`)
      await connector.close()
      await rm(folder, { recursive: true })
    })

    it('credentials name what people connect to', async () => {
      const { connector, freshAccess, server, database } = world()
      const access = freshAccess()
      await connector.grant(access)
      const credentials = await connector.issueCredentials?.(access)
      const role = roleOf(access.grantId)
      expect(credentials?.fields.slice(0, 4)).toEqual([
        { label: 'Host', value: '127.0.0.1' },
        { label: 'Port', value: String(server.port) },
        { label: 'Database', value: database },
        { label: 'User', value: role },
      ])
      expect(credentials?.commands).toEqual([
        {
          label: 'psql',
          text: `psql 'host=127.0.0.1 port=${server.port} dbname='\\''${database}'\\'' user=${role}'`,
        },
      ])
      await connector.revoke(access)
    })
  })
}

function remediesOf(diagnosis: Diagnosis): string[] {
  if (diagnosis.ok) return []
  return diagnosis.problems.map(({ remedy }) => remedy.slice(remedy.indexOf(': ') + 2))
}
