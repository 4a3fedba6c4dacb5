import { describe, expect, it } from 'vitest'
import { isSafePayload } from './screen.ts'

describe('a sound payload', () => {
  const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)

  it('is an object of bearable depth', () => {
    expect(isSafePayload({ command: '/request-access' })).toBe(true)
    expect(isSafePayload(nested(64))).toBe(true)
    expect(isSafePayload(nested(65))).toBe(false)
    expect(isSafePayload(JSON.parse(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`))).toBe(false)
  })

  it.each(['null', '[]', '"text"', '1', '{"__proto__":{"admin":true}}', '{"a":[{"constructor":1}]}'])(
    'is not %s',
    (json) => {
      expect(isSafePayload(JSON.parse(json))).toBe(false)
    },
  )
})
