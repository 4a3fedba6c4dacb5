import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Connection } from 'mysql2/promise'
import { describe, expect, it, vi } from 'vitest'
import {
  adminStatements,
  buildThings,
  eventOf,
  type MysqlWorld,
  makeMysqlWorld,
  readOrders,
  sessionOf,
  userOf,
} from './mysql-world.ts'

/** Rules of MariaDB alone: what a lease may do, what its holder makes, the event, and the admin's rights. */
export function mysqlRules(world: () => MysqlWorld): void {
  const holder = async (content = readOrders, changes: { until?: Date } = {}) => {
    const { access, connector, issued, login } = world()
    const order = { ...access(content), ...changes }
    const evidence = await connector.grant(order)
    const client = await login(await issued(order))
    return { order, client, evidence }
  }
  const denied = (answer: Promise<unknown>) => expect(answer).rejects.toThrow(/denied/)
  const rowsOf = async (client: Connection, text: string) => (await client.query(text))[0]

  it('a lease has its columns and tables, and nothing else', async () => {
    const { order, client, evidence } = await holder()
    expect(evidence.facts.holds).toEqual([
      'INSERT on `app`.`notes`',
      'SELECT (`id`) on `app`.`orders`',
      'SELECT (`status`) on `app`.`orders`',
      'SELECT on `app`.`notes`',
    ])
    expect(await rowsOf(client, 'select id, status from app.orders where id = 1')).toEqual([
      { id: 1, status: 'paid' },
    ])
    await denied(client.query('select card_number from app.orders'))
    await denied(client.query("update app.orders set status = 'x'"))
    await denied(client.query('select * from mysql.user'))
    await denied(client.query("create user mine@'%'"))
    await denied(client.query(`grant select (id) on app.orders to daypass@'%'`))
    await world().connector.revoke(order)
  })

  it('an underscore in the name of a database stands for itself', async () => {
    const { server } = world()
    await server.run('create database appxdev')
    await server.run('create table appxdev.secrets (id int)')
    const { order, client } = await holder({ privileges: [{ on: 'app_dev.*', allow: ['SELECT'] }] })
    await denied(client.query('select * from appxdev.secrets'))
    await world().connector.revoke(order)
    await server.run('drop database appxdev')
  })

  it('a role that the DBAs prepared gives what it may do, once the session takes it', async () => {
    const { access, connector, issued, login } = world()
    const order = access({ role: 'Orders Fixer' })
    await connector.grant(order)
    const credentials = await issued(order)
    const client = await login(credentials)
    const first = credentials.fields.find(({ label }) => label === 'First statement')?.value ?? ''
    await client.query(first)
    await client.query("update app.orders set status = 'open' where id = 2")
    await connector.revoke(order)
    expect(await sessionOf(client).alive()).toBe(false)
  })

  it('a session that uses the database and only reads is ended with its account', async () => {
    const { order, client } = await holder()
    await client.query('use app')
    const reading = client.query('select id from orders where sleep(600) = 0').then(
      () => 'read',
      () => 'ended',
    )
    await world().connector.revoke(order)
    expect(await reading).toBe('ended')
  })

  it('views, routines and triggers of a lease stay, no longer run, and are named by the evidence', async () => {
    const { server, connector } = world()
    const { order, client } = await holder(buildThings)
    await client.query('create table app_dev.mine (id int)')
    await client.query('create view app_dev.peek as select * from app_dev.mine')
    await client.query('create procedure app_dev.go() select * from app_dev.mine')
    await client.query(
      'create trigger app_dev.watch before insert on app_dev.mine for each row set new.id = 1',
    )
    await client.query(
      'create event app_dev.later on schedule every 1 second do insert into app_dev.mine values (1)',
    )
    const evidence = await connector.revoke(order)
    expect([...(evidence.facts.definerOf as string[])].sort()).toEqual([
      'event app_dev.later',
      'procedure app_dev.go',
      'trigger app_dev.watch',
      'view app_dev.peek',
    ])
    await expect(server.run('select * from app_dev.peek')).rejects.toThrow(/definer|not exist/i)
    await expect(server.run('call app_dev.go()')).rejects.toThrow(/definer|not exist/i)
    expect(await server.run(`select 1 from information_schema.processlist where user like 'dpass%'`)).toEqual(
      [],
    )
    for (const drop of [
      'event app_dev.later',
      'view app_dev.peek',
      'procedure app_dev.go',
      'table app_dev.mine',
    ]) {
      await server.run(`drop ${drop}`)
    }
  })

  it('locked tables and a prepared XA transaction do not hold up the end', async () => {
    const { server, connector } = world()
    const { order, client } = await holder(buildThings)
    const other = await holder(buildThings)
    await client.query('create table app_dev.locked (id int primary key) engine=innodb')
    await other.client.query('xa start "mine"')
    await other.client.query('insert into app_dev.locked values (1)')
    await other.client.query('xa end "mine"')
    await other.client.query('xa prepare "mine"')
    await connector.revoke(other.order)
    await client.query('create table app_dev.second (id int)')
    await client.query('lock tables app_dev.second write')
    await connector.revoke(order)
    expect(await sessionOf(client).alive()).toBe(false)
    // A prepared transaction outlives its session by design, and names nobody; it gives no access.
    const prepared = await server.run<{ data: Buffer }>('xa recover')
    expect(prepared.map(({ data }) => String(data))).toEqual(['mine'])
    await server.run('xa rollback "mine"')
    for (const table of ['locked', 'second']) await server.run(`drop table app_dev.${table}`)
  })

  it('a lock of one holder on a table delays the end of no other lease', async () => {
    const { connector } = world()
    const [locking, ended] = [await holder(buildThings), await holder(buildThings)]
    await locking.client.query('create table app_dev.busy (id int)')
    await locking.client.query('lock tables app_dev.busy write')
    await connector.revoke(ended.order)
    expect(await sessionOf(ended.client).alive()).toBe(false)
    await locking.client.query('unlock tables')
    await locking.client.query('drop table app_dev.busy')
    await connector.revoke(locking.order)
  })

  describe('the event of the server', () => {
    it('ends the lease and its sessions while Daypass does nothing', async () => {
      const { holds, server, connector } = world()
      const { order, client } = await holder(readOrders, { until: new Date(Date.now() + 2_000) })
      expect(await holds(order)).toBe(true)
      await vi.waitFor(async () => expect(await holds(order)).toBe(false), { timeout: 10_000, interval: 100 })
      expect(await sessionOf(client).alive()).toBe(false)
      const events = await server.run('select 1 from information_schema.events where event_name = ?', [
        eventOf(order.grantId),
      ])
      expect(events).toEqual([])
      await connector.revoke(order)
    })

    it('is moved with the end of the lease', async () => {
      const { connector, freshAccess } = world()
      const order = freshAccess()
      const until = new Date(Date.now() + 600_000)
      await connector.grant(order)
      const { facts } = await connector.grant({ ...order, until })
      expect(Math.abs(Date.parse(String(facts.endsByItself)) - until.getTime())).toBeLessThan(1_000)
      await connector.revoke(order)
    })

    it('is refused where the scheduler is off, because people were told that the server ends the lease', async () => {
      const { connector, freshAccess, server } = world()
      await server.run('set global event_scheduler = off')
      const order = freshAccess()
      await expect(connector.grant(order)).rejects.toMatchObject({ code: 'misconfigured', retryable: false })
      expect(await connector.check()).toMatchObject({
        ok: false,
        problems: [{ remedy: expect.stringContaining('set global event_scheduler = on') }],
      })
      await server.run('set global event_scheduler = on')
      await connector.revoke(order)
    })

    it('is not made without `eventsIn`', async () => {
      const { withCatalog, access, server } = world()
      const connector = withCatalog({ 'read-orders': readOrders }, { settings: { eventsIn: undefined } })
      const order = access(readOrders)
      expect(await connector.grant(order)).toMatchObject({ facts: { endsByItself: null } })
      expect(
        await server.run('select 1 from information_schema.events where event_name = ?', [
          eventOf(order.grantId),
        ]),
      ).toEqual([])
      await connector.revoke(order)
    })
  })

  describe('what Daypass itself needs', () => {
    it('is exactly what the documentation says', async () => {
      const page = await readFile('docs/connectors/mysql.md', 'utf8')
      for (const statement of adminStatements) expect(page).toContain(statement)
    })

    it.each([
      ['create user', '*.*', ''],
      ['process', '*.*', ''],
      ['connection admin', '*.*', ''],
      ['select', 'mysql.*', ''],
      ['event', '`daypass`.*', ''],
      ['select, insert', 'table `app`.`notes`', ' with grant option'],
    ])(
      'without %s on %s, `check` says so with the remedy to paste, and the remedy is enough',
      async (right, on, option) => {
        const { server, withCatalog } = world()
        const target = on.replace(/^table /, '')
        if (option !== '') await server.run(`revoke grant option on ${target} from daypass@'%'`)
        await server.run(`revoke ${right} on ${target} from daypass@'%'`)
        // Rights of the whole server are read when a connection opens.
        const diagnosis = await withCatalog({ 'read-orders': readOrders }).check()
        const problems = diagnosis.ok ? [] : diagnosis.problems
        const remedies = problems.map(({ remedy }) => remedy.replace(/^As an administrator: /, ''))
        for (const remedy of remedies)
          for (const one of remedy.split('; ')) await server.run(one.replace(/;$/, ''))
        expect(remedies.join(' ').toLowerCase()).toContain(
          `grant ${right} on ${on} to 'daypass'@'%'${option};`,
        )
        expect(await withCatalog({ 'read-orders': readOrders }).check()).toMatchObject({ ok: true })
      },
    )

    it('a table that does not exist is refused by a grant, which leaves an account that is locked and then removed', async () => {
      const { access, connector, holds } = world()
      const order = access({ privileges: [{ on: 'app.nothing', allow: ['SELECT'] }] })
      await expect(connector.grant(order)).rejects.toMatchObject({ name: 'ConnectorError', retryable: false })
      expect(await holds(order)).toBe(false)
      await connector.revoke(order)
    })

    it('a password in a file is read again when it was rotated', async () => {
      const { server, proxy, withCatalog, freshAccess, adminPassword } = world()
      const passwordFile = join(server.folder, 'admin-password')
      await writeFile(passwordFile, `${adminPassword}\n`)
      const url = `mysql://daypass@127.0.0.1:${proxy.port}`
      const connector = withCatalog({ 'read-orders': readOrders }, { settings: { url, passwordFile } })
      const order = freshAccess()
      await connector.grant(order)
      const next = `next-${randomUUID()}`
      await server.run(`alter user daypass@'%' identified by '${next}'`)
      await server.run('kill hard user daypass')
      await writeFile(passwordFile, next)
      await vi.waitFor(() => connector.revoke(order), { timeout: 10_000 })
      await server.run(`alter user daypass@'%' identified by '${adminPassword}'`)
    })

    it('no password of a holder is in the log of the server', async () => {
      const { server, issued } = world()
      await server.run(`set global general_log_file = '${join(server.folder, 'general.log')}'`)
      await server.run('set global general_log = on')
      const { order } = await holder()
      const credentials = await issued(order)
      await server.run('set global general_log = off')
      const log = await readFile(join(server.folder, 'general.log'), 'utf8')
      expect(log).toContain(userOf(order.grantId))
      const password = credentials.fields.find(({ label }) => label === 'Password')?.value
      expect(password).toHaveLength(32)
      expect(log).not.toContain(password)
      await world().connector.revoke(order)
    })
  })
}

/** Holders who take every connection of the server. */
export function fullMysqlRules(): void {
  it('a lease is ended also while its holder has taken every connection', async () => {
    const world = await makeMysqlWorld(['--max-connections=12', '--extra-max-connections=1'])
    const { access, connector, issued, login, holds } = world
    const order = access(readOrders)
    await connector.grant(order)
    const credentials = await issued(order)
    const taken: Connection[] = []
    for (let at = 0; at < 20; at += 1) {
      taken.push(
        ...(await login(credentials).then(
          (one) => [one],
          () => [],
        )),
      )
    }
    expect(taken.length).toBeGreaterThan(5)
    expect(taken.length).toBeLessThan(20)
    await connector.maintain?.()
    await connector.revoke(order)
    expect(await holds(order)).toBe(false)
    await world.close()
  })
}
