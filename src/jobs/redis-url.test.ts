import { describe, expect, it } from 'vitest'
import { InvalidRedisUrl, parseRedisUrl } from './redis-url.ts'

describe('a Redis URL', () => {
  it('names one server', () => {
    expect(parseRedisUrl('redis://cache')).toEqual({
      kind: 'single',
      options: { host: 'cache', port: 6379, db: 0 },
    })
    expect(parseRedisUrl('redis://daypass:p%40ss@10.0.0.1:6380/2')).toEqual({
      kind: 'single',
      options: { host: '10.0.0.1', port: 6380, db: 2, username: 'daypass', password: 'p@ss' },
    })
  })

  it('asks for TLS', () => {
    expect(parseRedisUrl('rediss://:secret@[::1]:6390')).toEqual({
      kind: 'single',
      options: { host: '::1', port: 6390, db: 0, password: 'secret', tls: {} },
    })
  })

  it('names sentinels and their master', () => {
    expect(parseRedisUrl('redis+sentinel://:data@a,b:26380/main/1?sentinelPassword=watch')).toEqual({
      kind: 'sentinel',
      options: {
        sentinels: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 26380 },
        ],
        name: 'main',
        db: 1,
        password: 'data',
        sentinelPassword: 'watch',
      },
    })
  })

  it('names the nodes of a cluster', () => {
    expect(parseRedisUrl('rediss+cluster://a:7000,b:7001')).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 7001 },
      ],
      options: { tls: {} },
    })
  })

  it.each([
    '',
    'localhost:6379',
    'http://localhost',
    'redis://',
    'redis://a,b',
    'redis://a/1/2',
    'redis://a/one',
    'redis://a:0',
    'redis://a:99999',
    'redis://u:%zz-hidden@a',
    'redis+sentinel://a',
    'redis+cluster://a/1',
    'redis://u:hidden@b@a:6379',
  ])('that is none is refused: %s', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(InvalidRedisUrl)
  })

  it('is not repeated in the refusal, because of the password in it', () => {
    expect(() => parseRedisUrl('redis://u:hidden@a/one')).toThrow(/^(?!.*hidden)/)
  })
})
