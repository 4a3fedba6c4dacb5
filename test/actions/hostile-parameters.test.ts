import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readParameter } from '../../src/domain/action.ts'
import { startPostgres18, type TestPostgres } from '../_postgres.ts'
import { anyText, choice, day, hostileNumbers, hostileTexts, someNumber, takenBy } from './_hostile-values.ts'
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

describe('bound as typed, or refused with the name of the field', () => {
  it(`${hostileTexts.length} texts`, async () => {
    const { runs, order } = shop.action({
      statement: `insert into public.journal (entry) values (:value) returning entry, length(entry)`,
      writes: { rows: 1 },
      limits: { bytes: 5_000_000 },
    })
    await shop.shop.query(`grant select on public.journal to ${shop.clerk}`)
    const taken = takenBy(anyText, hostileTexts)
    for (const value of taken)
      expect(await run(runs, order({ value })), JSON.stringify(value.slice(0, 40))).toMatchObject({
        kind: 'done',
        output: { rows: [[value, `${[...value].length}`]] },
      })
    expect(hostileTexts).toEqual(expect.arrayContaining(taken))
    expect(taken.length).toBeGreaterThan(75)
    expect((await shop.shop.query('select from public.journal')).rowCount).toBe(taken.length)
    expect((await shop.shop.query('select from public.orders')).rowCount).toBe(50)
  })

  it(`${hostileNumbers.length} numbers`, async () => {
    const { runs, order } = shop.action({ statement: 'select :value::numeric * 1, :value::text' })
    const taken = takenBy(someNumber, hostileNumbers)
    for (const value of taken)
      expect(await run(runs, order({ value })), value).toMatchObject({
        kind: 'done',
        output: { rows: [[value, value]] },
      })
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
