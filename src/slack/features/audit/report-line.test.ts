import { expect, it } from 'vitest'
import { parseReportLine, parseReportValue, reportValue } from './report-line.ts'

it.each([
  ['report', { kind: 'list' }],
  ['report never-used', { kind: 'report', name: 'never-used', given: {} }],
  [
    'reports approver <@U0ERIN|erin> from 2026-11-01 to 2026-11-30 orders-db',
    {
      kind: 'report',
      name: 'approver',
      given: { person: 'U0ERIN', from: '2026-11-01', to: '2026-11-30', resource: 'orders-db' },
    },
  ],
  ['report held-on 2026-11-01', { kind: 'report', name: 'held-on', given: { on: '2026-11-01' } }],
  ['report activity AR-1042', { kind: 'report', name: 'activity', given: { request: 'AR-1042' } }],
  [
    'orders-db never used last 30d',
    { kind: 'report', name: 'never-used', given: { resource: 'orders-db', last: '30d' } },
  ],
  ['approved by <@U0ERIN>', { kind: 'report', name: 'approver', given: { person: 'U0ERIN' } }],
  [
    'orders-db last 30d longest',
    {
      kind: 'report',
      name: 'requests',
      given: { sort: 'longest', resource: 'orders-db', last: '30d' },
    },
  ],
  [
    'report requests state never-used approver <@U0ERIN>',
    { kind: 'report', name: 'requests', given: { state: 'never-used', approver: 'U0ERIN' } },
  ],
  ['orders-db', null],
  ['', null],
])('/audit %s', (text, line) => {
  expect(parseReportLine(text)).toEqual(line)
})

it.each([
  ['report active last', /Write a value after/],
  ['report active orders-db billing-db', /One resource at a time/],
  ['approved by @erin', /pick the person/],
])('/audit %s says what is wrong', (text, message) => {
  expect(parseReportLine(text)).toMatchObject({ kind: 'problem', message: expect.stringMatching(message) })
})

it('a button says the same report, and nothing that somebody invents', () => {
  const given = { person: 'U0ERIN', last: '30d' }
  expect(parseReportValue(reportValue('approver', given))).toEqual({ name: 'approver', given })
  for (const value of ['', '[]', '["active"]', '["active",{"secret":"x"}]', '["active",{"last":3}]'])
    expect(parseReportValue(value)).toBeNull()
})
