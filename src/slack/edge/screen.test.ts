import { describe, expect, it } from 'vitest'
import { isSound } from './screen.ts'

describe('a sound payload', () => {
  const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)

  it('is an object of bearable depth', () => {
    expect(isSound({ command: '/request-access' })).toBe(true)
    expect(isSound(nested(64))).toBe(true)
    expect(isSound(nested(65))).toBe(false)
    expect(isSound(JSON.parse(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`))).toBe(false)
  })

  it.each(['null', '[]', '"text"', '1', '{"__proto__":{"admin":true}}', '{"a":[{"constructor":1}]}'])(
    'is not %s',
    (json) => {
      expect(isSound(JSON.parse(json))).toBe(false)
    },
  )
})
