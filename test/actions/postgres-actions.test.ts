import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { executeStatement } from '../../src/connectors/postgres/actions/execute-statement.ts'
import { postgres } from '../../src/connectors/postgres/connector.ts'
import { startPostgres18, type TestPostgres } from '../_postgres.ts'
import { faultsOf, openShop, run, type Shop } from './_postgres-actions.ts'

let server: TestPostgres
let shop: Shop
beforeAll(async () => {
  server = await startPostgres18()
  shop = await openShop(server)
})
afterAll(async () => {
  await shop.close()
  await server.close()
})
beforeEach(() =>
  shop.shop.query(`truncate public.orders; truncate public.journal;
    insert into public.orders select n, 'paid', n * 10, null, '2026-11-01' from generate_series(1, 50) n`),
)

const refund = {
  statement: `update public.orders set status = 'refunded' where id = :order and status = 'paid'`,
  writes: { rows: 1, show: 'select id, status from public.orders where id = :order' },
}
const statusOf = async (id: number) =>
  (await shop.shop.query('select status from public.orders where id = $1', [id])).rows[0]?.status
const table = (columns: string[], rows: (string | null)[][], isCut = false) => ({
  kind: 'table',
  columns,
  rows,
  isCut,
})

describe('a writing statement', () => {
  it('changes what the preview showed, and the preview changes nothing', async () => {
    const { runs, order } = shop.action(refund)
    expect(await runs.preview?.(order({ order: '7' }))).toEqual({
      kind: 'preview',
      rows: 1,
      before: table(['id', 'status'], [['7', 'paid']]),
      after: table(['id', 'status'], [['7', 'refunded']]),
    })
    expect(await statusOf(7)).toBe('paid')
    expect(await run(runs, order({ order: '7' }, 1))).toEqual({
      kind: 'done',
      summary: 'It changed 1 row.',
      rows: 1,
      output: null,
    })
    expect(await statusOf(7)).toBe('refunded')
  })

  it('with another number of rows is no preview, and is undone', async () => {
    const { runs, order } = shop.action(refund)
    expect(await runs.preview?.(order({ order: '777' }))).toMatchObject({
      kind: 'problem',
      code: 'row_count',
      message: 'It would have changed 0 rows, and this action changes exactly 1 row. Nothing was changed.',
    })
    const several = shop.action({
      statement: `update public.orders set status = 'x' where id <= :most`,
      writes: { upTo: 10 },
    })
    expect(await run(several.runs, several.order({ most: '5' }, 4))).toMatchObject({
      kind: 'undone',
      code: 'row_count',
      message: 'It would have changed 5 rows, and the preview that was approved changed 4. It was undone.',
    })
    expect(await run(several.runs, several.order({ most: '50' }))).toMatchObject({ code: 'row_count' })
    expect(await statusOf(1)).toBe('paid')
    expect(await run(several.runs, several.order({ most: '5' }, 5))).toMatchObject({ kind: 'done', rows: 5 })
  })

  it('gives back rows of its own, within the limits, and counts those that it does not keep', async () => {
    const { runs, order } = shop.action({
      statement: `update public.orders set status = 'x' where id <= :most returning id, note`,
      writes: { upTo: 50 },
      limits: { rows: 2 },
    })
    expect(await run(runs, order({ most: '40' }))).toEqual({
      kind: 'done',
      summary: 'It changed 40 rows.',
      rows: 40,
      output: table(
        ['id', 'note'],
        [
          ['1', null],
          ['2', null],
        ],
        true,
      ),
    })
    const many = shop.action({
      statement: `insert into public.orders select n + 1000 * :n, 'x', 1 from generate_series(1, :n) n returning id`,
      writes: { rows: 250 },
    })
    expect(await run(many.runs, many.order({ n: '250' }))).toMatchObject({ kind: 'done', rows: 250 })
    expect(await run(many.runs, many.order({ n: '251' }))).toMatchObject({
      kind: 'undone',
      code: 'row_count',
    })
  })

  it('that the database refuses changes nothing, also at its very end', async () => {
    const { runs, order } = shop.action({
      statement: 'insert into public.orders (id, status, total) values (:id, :status, 1)',
      writes: { rows: 1 },
    })
    expect(await run(runs, order({ id: '1', status: 'x' }))).toMatchObject({ kind: 'undone', code: '23505' })
    await shop.shop.query(`create table public.late (id int references public.orders deferrable initially deferred);
      grant insert on public.late to ${shop.clerk}`)
    const late = shop.action({ statement: 'insert into public.late values (:id)', writes: { rows: 1 } })
    expect(await run(late.runs, late.order({ id: '999' }))).toMatchObject({ kind: 'undone', code: '23503' })
    expect(await late.runs.preview?.(late.order({ id: '999' }))).toMatchObject({
      kind: 'problem',
      code: '23503',
    })
    expect((await shop.shop.query('drop table public.late')).command).toBe('DROP')
  })
})

describe('a reading statement', () => {
  it('gives back rows, as Postgres writes them, and is cut by its limits', async () => {
    const { runs, order } = shop.action({
      statement:
        "select id, total, note, sent_on from public.orders where id = any (string_to_array(:ids, ',')::int[]) order by id",
    })
    expect(await runs.preview?.(order({ ids: '2,3' }))).toBeNull()
    expect(await run(runs, order({ ids: '2,3' }))).toMatchObject({
      kind: 'done',
      rows: 2,
      output: table(
        ['id', 'total', 'note', 'sent_on'],
        [
          ['2', '20.00', null, '2026-11-01'],
          ['3', '30.00', null, '2026-11-01'],
        ],
      ),
    })
    const all = shop.action({ statement: 'select id from public.orders order by id', limits: { rows: 3 } })
    expect(await run(all.runs, all.order())).toMatchObject({
      output: table(['id'], [['1'], ['2'], ['3']], true),
    })
    const wide = shop.action({
      statement: `select repeat('x', 400) from generate_series(1, 1000000)`,
      limits: { bytes: 1000 },
    })
    expect(await run(wide.runs, wide.order())).toMatchObject({ output: { isCut: true, rows: { length: 2 } } })
  })

  it('cannot write', async () => {
    await shop.shop.query(`create or replace function public.sneak() returns int language sql as
      $$ insert into public.journal (entry) values ('sneaked') returning 1 $$`)
    for (const statement of [
      'select public.sneak()',
      `with gone as (delete from public.orders returning id) select count(*) from gone`,
      `select set_config('transaction_read_only', 'off', true), public.sneak()`,
      `select nextval('pg_catalog.x')`,
    ]) {
      const { runs, order } = shop.action({ statement })
      expect(await run(runs, order()), statement).toMatchObject({ kind: 'undone' })
    }
    expect((await shop.shop.query('select from public.journal')).rowCount).toBe(0)
  })

  it('takes no longer than its limit, and can be stopped', async () => {
    const { runs, order } = shop.action({ statement: 'select pg_sleep(60)', limits: { seconds: 1 } })
    expect(await run(runs, order())).toMatchObject({ kind: 'undone', code: '57014' })
    const slow = shop.action({ statement: 'select pg_sleep(60)' })
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 200)
    expect(await run(slow.runs, slow.order(), stop.signal)).toMatchObject({
      kind: 'undone',
      code: 'cancelled',
    })
    expect(await run(slow.runs, slow.order(), AbortSignal.abort())).toMatchObject({ code: 'cancelled' })
  })
})

describe('what must not leave its transaction', () => {
  it('is refused in the catalog', () => {
    expect(faultsOf({ statement: 'select 1; drop table public.orders' })).toEqual([
      'statement: It is a list of statements. Write one statement.',
    ])
    for (const [first, statement] of [
      ['commit', 'commit'],
      ['copy', `copy public.orders to program 'sh'`],
      ['do', 'do $$ begin commit; end $$'],
      ['call', 'call public.anything()'],
      ['set', 'set role none'],
      ['reset', '/* x */ reset role'],
      ['vacuum', '-- x\nvacuum'],
    ] as const)
      expect(faultsOf({ statement })).toEqual([
        `statement: A statement that begins with \`${first}\` is not run.`,
      ])
  })

  it('is refused or contained by the database, should the catalog have let it through', async () => {
    await shop.shop.query(`
      create or replace function public.commits() returns int language plpgsql as
        $$ begin insert into public.journal (entry) values ('committed'); commit; return 1; end $$;
      create or replace procedure public.commits_too() language plpgsql as
        $$ begin insert into public.journal (entry) values ('committed'); commit; end $$`)
    const sent = async (statement: string) => {
      const client = await shop.shop.connect()
      await client.query(`begin; set local role ${shop.clerk}`)
      const limits = { rows: 1, bytes: 1, counted: null }
      const code = await executeStatement(client, { text: statement, values: [] }, limits).then(
        () => null,
        (error: { code: string }) => error.code,
      )
      client.release(true)
      return code
    }
    const attempts = {
      "select 1; commit; insert into public.journal (entry) values ('x')": '42601',
      'call public.commits_too()': '2D000',
      "do $$ begin insert into public.journal (entry) values ('x'); commit; end $$": '2D000',
      "copy public.orders to program 'touch /tmp/daypass-was-here'": '42501',
      "copy (select 1) to '/tmp/daypass-was-here'": '42501',
      'alter system set work_mem = 1': '25001',
    }
    for (const [statement, code] of Object.entries(attempts)) {
      expect(await sent(statement), statement).toBe(code)
      const { runs, order } = shop.action({ statement })
      await expect(runs.ready(order()), statement).rejects.toMatchObject({ code: 'misconfigured' })
    }
    for (const [statement, code] of [
      ['select public.commits()', '2D000'],
      ["select pg_read_file('/etc/passwd')", '42501'],
      ['select pg_terminate_backend(pg_backend_pid())', '42501'],
    ] as const) {
      const { runs, order } = shop.action({ statement, writes: { upTo: 9 } })
      expect(await run(runs, order()), statement).toMatchObject({ kind: 'undone', code })
    }
    const { runs, order } = shop.action({ statement: "prepare transaction 'x'" })
    await expect(runs.ready(order())).rejects.toMatchObject({ code: 'misconfigured' })
    expect((await shop.shop.query('select from public.journal')).rowCount).toBe(0)
    expect((await shop.shop.query('select from pg_prepared_xacts')).rowCount).toBe(0)
  })

  it('runs with the rights of its role alone', async () => {
    const { runs, order } = shop.action({ statement: 'select entry from public.journal' })
    expect(await run(runs, order())).toMatchObject({ kind: 'undone', code: '42501' })
    const who = shop.action({ statement: 'select current_user' })
    expect(await run(who.runs, who.order())).toMatchObject({ output: { rows: [[shop.clerk]] } })
  })
})

describe('the text that people approve', () => {
  it('holds the statement, each value and what bounds it', () => {
    const content = postgres.action?.readContent((schema) => schema.parse({ runAs: 'clerk', ...refund }))
    const settings = postgres.readSettings((schema) => schema.parse({ url: shop.url }))
    expect(content && settings?.renderAction?.(content, { order: '7' })).toBe(
      `update public.orders set status = 'refunded' where id = :order and status = 'paid'\n\norder = "7"\n\nas clerk, changes exactly 1 row`,
    )
  })

  it('names only parameters that there are, and uses each', () => {
    const parameters = [{ name: 'a', label: 'A', type: 'number', min: 0, max: 9, decimals: 0 }] as const
    expect(
      faultsOf(
        { statement: `select :b::int, ':c', ":d", $$ :e $$, /* :f /* :g */ */ 'x' -- :h` },
        parameters,
      ),
    ).toEqual([
      'statement: It names `:b`, which is no parameter.',
      'parameters: The statement does not name the parameter `:a`.',
    ])
    expect(faultsOf({ statement: `select 'open` })).toEqual([
      'statement: A string or a quoted name does not end.',
    ])
  })
})

it('doctor says which role cannot be used, and its remedy is enough', async () => {
  await shop.shop.query('create role nobody_s_role nologin')
  const content = { statement: 'select 1', runAs: 'nobody_s_role' }
  const found = await shop.check(content)
  expect(found).toEqual({
    ok: false,
    problems: [
      {
        what: `${shop.admin} may not run actions as nobody_s_role`,
        remedy: `As its admin or a superuser: grant "nobody_s_role" to "${shop.admin}";`,
      },
    ],
  })
  await shop.shop.query(found.ok ? '' : (found.problems[0]?.remedy.split(': ')[1] ?? ''))
  expect(await shop.check(content)).toMatchObject({ ok: true })
})

it('a role with power over the server runs nothing', async () => {
  await shop.shop.query(`create role mighty nologin createdb; grant mighty to ${shop.admin}`)
  const { runs, order } = shop.action({ statement: 'select 1', runAs: 'mighty' })
  await expect(runs.ready(order())).rejects.toMatchObject({
    code: 'misconfigured',
    message:
      'role mighty cannot be lent: it may create databases. Name another role in the catalog, or take that from it.',
  })
  expect(await shop.check({ statement: 'select 1', runAs: 'mighty' })).toMatchObject({ ok: false })
})
