import { describe, expect, it } from 'vitest'
import { parseInline, parseMrkdwn } from './mrkdwn.ts'

describe('mrkdwn', () => {
  it('is bold, italic, struck and code only at the edges of words', () => {
    expect(parseInline('*a b* snake_case_name 2*3*4')).toEqual([
      { kind: 'bold', children: [{ kind: 'text', text: 'a b' }] },
      { kind: 'text', text: ' snake_case_name 2*3*4' },
    ])
    expect(parseInline('`<b>&amp;`')).toEqual([{ kind: 'code', text: '<b>&' }])
  })

  it('reads mentions, links and dates', () => {
    expect(parseInline('<@U1> <#C1|x> <!subteam^S1> <!here> <https://a.test/?a=1&amp;b=2|there>')).toEqual([
      { kind: 'user', id: 'U1', label: '' },
      { kind: 'text', text: ' ' },
      { kind: 'channel', id: 'C1', label: 'x' },
      { kind: 'text', text: ' ' },
      { kind: 'group', id: 'S1', label: '' },
      { kind: 'text', text: ' ' },
      { kind: 'broadcast', range: 'here' },
      { kind: 'text', text: ' ' },
      { kind: 'link', url: 'https://a.test/?a=1&b=2', label: 'there' },
    ])
    expect(parseInline('<!date^1700000000^{date} at {time}|then>')).toEqual([
      { kind: 'date', timestamp: 1_700_000_000, format: '{date} at {time}', link: '', fallback: 'then' },
    ])
  })

  it('makes no link of what a click must not open', () => {
    expect(parseInline('<javascript:alert(1)|click>')).toEqual([
      { kind: 'text', text: '<javascript:alert(1)|click>' },
    ])
  })

  it('leaves what was escaped as words', () => {
    expect(parseInline('&lt;!channel&gt; &lt;b&gt;')).toEqual([{ kind: 'text', text: '<!channel> <b>' }])
  })

  it('keeps fences and quotes apart from lines', () => {
    expect(parseMrkdwn('one\n&gt; two\n> three\n```\nfour *4*\n```')).toEqual([
      { kind: 'line', children: [{ kind: 'text', text: 'one' }] },
      { kind: 'quote', children: [{ kind: 'text', text: 'two\nthree' }] },
      { kind: 'pre', text: 'four *4*' },
    ])
  })
})
