import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sqlText } from './sql-text.ts'

it.each([
  [
    "select * from orders where id = 4711 and card = '4111 1111'",
    'select * from orders where id = ? and card = ?',
  ],
  [
    'SELECT status FROM "Orders" -- carla@example.com\n where total > 1.5e3',
    'SELECT status FROM "Orders" where total > ?',
  ],
  ['insert into orders values ($1, $2), ($3, $4)', 'insert into orders values (?)'],
  ["alter role x password 's3cr''et'", 'alter role x password ?'],
  ["select /* outer /* inner */ 'x' */ 1", 'select ?'],
  ["do $body$ begin perform 'x'; end $body$", 'do ?'],
  ["select E'a\\'b', N'c', total::text from orders", 'select ?, total::text from orders'],
])('%s is kept without its literals', (statement, kept) => {
  expect(sqlText(statement, 'postgres').text).toBe(kept)
})

it.each([
  "select 'it\\'s secret' from orders",
  "select * from orders where note = 'cut off secr",
  'select 1 /* secret',
  'select $x$ secret',
])('%s: nothing after the doubt is kept', (statement) => {
  expect(sqlText(statement, 'postgres').text).not.toContain('secr')
})

it('no digit or letter of a literal is kept, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), (text, number) => {
      const quoted = `'MARK${text.replaceAll("'", "''")}MARK'`
      const kept = sqlText(`select ${quoted}, ${number} from t where a = ${quoted}`, 'postgres').text
      expect(kept).not.toContain('MARK')
      expect(kept).not.toMatch(/\d/)
    }),
  )
})

it.each([
  ['select a from orders, "Line Items" li, c where x', ['orders', 'Line Items', 'c']],
  [
    'select extract(epoch from at) from public.orders join other.b on a is distinct from b',
    ['orders', 'other.b'],
  ],
  ['with x as (select 1 from a), y as (delete from b returning *) select * from x, y', ['a', 'b']],
  [
    'insert into orders (id) select id from other where exists (select from third)',
    ['orders', 'other', 'third'],
  ],
  ['update only orders set a = 1 from b', ['orders', 'b']],
  ['select * from orders for update', ['orders']],
  ['select * from generate_series(1, 2), pg_class', []],
  ['insert into a values (1) on conflict do update set x = 1', ['a']],
  ['create table if not exists fresh (id int)', ['fresh']],
  ['truncate table a', ['a']],
  ['copy orders (id) to stdout', ['orders']],
])('the tables of: %s', (statement, tables) => {
  expect(sqlText(statement, 'postgres').tables).toEqual(tables)
})

it.each([
  ['select 1', 'read'],
  ['(select 1) union (select 2)', 'read'],
  ['with x as (select 1) select * from x for update', 'read'],
  ['with x as (update a set b = 1 returning *) select * from x', 'change'],
  ['delete from a', 'change'],
  ['copy a from stdin', 'change'],
  ['create table a ()', 'other'],
  ['begin', 'control'],
  ["set application_name = 'psql'", 'control'],
])('%s is a %s', (statement, kind) => {
  expect(sqlText(statement, 'postgres').kind).toBe(kind)
})

it('MySQL: its quotes, its comments and its normal form', () => {
  const digest = 'SELECT `status` FROM `app` . `orders` WHERE `id` IN (...) AND NAME = ?'
  expect(sqlText(digest, 'mysql')).toMatchObject({ kind: 'read', tables: ['app.orders'] })
  expect(sqlText('select "secr\\"et" from `o` # secret\n', 'mysql').text).toBe('select ? from `o`')
})
