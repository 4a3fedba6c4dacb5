import { expect, it } from 'vitest'
import { mask } from './mask.ts'

it('strikes out tokens, signatures and passwords wherever they stand', () => {
  const masked = mask({
    headers: {
      authorization: 'Bearer xoxb-1-2-abc',
      'x-slack-signature': 'v0=0123456789abcdef0123',
      host: 'a.test',
    },
    body: 'token=xoxb-1-2-abc&text=hello',
    token: 'sandbox-verification-token',
    list: ['psql "postgresql://carla:pa55@127.0.0.1:5432/orders"', 'v0=0123456789abcdef0123', 7, null],
  })
  expect(masked).toEqual({
    headers: { authorization: '•••', 'x-slack-signature': '•••', host: 'a.test' },
    body: 'token=xoxb-•••&text=hello',
    token: '•••',
    list: ['psql "postgresql://carla:•••@127.0.0.1:5432/orders"', 'v0=•••', 7, null],
  })
})
