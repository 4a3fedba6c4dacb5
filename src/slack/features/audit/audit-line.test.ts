import { describe, expect, it } from 'vitest'
import { startOfDay } from '../../../domain/calendar-day.ts'
import { parseAuditLine } from './audit-line.ts'
import { auditValue, parseAuditValue } from './button-value.ts'

const now = new Date('2026-11-22T12:00:00Z')
const parse = (text: string, zone = 'Europe/Lisbon') => parseAuditLine(text, now, zone)
const query = (text: string, zone?: string) => {
  const line = parse(text, zone)
  if (line.kind !== 'query') throw new Error(`“${text}” is ${JSON.stringify(line)}`)
  return line.query
}
const problem = (text: string) => {
  const line = parse(text)
  return line.kind === 'problem' ? line.message : `it is ${line.kind}`
}
const page = (number: number) => ({ kind: 'page', page: number })
const any = {
  kind: 'list',
  scope: 'any',
  userId: null,
  resourceId: null,
  from: null,
  to: null,
  place: page(1),
}

describe('what follows /audit', () => {
  it('asks what is active now when nothing is named', () => {
    expect(query('')).toEqual({ ...any, scope: 'live' })
    expect(query('page 2')).toEqual({ ...any, scope: 'live', place: page(2) })
    expect(parse('help')).toEqual({ kind: 'help' })
  })

  it('asks for a person, a resource, a request', () => {
    expect(query('<@U123|ana>')).toEqual({ ...any, userId: 'U123' })
    expect(query('<@W123>')).toEqual({ ...any, userId: 'W123' })
    expect(query('orders-db')).toEqual({ ...any, resourceId: 'orders-db' })
    expect(query('ar-1042')).toEqual({ kind: 'history', reference: 'AR-1042' })
    expect(query('active orders-db')).toEqual({ ...any, scope: 'live', resourceId: 'orders-db' })
  })

  it('reads days as those of the asker, the last one included', () => {
    expect(query('from 2026-11-01 to 2026-11-20', 'America/New_York')).toEqual({
      ...any,
      // The clocks go back on the first of November: the day begins in summer time and the range ends in winter time.
      from: new Date('2026-11-01T04:00:00.000Z'),
      to: new Date('2026-11-21T04:59:59.999Z'),
    })
    expect(query('to 2026-09-05', 'America/Santiago')).toEqual({
      ...any,
      // The next day begins at 01:00: there is no midnight.
      to: new Date('2026-09-06T03:59:59.999Z'),
    })
    expect(query('last 7d')).toEqual({ ...any, from: new Date('2026-11-15T12:00:00Z') })
  })

  it.each([
    ['today', '2026-11-22', '2026-11-22'],
    ['yesterday', '2026-11-21', '2026-11-21'],
    ['last week', '2026-11-09', '2026-11-15'],
    ['last month', '2026-10-01', '2026-10-31'],
    ['last year', '2025-01-01', '2025-12-31'],
  ])('%s is whole days of the calendar of the asker', (text, first, last) => {
    for (const zone of ['America/New_York', 'Asia/Tokyo'])
      expect(query(`<@U123> ${text}`, zone)).toEqual({
        ...query(`from ${first} to ${last}`, zone),
        userId: 'U123',
      })
  })

  it('knows what failed and what waits', () => {
    expect(query('orders-db failed')).toEqual({ ...any, scope: 'failed', resourceId: 'orders-db' })
    expect(query('pending')).toEqual({ ...any, scope: 'pending' })
    expect(parseAuditValue(auditValue(query('orders-db failed')))).toEqual(query('orders-db failed'))
  })

  it('joins them in any order', () => {
    expect(query('page 3 from 2026-11-01 <@U123> orders-db', 'UTC')).toEqual({
      ...any,
      userId: 'U123',
      resourceId: 'orders-db',
      from: new Date('2026-11-01T00:00:00Z'),
      place: page(3),
    })
  })

  it.each([
    ['from 2026-11-20 to 2026-11-01', 'must not be after'],
    ['from 2026-02-30', 'needs a day'],
    ['from yesterday', 'needs a day'],
    ['from', 'Write a day after `from`: `from 2026-11-01`'],
    ['orders-db to', 'Write a day after `to`: `to 2026-11-01`'],
    ['last', 'Write how far back after `last`: `last 7d`'],
    ['page', 'Write a number after `page`: `page 2`'],
    ['2026-11-01', 'Write `from 2026-11-01`, or `from 2026-11-01 to 2026-11-01` for that day alone'],
    ['orders-db 2026-11-01', 'is a day'],
    ['last fortnight', 'needs a duration'],
    ['last 0d', 'more than zero'],
    ['last 99999d', '`3650d` (ten years) at the most'],
    ['last 9999999d', '`3650d` (ten years) at the most'],
    ['page 0', 'needs a number'],
    ['page -1', 'needs a number'],
    ['page 99999999', 'needs a number'],
    ['page 101', '`page` goes to 100'],
    ['@ana', 'pick the person from the list'],
    ['orders-db billing-db', 'One resource at a time'],
    ['<@U1> <@U2>', 'One person at a time'],
    ['AR-1042 orders-db', 'reference alone'],
    ['AR-0', 'is no reference'],
    ['AR-99999999999', 'is no reference'],
    ['orders-db ar-99999999999', 'is no reference'],
    ['from *2026*', '`*2026*`'],
    ['<!channel>', 'do not understand'],
    ["'; drop table requests; --", 'do not understand'],
    ['\u0000', 'do not understand'],
    ['x'.repeat(10_000), 'do not understand'],
  ])('says what is wrong with %j', (text, words) => expect(problem(text)).toContain(words))

  it('never repeats more of it than forty characters', () => {
    expect(problem('?'.repeat(10_000)).length).toBeLessThan(200)
  })
})

describe('the value of a button', () => {
  it.each([
    '',
    'AR-1042',
    '<@U123> orders-db from 2026-11-01 to 2026-11-20 page 7',
    `active ${'x'.repeat(150)}`,
  ])('says the same as “%s”', (text) => {
    const value = auditValue(query(text))
    expect(value.length).toBeLessThanOrEqual(2_000)
    expect(parseAuditValue(value)).toEqual(query(text))
  })

  it.each(['older', 'newer'] as const)('carries a key: %s', (kind) => {
    const line = query('<@U123> orders-db from 2026-11-01 to 2026-11-20')
    if (line.kind !== 'list') throw new Error('no list')
    const than = { submittedAt: new Date('2026-11-19T17:00:00.123Z'), number: 4_711 }
    const asked = { ...line, place: { kind, than } }
    expect(parseAuditValue(auditValue(asked))).toEqual(asked)
  })

  it.each([
    '',
    '{}',
    '[]',
    '["history","AR-1; drop"]',
    '["all",null,null,null,null,1]',
    '["any",null,null,null,null,-1]',
    '["any",null,null,null,null,101]',
    '["any",null,null,null,null,["older",1,0]]',
    '["any",null,null,null,null,["older",1.5,1]]',
    '["any",null,null,null,null,["older",1,4294967296]]',
    '["any",null,null,null,null,["older",253402300800000,1]]',
    '["any",null,null,null,null,["around",1,1]]',
    '["any",null,null,null,null,["older",1,1,"or true"]]',
    '["any",null,null,8640000000000000,null,1]',
    'null',
    '[[',
  ])('that is not ours is refused: %s', (value) => expect(parseAuditValue(value)).toBeNull())
})

describe('the beginning of a day', () => {
  it.each([
    ['2026-03-29', 'Europe/Lisbon', '2026-03-29T00:00:00.000Z'],
    ['2026-03-30', 'Europe/Lisbon', '2026-03-29T23:00:00.000Z'],
    ['2026-11-22', 'Asia/Kolkata', '2026-11-21T18:30:00.000Z'],
    ['2026-11-22', 'Pacific/Auckland', '2026-11-21T11:00:00.000Z'],
    // The clocks go from midnight to one: the day begins at 01:00.
    ['2026-09-06', 'America/Santiago', '2026-09-06T04:00:00.000Z'],
    ['2026-04-24', 'Africa/Cairo', '2026-04-23T22:00:00.000Z'],
    // The clocks go from one back to midnight: the day begins at the first of the two.
    ['2026-11-01', 'America/Havana', '2026-11-01T04:00:00.000Z'],
  ])('%s in %s is %s', (day, zone, instant) => expect(startOfDay(day, zone)?.toISOString()).toBe(instant))

  it.each(['2026-13-01', '2026-00-01', '2026-11-31', '26-11-01', '2026-1-1', '0000-01-01', ''])(
    'there is no day %j',
    (day) => {
      expect(startOfDay(day, 'UTC')).toBeNull()
    },
  )
})
