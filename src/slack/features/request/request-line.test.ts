import { describe, expect, it } from 'vitest'
import { parseRequestLine } from './request-line.ts'

const line = (text: string) => {
  const parsed = parseRequestLine(text)
  if (parsed.kind !== 'line') throw new Error(`“${text}” is ${parsed.kind}`)
  return parsed.typed
}
const nothing = { duration: null, start: null, ticket: null, parameters: {}, strays: [] }

describe('a request in one line', () => {
  it.each([
    ['orders-db refund order=1003 because x', { order: '1003' }],
    ['orders-db refund order=1003 why=lost ticket OPS-1 because x', { order: '1003', why: 'lost' }],
    ['orders-db refund note="two words" order=1 because x', { note: 'two words', order: '1' }],
    ['orders-db refund note=“two words” because x', { note: 'two words' }],
    ['orders-db refund note= because x', { note: '' }],
    ['orders-db refund note=a=b because c=d', { note: 'a=b' }],
  ])('takes the values of an action: %s', (text, parameters) => {
    expect(line(text)).toMatchObject({ entitlementId: 'refund', parameters, strays: [] })
  })

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['help', 'help'],
    ['HELP', 'help'],
    ['?', 'help'],
  ])('%j is %s', (text, kind) => expect(parseRequestLine(text).kind).toBe(kind))

  it('names resource, entitlement, duration and reason', () => {
    expect(line('orders-db read-orders for 2h because fixing INC-42')).toEqual({
      ...nothing,
      resourceId: 'orders-db',
      entitlementId: 'read-orders',
      duration: '2h',
      justification: 'fixing INC-42',
    })
  })

  it.each([
    'orders-db read-orders for 2h ticket OPS-12 because it broke',
    'orders-db ticket OPS-12 read-orders for 2h because it broke',
    'for 2h ticket: OPS-12 orders-db read-orders BECAUSE it broke',
    '  orders-db   read-orders  for 2h   because it broke ticket OPS-12',
  ])('takes its words in any reasonable order: %s', (text) => {
    expect(line(text)).toEqual({
      resourceId: 'orders-db',
      entitlementId: 'read-orders',
      duration: '2h',
      justification: 'it broke',
      start: null,
      ticket: 'OPS-12',
      parameters: {},
      strays: [],
    })
  })

  it.each([
    ['orders-db read-orders from tomorrow 09:00 for 2h because x', 'tomorrow 09:00'],
    ['orders-db read-orders for 2h from 2026-12-01 09:00 because x', '2026-12-01 09:00'],
    ['orders-db read-orders for 2h from tomorrow at 9:00 because x', 'tomorrow at 9:00'],
    ['orders-db read-orders at 09:00 for 2h because x', '09:00'],
    ['orders-db read-orders from 2026-12-01T09:00Z for 2h because x', '2026-12-01T09:00Z'],
    ['orders-db read-orders from tomorrow for 2h because x', 'tomorrow'],
    ['orders-db read-orders for 2h from because x', ''],
  ])('starts later: %s', (text, start) => {
    expect(line(text)).toEqual({
      ...nothing,
      resourceId: 'orders-db',
      entitlementId: 'read-orders',
      duration: '2h',
      start: { text: start },
      justification: 'x',
    })
  })

  it.each([
    ['pre-approvals', { kind: 'pre_approvals', resourceId: null }],
    ['Preapprovals orders-db', { kind: 'pre_approvals', resourceId: 'orders-db' }],
    ['pre-approve ar-1042', { kind: 'pre_approve', reference: 'ar-1042' }],
    ['pre-approve', { kind: 'line' }],
    [
      'link orders-db/read-orders for 2h',
      { kind: 'link', typed: { entitlementId: 'read-orders', duration: '2h' } },
    ],
    ['link', { kind: 'line' }],
    ['break-glass', { kind: 'break_glass', typed: { resourceId: '' } }],
    ['breakglassy x', { kind: 'line' }],
    [
      'break-glass orders-db fix-orders for 20m because INC-42',
      { kind: 'break_glass', typed: { resourceId: 'orders-db', duration: '20m', justification: 'INC-42' } },
    ],
  ])('%j is no request, but what it says', (text, expected) =>
    expect(parseRequestLine(text)).toMatchObject(expected),
  )

  it('keeps the reason whole and as typed, with its own line breaks, ifs, fors and becauses', () => {
    const reason = 'I wait for the  ticket desk\nbecause <!channel> `x` for 3h'
    expect(line(`orders-db read-orders because ${reason}`)).toMatchObject({
      justification: reason,
      duration: null,
      ticket: null,
    })
  })

  it('hands on what it cannot judge: a wrong duration, an empty one, half a line', () => {
    expect(line('orders-db read-orders for -5m because x').duration).toBe('-5m')
    expect(line('orders-db read-orders for').duration).toBe('')
    expect(line('orders-db')).toMatchObject({ resourceId: 'orders-db', entitlementId: '', justification: '' })
    expect(line('because I need it')).toMatchObject({ resourceId: '', justification: 'I need it' })
  })

  it('names the words that it did not understand', () => {
    expect(line('orders-db read-orders please now because x').strays).toEqual(['please', 'now'])
  })

  it.each([
    "orders-db'; drop table requests; -- read-orders because x",
    `${'x'.repeat(64)} ${'y'.repeat(64)} because ${'z'.repeat(10_000)}`,
    'a b because \u0000\ud800 \u202e 😀 שלום',
    '__proto__ constructor because toString',
  ])('survives %j', (text) => expect(line(text).resourceId.length).toBeGreaterThan(0))
})
