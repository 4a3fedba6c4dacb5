import { describe, expect, it } from 'vitest'
import { parseRevokeLine } from './revoke-line.ts'

const person = { kind: 'person', userId: 'U0CARLA' }

describe('/revoke', () => {
  it.each([
    ['', { kind: 'help' }],
    ['help', { kind: 'help' }],
    ['freezes', { kind: 'list' }],
    ['lift', { kind: 'list' }],
    ['<@U0CARLA|carla>', { kind: 'revoke', scope: person, reason: '' }],
    [
      '<@U0CARLA> because a laptop was stolen',
      { kind: 'revoke', scope: person, reason: 'a laptop was stolen' },
    ],
    ['Orders-DB', { kind: 'revoke', scope: { kind: 'resource', resourceId: 'orders-db' } }],
    [
      'everything because x &lt; y &amp; <@U0BOB|bob> <https://a.test|a.test>',
      { scope: { kind: 'all' }, reason: 'x < y & bob https://a.test' },
    ],
    ['ar-1042 because it is wrong', { kind: 'one', reference: 'AR-1042', reason: 'it is wrong' }],
    ['freeze orders-db for 4h because INC-42', { kind: 'freeze', until: '4h', reason: 'INC-42' }],
    ['freeze <@U0CARLA> until 2026-12-24', { kind: 'freeze', scope: person, until: '2026-12-24' }],
    ['freeze everything', { kind: 'freeze', scope: { kind: 'all' }, until: '' }],
    ['lift <@U0CARLA|carla>', { kind: 'lift', scope: person }],
  ])('reads %j', (text, line) => {
    expect(parseRevokeLine(text)).toMatchObject(line)
  })

  it.each([
    ['@carla', 'pick the person'],
    ['orders-db now', 'after the word `because`'],
    ['AR-1042 now', 'after the word `because`'],
    ['freeze', 'Say what to freeze'],
    ['freeze orders-db tomorrow', 'I do not understand `tomorrow`'],
    ['freeze orders-db for 4h please', 'I do not understand'],
    ['<!channel>', 'I do not understand `&lt;!channel&gt;`'],
  ])('explains what is wrong with %j', (text, words) => {
    expect(parseRevokeLine(text)).toMatchObject({ kind: 'problem', message: expect.stringContaining(words) })
  })
})
