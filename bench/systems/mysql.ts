import { randomBytes } from 'node:crypto'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { mariadbMissing } from '../../fixtures/targets/mariadb.ts'
import { makeMysqlWorld } from '../../test/contract/mysql-world.ts'
import { credentialsOf, fieldOf, type SystemKind } from './system.ts'

export const mysqlSystem: SystemKind = {
  kind: 'mysql',
  missing: mariadbMissing,
  start: async () => {
    const world = await makeMysqlWorld()
    const admin = await createConnection(world.server.url('daypass', world.adminPassword, world.proxy.port))
    const rows = async (text: string) => (await admin.query<RowDataPacket[]>(text))[0]
    const sessions = (user: string) =>
      rows(`select id from information_schema.processlist where user = '${user}'`)
    return {
      world,
      bare: {
        grant: async () => {
          const [user, password] = [
            `bare_${randomBytes(8).toString('hex')}`,
            randomBytes(18).toString('base64'),
          ]
          await admin.query(
            `create user ${user}@'%' identified by '${password}' with max_user_connections 20`,
          )
          await admin.query(`grant select (id, status) on app.orders to ${user}@'%'`)
          await admin.query(`grant select, insert on app.notes to ${user}@'%'`)
          const at = new Date(Date.now() + 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
          await admin.query(
            `create event daypass.${user} on schedule at '${at}' do begin drop user if exists ${user}@'%'; kill hard user '${user}'; end`,
          )
          if ((await rows(`show grants for ${user}@'%'`)).length < 3)
            throw new Error('the grants are not there')
          return credentialsOf({ Host: '127.0.0.1', Port: world.server.port, User: user, Password: password })
        },
        revoke: async (given) => {
          const user = fieldOf(given, 'User')
          await admin.query(`alter user ${user}@'%' account lock`)
          for (const { id } of await sessions(user)) await admin.query(`kill ${id}`)
          await admin.query(`drop user ${user}@'%'`)
          await admin.query(`drop event daypass.${user}`)
          if ((await rows(`select user from mysql.user where user = '${user}'`)).length > 0)
            throw new Error('the user is still there')
          if ((await sessions(user)).length > 0) throw new Error('a session is left')
        },
      },
      close: async () => {
        await admin.end()
        await world.close()
      },
    }
  },
}
