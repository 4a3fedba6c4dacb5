import { readFile } from 'node:fs/promises'
import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { mariadbMissing } from '../../fixtures/targets/mariadb.ts'
import { mysql } from '../../src/connectors/mysql/connector.ts'
import { skipLoudly } from '../_redis.ts'
import { anyText, hostileNumbers, hostileTexts, someNumber, takenBy } from './_hostile-values.ts'
import { faultsOfMysql, type MysqlShop, openMysqlShop, runStatements } from './_mysql-actions.ts'
import { run } from './_postgres-actions.ts'

const refund = {
  statement: `update shop.orders set status = 'refunded' where id = :order and status = 'paid'`,
  writes: { rows: 1, show: 'select id, status from shop.orders where id = :order' },
}
const slow = { statement: 'select sleep(60)' }
const table = (columns: string[], rows: (string | null)[][], isCut = false) => ({
  kind: 'table',
  columns,
  rows,
  isCut,
})

describe.skipIf(skipLoudly('actions of mysql', mariadbMissing))('on MariaDB', () => {
  let shop: MysqlShop
  beforeAll(async () => {
    shop = await openMysqlShop()
  })
  afterAll(() => shop?.close())
  beforeEach(() => shop.refill())

  it('a write changes what the preview showed, and the preview changes nothing', async () => {
    const { runs, order } = shop.action(refund)
    expect(await runs.preview?.(order({ order: '7' }))).toEqual({
      kind: 'preview',
      rows: 1,
      before: table(['id', 'status'], [['7', 'paid']]),
      after: table(['id', 'status'], [['7', 'refunded']]),
    })
    expect([await shop.statusOf(7), await shop.count('daypass.runs')]).toEqual(['paid', 0])
    const one = order({ order: '7' }, 1)
    expect(await run(runs, one)).toEqual({
      kind: 'done',
      summary: 'It changed 1 row.',
      rows: 1,
      output: null,
    })
    expect(await shop.statusOf(7)).toBe('refunded')
    expect(await runs.settle(one, {})).toMatchObject({ kind: 'done' })
    await expect(runs.ready(one)).rejects.toMatchObject({ code: 'conflict', retryable: false })
  })

  it('another number of rows is no preview, and is undone', async () => {
    const { runs, order } = shop.action(refund)
    expect(await runs.preview?.(order({ order: '777' }))).toMatchObject({
      kind: 'problem',
      message: 'It would have changed 0 rows, and this action changes exactly 1 row. Nothing was changed.',
    })
    const several = shop.action({
      statement: `update shop.orders set status = 'x' where id <= :most`,
      writes: { upTo: 10 },
    })
    const one = several.order({ most: '5' }, 4)
    expect(await run(several.runs, one)).toMatchObject({ kind: 'undone', code: 'row_count' })
    expect(await several.runs.settle(one, {})).toMatchObject({ kind: 'undone' })
    expect(await run(several.runs, several.order({ most: '50' }))).toMatchObject({ code: 'row_count' })
    expect(await shop.statusOf(1)).toBe('paid')
    expect(await run(several.runs, several.order({ most: '5' }, 5))).toMatchObject({ kind: 'done', rows: 5 })
  })

  it('rows come back within the limits, as the server writes them', async () => {
    const { runs, order } = shop.action({
      statement: `select id, total, note, sent_on, cast(1.5 as float) as f, 9223372036854775807 as big, unhex('00ff') as bytes
        from shop.orders where id in (:one, :two) order by id`,
    })
    expect(await run(runs, order({ one: '2', two: '3' }))).toMatchObject({
      kind: 'done',
      rows: 2,
      output: table(
        ['id', 'total', 'note', 'sent_on', 'f', 'big', 'bytes'],
        [
          ['2', '20.00', null, '2026-11-01', '1.5', '9223372036854775807', '0x00FF'],
          ['3', '30.00', null, '2026-11-01', '1.5', '9223372036854775807', '0x00FF'],
        ],
      ),
    })
    const all = shop.action({ statement: 'select id from shop.orders order by id', limits: { rows: 3 } })
    expect(await run(all.runs, all.order())).toMatchObject({
      output: table(['id'], [['1'], ['2'], ['3']], true),
    })
    const returned = shop.action({
      statement: `insert into shop.journal (entry) select id from shop.orders returning entry`,
      writes: { rows: 50 },
      limits: { rows: 2 },
    })
    expect(await run(returned.runs, returned.order())).toMatchObject({
      kind: 'done',
      rows: 50,
      output: table(['entry'], [['1'], ['2']], true),
    })
    expect(await shop.count('shop.journal')).toBe(50)
  })

  it('a read cannot write, and can be stopped; both have a limit of time', async () => {
    await shop.server.run(
      'create or replace function shop.sneak() returns int begin insert into shop.journal (entry) values (1); return 1; end',
    )
    await shop.server.run("grant execute on function shop.sneak to orders_clerk@'%'")
    const sneak = shop.action({ statement: 'select shop.sneak()' })
    expect(await run(sneak.runs, sneak.order())).toMatchObject({ kind: 'undone' })
    const late = shop.action({
      statement: 'update shop.orders set note = sleep(60) where id = 1',
      writes: { rows: 1 },
      limits: { seconds: 1 },
    })
    expect(await run(late.runs, late.order())).toMatchObject({ kind: 'undone', code: 'time' })
    const { runs, order } = shop.action(slow)
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 200)
    expect(await run(runs, order(), stop.signal)).toMatchObject({ kind: 'undone', code: 'cancelled' })
    expect(await run(runs, order(), AbortSignal.abort())).toMatchObject({ code: 'cancelled' })
    expect(await shop.count('shop.journal')).toBe(0)
  })

  it('a run whose process is gone is ended, and can never be committed after it was settled', async () => {
    const { runs, order } = shop.action({
      statement: 'update shop.orders set status = sleep(60) where id = 1',
      writes: { rows: 1 },
    })
    const one = order()
    const ready = await runs.ready(one)
    const executing = ready.execute(new AbortController().signal)
    await vi.waitUntil(
      async () =>
        (
          await shop.server.run(
            "select 1 from information_schema.processlist where info like '%sleep(60)%' and user = 'orders_clerk'",
          )
        ).length > 0,
    )
    expect(await runs.settle(one, {})).toMatchObject({ kind: 'undone', code: 'interrupted' })
    expect(await executing).toMatchObject({ kind: 'unknown' })
    await expect(runs.ready(one)).rejects.toMatchObject({ code: 'conflict' })
    expect(await shop.statusOf(1)).toBe('paid')
    // Also where nothing ended its connection: the row of the run is taken.
    const other = order()
    await shop.server.run('insert into daypass.runs (id, outcome) values (?, ?)', [other.runId, 'undone'])
    await expect(runs.ready(other)).rejects.toMatchObject({ code: 'conflict' })
    expect(await runs.settle(other, {})).toMatchObject({ kind: 'undone' })
    expect(await shop.action(slow).runs.settle(order(), {})).toMatchObject({ kind: 'undone' })
  })

  it('what is no single statement of rows is refused in the catalog, and is not sent', async () => {
    expect(faultsOfMysql({ statement: 'select 1; drop table shop.orders' })).toEqual([
      'statement: It is a list of statements. Write one statement.',
    ])
    expect(faultsOfMysql({ statement: `select 1 /*! into outfile '/tmp/x' */` })[0]).toContain('/*!')
    expect(faultsOfMysql({ statement: `select 1 /*M!100100 , 2 */` })[0]).toContain('/*!')
    expect(faultsOfMysql({ statement: 'select ?' })[0]).toContain('place of a value')
    expect(faultsOfMysql({ statement: `select '?', "a:b", \`c:d\` /* :e /* */ -- :f` })).toEqual([])
    for (const [first, statement] of [
      ['commit', 'commit'],
      ['call', 'call shop.anything()'],
      ['load', `load data infile '/etc/passwd' into table shop.journal`],
      ['create', 'create table shop.x (id int)'],
      ['set', 'set statement max_statement_time = 0 for select 1'],
      ['begin', 'begin not atomic commit; end'],
      ['prepare', `prepare x from 'commit'`],
      ['xa', `xa start 'x'`],
      ['lock', 'lock tables shop.orders write'],
      ['analyze', 'analyze update shop.orders set status = 1'],
    ] as const) {
      expect(faultsOfMysql({ statement })[0], statement).toMatch(
        first === 'begin' ? /list of statements/ : `A statement that begins with \`${first}\` is not run.`,
      )
      const { runs, order } = shop.action({ statement })
      await expect(runs.ready(order()), statement).rejects.toMatchObject({ code: 'misconfigured' })
    }
  })

  it('the server refuses or contains the same', async () => {
    const client = await createConnection({ uri: shop.server.url('orders_clerk', 'clerk') })
    await expect(client.execute('select 1; drop table shop.orders')).rejects.toMatchObject({
      code: 'ER_PARSE_ERROR',
    })
    client.destroy()
    await expect(
      shop.server.run('create function shop.commits() returns int begin commit; return 1; end'),
    ).rejects.toMatchObject({ code: 'ER_COMMIT_NOT_ALLOWED_IN_SF_OR_TRG' })
    // A function may call a procedure that commits, and fails then.
    await shop.server.run(
      'create or replace procedure shop.commits() begin insert into shop.journal (entry) values (1); commit; end',
    )
    await shop.server.run(
      'create or replace function shop.tries() returns int begin call shop.commits(); return 1; end',
    )
    await shop.server.run("grant execute on function shop.tries to orders_clerk@'%'")
    for (const statement of [
      'update shop.orders set total = shop.tries() where id = 1',
      `insert into shop.journal (entry) select load_file('/etc/passwd')`,
      'update mysql.global_priv set Priv = 1',
      'delete from daypass.runs',
      `select id into outfile '/tmp/daypass-was-here' from shop.orders`,
    ]) {
      const { runs, order } = shop.action({ statement, writes: { upTo: 9 } })
      expect(await run(runs, order()), statement).toMatchObject({ kind: 'undone' })
    }
    expect([await shop.count('shop.journal'), await shop.statusOf(1)]).toEqual([0, 'paid'])
  })

  it('an account that could change what cannot be undone, or the server itself, runs nothing', async () => {
    const { runs, order } = shop.action(refund)
    const refused = (says: string) =>
      expect(runs.ready(order({ order: '7' }))).rejects.toMatchObject({
        code: 'misconfigured',
        message: expect.stringContaining(says),
      })
    const clerk = "orders_clerk@'%'"
    await shop.server.run('create table shop.old (id int) engine = MyISAM')
    await shop.server.run('create view shop.seen as select * from shop.old')
    for (const [grant, revoke, says] of [
      [
        `grant update (id) on shop.old to ${clerk}`,
        `revoke update (id) on shop.old from ${clerk}`,
        'shop.old, which has the engine MyISAM',
      ],
      [
        `grant delete on shop.seen to ${clerk}`,
        `revoke delete on shop.seen from ${clerk}`,
        'shop.seen, which is a view',
      ],
      [`grant insert on shop.* to ${clerk}`, `revoke insert on shop.* from ${clerk}`, 'shop.old'],
      [
        `grant file on *.* to ${clerk}`,
        `revoke file on *.* from ${clerk}`,
        'rights on the whole server: FILE',
      ],
      [`grant select on mysql.* to ${clerk}`, `revoke select on mysql.* from ${clerk}`, 'SELECT on mysql'],
    ] as const) {
      await shop.server.run(grant)
      await refused(says)
      expect(await shop.open(refund).check()).toMatchObject({
        ok: false,
        problems: [{ what: expect.stringContaining(says) }],
      })
      await shop.server.run(revoke)
    }
    await shop.server.run(`grant select on shop.old to ${clerk}`)
    expect(await shop.open(refund).check()).toMatchObject({ ok: true })
    // By a trigger, which has the rights of the one who made it: the server says that something stays.
    await shop.server.run(
      'create trigger shop.t after update on shop.orders for each row insert into shop.old values (1)',
    )
    expect(await runs.preview?.(order({ order: '7' }))).toMatchObject({ kind: 'problem', code: 'not_undone' })
    expect(await run(runs, order({ order: '7' }, 2))).toMatchObject({ kind: 'unknown', code: 'not_undone' })
    for (const what of ['trigger shop.t', 'view shop.seen', 'table shop.old'])
      await shop.server.run(`drop ${what}`)
  })

  it('doctor says what is missing', async () => {
    const whyNot = async (changes: object) => JSON.stringify(await shop.open(refund, changes).check())
    expect(await whyNot({ runAccounts: {} })).toContain('`runAccounts` names no account orders_clerk')
    expect(await whyNot({ runAccounts: { orders_clerk: { password: 'x' } } })).toContain(
      'refuses the account orders_clerk',
    )
    expect(await whyNot({ runsIn: undefined })).toContain('needs the table of runs')
    expect(await whyNot({ runsIn: 'shop' })).toContain('cannot be recorded in `shop`.runs')
    expect(await shop.open(slow, { runsIn: undefined }).check()).toMatchObject({ ok: true })
  })

  it(`${hostileTexts.length} texts and ${hostileNumbers.length} numbers are bound as typed, or refused with their field`, async () => {
    const { runs, order } = shop.action({
      statement: 'insert into shop.journal (entry) values (:value) returning entry, char_length(entry)',
      writes: { rows: 1 },
      limits: { bytes: 5_000_000 },
    })
    const taken = takenBy(anyText, hostileTexts)
    for (const value of taken)
      expect(await run(runs, order({ value })), JSON.stringify(value.slice(0, 40))).toMatchObject({
        kind: 'done',
        output: { rows: [[value, `${[...value].length}`]] },
      })
    expect(await shop.count('shop.journal')).toBe(taken.length)
    expect(await shop.count('shop.orders')).toBe(50)
    const numbers = shop.action({ statement: 'select cast(:value as decimal(30, 9)) = :value, :value' })
    for (const value of takenBy(someNumber, hostileNumbers))
      expect(await run(numbers.runs, numbers.order({ value })), value).toMatchObject({
        output: { rows: [['1', value]] },
      })
  })

  it('a value that the statement cannot take is refused by the server, and nothing changes', async () => {
    const write = shop.action({
      statement: 'update shop.orders set total = 0 where id = :value',
      writes: { upTo: 50 },
    })
    const read = shop.action({ statement: 'select * from shop.orders where id = :value' })
    for (const value of ["1' or true", '1; commit', '1 or 1=1', 'null', '{1}', '1x']) {
      expect(await run(write.runs, write.order({ value })), value).toMatchObject({ kind: 'undone' })
      // No number at all is equal to none.
      const found = await run(read.runs, read.order({ value }))
      if (/^1/.test(value)) expect(found, value).toMatchObject({ kind: 'undone', code: 'value_changed' })
      else if (found.kind === 'done') expect(found.rows, value).toBe(0)
    }
    expect(await shop.server.run('select id from shop.orders where total = 0')).toEqual([])
  })

  it('a lock of somebody else makes it wait for seconds alone, and it is undone then', async () => {
    const client = await createConnection({ uri: shop.server.url('orders_clerk', 'clerk') })
    await client.query('begin')
    await client.query('select * from shop.orders where id = 7 for update')
    const { runs, order } = shop.action(refund)
    await expect(runs.preview?.(order({ order: '7' }))).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
    })
    client.destroy()
  })

  it('the text that people approve holds the statement, each value and what bounds it', () => {
    const content = mysql.action?.readContent((schema) => schema.parse({ runAs: 'clerk', ...refund }))
    const settings = mysql.readSettings((schema) => schema.parse(shop.settings))
    expect(content && settings?.renderAction?.(content, { order: '7' })).toBe(
      `update shop.orders set status = 'refunded' where id = :order and status = 'paid'\n\norder = "7"\n\nas clerk, changes exactly 1 row`,
    )
  })

  it('its page gives the statements that this shop was made with', async () => {
    const page = await readFile('docs/connectors/mysql.md', 'utf8')
    for (const statement of runStatements) expect(page).toContain(statement)
  })
})
