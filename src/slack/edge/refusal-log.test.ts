import { pino } from 'pino'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createRefusalLog } from './refusal-log.ts'

let lines: Record<string, unknown>[]
let refused: (why: string) => void
beforeEach(() => {
  vi.useFakeTimers()
  lines = []
  refused = createRefusalLog(
    pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) }),
  )
})
afterEach(() => {
  vi.useRealTimers()
})

it('the first refusal is logged at once, the rest of a minute in one line', () => {
  for (let at = 0; at < 1_000; at += 1) refused(at % 10 === 0 ? 'future' : 'unsigned')
  expect(lines).toMatchObject([{ why: 'future' }])
  vi.advanceTimersByTime(60_000)
  expect(lines.slice(1)).toMatchObject([{ refused: { future: 99, unsigned: 900 }, seconds: 60 }])
})

it('a flood that goes on writes one line a minute', () => {
  for (let second = 0; second < 180; second += 1) {
    refused('unsigned')
    vi.advanceTimersByTime(1_000)
  }
  expect(lines).toHaveLength(4)
})

it('after a quiet minute the next one is logged at once', () => {
  refused('unsigned')
  vi.advanceTimersByTime(60_000)
  expect(lines).toHaveLength(1)
  refused('malformed')
  expect(lines[1]).toMatchObject({ why: 'malformed' })
})
