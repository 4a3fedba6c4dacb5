import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Parameter, readParameter } from '../../src/domain/action.ts'
import { startPostgres18, type TestPostgres } from '../_postgres.ts'
import { openShop, run, type Shop } from './_postgres-actions.ts'

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

const text: Parameter = {
  name: 'value',
  label: 'Value',
  type: 'string',
  pattern: '(?s).*',
  example: null,
  maxLength: 1_000_000,
}
const number: Parameter = {
  name: 'value',
  label: 'Value',
  type: 'number',
  min: -1000,
  max: 1000,
  decimals: 2,
}
const choice: Parameter = { name: 'value', label: 'Value', type: 'enum', values: ['a', 'b'] }
const day: Parameter = { name: 'value', label: 'Value', type: 'date', min: null, max: null }

/** Values that have broken statements, drivers and databases. Each is bound as it is, or refused with the name of its field. */
const texts = [
  `'`,
  `''`,
  `"`,
  '`',
  `\\`,
  `\\'`,
  `'; drop table public.orders; --`,
  `' or '1'='1`,
  `" or ""="`,
  `1; commit; delete from public.orders`,
  `'); drop table public.orders; --`,
  `$1`,
  `$$`,
  `$$; drop table public.orders; $$`,
  `:value`,
  `::text`,
  `?`,
  `%s`,
  `%`,
  `_`,
  `{}`,
  `{1,2,3}`,
  `{"a":1}`,
  `[1,2,3]`,
  `array[1,2]`,
  `null`,
  `NULL`,
  `default`,
  `current_user`,
  `now()`,
  `E'\\x27'`,
  `U&'\\0027'`,
  `chr(39)`,
  `0x27`,
  `%27`,
  `&#39;`,
  `--`,
  `-- x`,
  `/*`,
  `*/`,
  `/* x */`,
  `#`,
  `;`,
  `;;`,
  `\\x00`,
  `\\0`,
  `\\n`,
  `a\nb`,
  `a\tb`,
  `\r\n`,
  ` `,
  ` x`,
  `x `,
  '',
  '\0',
  'a\0b',
  '\u0001',
  '\u001b[31m',
  '\ud800',
  '\udfff',
  '\ufffe',
  '\uffff',
  '\u202e',
  '\u200b',
  '\u00a0',
  'é',
  'e\u0301',
  'ß',
  'İ',
  'ﬁ',
  '😀',
  '👩‍👩‍👧',
  '𝔘',
  'שלום',
  'مرحبا',
  '中文',
  '’',
  '“”',
  '＇',
  'ʼ',
  'x'.repeat(1_000),
  "'".repeat(1_000),
  '😀'.repeat(1_000),
  'x'.repeat(1_000_000),
  'x'.repeat(1_000_001),
  '<!channel>',
  '<@U0DANA>',
  '`; x`',
  '{{7*7}}',
  '#{7*7}',
  '$(id)',
  '`id`',
  '| id',
  '& id',
  '../../etc/passwd',
  'true',
  'NaN',
  'Infinity',
  '-0',
  '1e999',
  '00',
  '0b1',
]
const numbers = [
  '0',
  '-0',
  '1',
  '-1',
  '1000',
  '1000.01',
  '-1000.01',
  '1.5',
  '1.55',
  '1.555',
  '01',
  '1e3',
  '0x10',
  '١',
  '１',
  '1,000',
  '1_000',
  '+1',
  '--1',
  '1-',
  'NaN',
  'Infinity',
  '-Infinity',
  '',
  ' 1 ',
  '1;',
  "1'",
  '1 or 1=1',
  '1/**/',
  '9'.repeat(15),
  '9'.repeat(16),
  '9'.repeat(400),
  '.5',
  '5.',
  '1\0',
  '1\n',
  'null',
  '{1}',
  '[1]',
  '1::int',
]

describe('bound as typed, or refused with the name of the field', () => {
  it(`${texts.length} texts`, async () => {
    const { runs, order } = shop.action({
      statement: `insert into public.journal (entry) values (:value) returning entry, length(entry)`,
      writes: { rows: 1 },
      limits: { bytes: 5_000_000 },
    })
    await shop.shop.query(`grant select on public.journal to ${shop.clerk}`)
    let bound = 0
    for (const typed of texts) {
      const read = readParameter(text, typed)
      if ('problem' in read) {
        expect(read.problem, JSON.stringify(typed.slice(0, 40))).toMatch(/^Value /)
        continue
      }
      bound += 1
      expect(read.value).toBe(typed)
      const result = await run(runs, order({ value: read.value }))
      expect(result, JSON.stringify(typed.slice(0, 40))).toMatchObject({
        kind: 'done',
        output: { rows: [[typed, `${[...typed].length}`]] },
      })
    }
    expect(bound).toBeGreaterThan(75)
    expect((await shop.shop.query('select from public.journal')).rowCount).toBe(bound)
    expect((await shop.shop.query('select from public.orders')).rowCount).toBe(50)
  })

  it(`${numbers.length} numbers`, async () => {
    const { runs, order } = shop.action({ statement: 'select :value::numeric * 1, :value::text' })
    const taken: string[] = []
    for (const typed of numbers) {
      const read = readParameter(number, typed)
      if ('problem' in read) expect(read.problem, typed).toMatch(/^Value /)
      else {
        const result = await run(runs, order({ value: read.value }))
        expect(result, typed).toMatchObject({ kind: 'done', output: { rows: [[read.value, read.value]] } })
        taken.push(read.value)
      }
    }
    expect(taken).toEqual(['0', '0', '1', '-1', '1000', '1.5', '1.55', '1', '1', '1'])
  })

  it('of other types, too', () => {
    for (const typed of ['c', 'A', 'a,b', "a'", '', 'a\0', '__proto__', 'constructor'])
      expect(readParameter(choice, typed), typed).toMatchObject({ problem: expect.stringMatching(/^Value /) })
    for (const typed of [
      '2026-02-29',
      '2026-13-01',
      '26-1-1',
      '2026-1-1',
      "2026-01-01'",
      'now',
      'infinity',
      '',
      '9999-99-99',
      '-2026-01-01',
    ])
      expect(readParameter(day, typed), typed).toMatchObject({ problem: expect.stringMatching(/^Value /) })
  })
})

it('a value that the statement cannot take is refused by Postgres, and nothing changes', async () => {
  const { runs, order } = shop.action({
    statement: 'update public.orders set total = 0 where id = :value',
    writes: { rows: 1 },
  })
  for (const value of ["1' or true", '1; commit', '99999999999', '1.5', 'null', '{1}', '1e400'])
    expect(await run(runs, order({ value })), value).toMatchObject({ kind: 'undone' })
  expect((await shop.shop.query('select from public.orders where total = 0')).rowCount).toBe(0)
})
