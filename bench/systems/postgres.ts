import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { startPostgres18 } from '../../test/_postgres.ts'
import { makePostgresWorld } from '../../test/contract/postgres-world.ts'
import { credentialsOf, fieldOf, type SystemKind } from './system.ts'

const group = 'bare_read_orders'

export const postgresSystem: SystemKind = {
  kind: 'postgres',
  missing: null,
  start: async () => {
    const server = await startPostgres18()
    const world = await makePostgresWorld(server)
    const admin = new pg.Client(world.adminUrl)
    await admin.connect()
    await admin.query(`create role ${group}; grant select (id, status, total) on public.orders to ${group}`)
    const exists = async (text: string, user: string) => ((await admin.query(text, [user])).rowCount ?? 0) > 0
    return {
      world,
      bare: {
        grant: async () => {
          const [user, password] = [
            `bare_${randomBytes(8).toString('hex')}`,
            randomBytes(18).toString('base64url'),
          ]
          const until = new Date(Date.now() + 3_600_000).toISOString()
          await admin.query(
            `create role ${user} login connection limit 5 password '${password}' valid until '${until}'; grant ${group} to ${user}`,
          )
          if (
            !(await exists(
              "select from pg_roles where rolname = $1 and pg_has_role(oid, 'bare_read_orders', 'member')",
              user,
            ))
          )
            throw new Error('the role is not there')
          return credentialsOf({
            Host: '127.0.0.1',
            Port: server.port,
            Database: world.database,
            User: user,
            Password: password,
          })
        },
        revoke: async (given) => {
          const user = fieldOf(given, 'User')
          await admin.query(`alter role ${user} nologin; grant ${user} to current_user with inherit true`)
          const backends = 'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1'
          while (await exists(backends, user));
          await admin.query(`drop role ${user}`)
          if (await exists('select from pg_roles where rolname = $1', user))
            throw new Error('the role is still there')
        },
      },
      close: async () => {
        await admin.end()
        await world.close()
        await server.close()
      },
    }
  },
}
