import { expect, it } from 'vitest'
import { likelyMeant } from './likely-meant.ts'

it.each([
  ['order-db', ['billing', 'orders-db', 'order-db-2'], ['orders-db', 'order-db-2']],
  ['ORDERS-DB', ['orders-db'], ['orders-db']],
  ['payroll', ['orders-db', 'billing'], []],
  ['x'.repeat(10_000), ['x'], []],
  ['', ['ab', 'abc'], ['ab']],
])('%s may have meant, of %j: %j', (typed, names, expected) => {
  expect(likelyMeant(typed, names)).toEqual(expected)
})
