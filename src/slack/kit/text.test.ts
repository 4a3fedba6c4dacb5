import { describe, expect, it } from 'vitest'
import {
  channelLink,
  clip,
  code,
  escapeMrkdwn,
  inline,
  mention,
  mentionAny,
  moment,
  plain,
  withLinks,
} from './text.ts'

describe('text inside mrkdwn', () => {
  it.each([
    ['<!channel>', '&lt;!channel&gt;'],
    ['<@U0DANA>', '&lt;@U0DANA&gt;'],
    ['<https://evil.test|Approve>', '&lt;https://evil.test|Approve&gt;'],
    ['a & b', 'a &amp; b'],
    ['&lt;', '&amp;lt;'],
  ])('%s is escaped to %s', (raw, escaped) => expect(escapeMrkdwn(raw)).toBe(escaped))

  it('stands on one line, without characters that hide or reorder', () => {
    expect(inline('a\nb\u202ec\u0000d\u200be')).toBe('a bcde')
  })

  it('is cut before it is escaped, so that no entity is cut', () => {
    expect(inline('<'.repeat(10), 5)).toBe('&lt;&lt;&lt;&lt;…')
  })

  it('links the addresses in a sentence of a connector, and nothing else', () => {
    expect(withLinks('a<b> has not accepted it: https://git.test/orgs/a/invitation?x=1&y=2. Then')).toBe(
      'a&lt;b&gt; has not accepted it: <https://git.test/orgs/a/invitation?x=1&amp;y=2>. Then',
    )
    expect(withLinks('<https://evil.test|Approve> <!channel>')).toBe(
      '&lt;<https://evil.test>|Approve&gt; &lt;!channel&gt;',
    )
  })

  it('cannot end the code it stands in', () => {
    expect(code('a`b')).toBe('`aˋb`')
  })
})

describe('cutting', () => {
  it('leaves no half of a surrogate pair', () => {
    expect(clip('😀😀', 4)).toBe('😀😀')
    expect(clip('😀😀', 3)).toBe('😀…')
    expect(clip('a😀😀', 3)).toBe('a…')
  })

  it('never makes an empty text', () => expect(plain('').text).toBe('–'))
})

describe('ids', () => {
  it('become mentions only when they are ids', () => {
    expect(mention('U0DANA')).toBe('<@U0DANA>')
    expect(mention('U1> <!channel>')).toBe('U1&gt; &lt;!channel&gt;')
    expect(mentionAny('S0DBAS')).toBe('<!subteam^S0DBAS>')
    expect(channelLink('C0|<!here>')).toBe('C0|&lt;!here&gt;')
  })
})

it('instants are in the reader’s own zone, with UTC where Slack cannot', () => {
  expect(moment(new Date('2026-11-22T09:05:30.900Z'))).toBe(
    '<!date^1795338330^{date_short_pretty} at {time}|2026-11-22 09:05 UTC>',
  )
})
