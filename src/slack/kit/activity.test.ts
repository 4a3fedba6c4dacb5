import { expect, it } from 'vitest'
import { type ActivityLook, withLook } from '../../domain/activity.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import { doneText } from './activity.ts'

const look: ActivityLook = {
  at: new Date('2026-11-22T15:41:00Z'),
  unit: 'statement',
  lastUsedAt: null,
  sessions: [],
  operations: [{ text: 'select ?', kind: 'read', objects: ['orders', 'lines'], count: 12, rows: 340 }],
  isCounted: true,
  refused: 0,
  limits: [],
}
const resources = new Map()
const history = (activity?: ReturnType<typeof withLook>) =>
  ({ grant: null, request: { asksFor: { resourceId: 'orders-db' } }, activity }) as unknown as RequestHistory
const told = (changes: Partial<ActivityLook>) =>
  doneText(history(withLook(null, { ...look, ...changes })), { resources })?.replace(
    /<!date[^|]*\|([^>]*)>/,
    '$1',
  )

it.each([
  [{}, '12 statements on 2 tables, 340 rows read; last at 2026-11-22 15:41 UTC'],
  [{ operations: [] }, 'never used'],
  [{ operations: [], isCounted: false }, 'no use was seen'],
  [{ operations: [], refused: 2 }, 'never used; 2 refused'],
])('one line for owners: %o', (changes, line) => {
  expect(told(changes)).toBe(`*What was done:* ${line}`)
})

it('nothing is said where nobody looked', () => {
  expect(doneText(history(), { resources })).toBeNull()
})
