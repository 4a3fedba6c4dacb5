import { expect, it } from 'vitest'
import { sortRows } from './cells.ts'

const text = (words: string) => ({ type: 'raw_text', text: words })
const column = (rows: { text?: string; value?: number }[][]) =>
  rows.map(([cell]) => cell?.text ?? cell?.value)

it('sorts numbers by size and words by the alphabet', () => {
  const numbers = [10, 9, 100].map((value) => [{ type: 'raw_number', value }])
  expect(column(sortRows(numbers, 0, false))).toEqual([9, 10, 100])
  const written = ['AR-10', 'AR-9', 'ar-1'].map((words) => [text(words)])
  expect(column(sortRows(written, 0, true))).toEqual(['AR-10', 'AR-9', 'ar-1'])
})
