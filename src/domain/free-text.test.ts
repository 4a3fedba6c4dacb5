import { expect, it } from 'vitest'
import { cleanFreeText } from './free-text.ts'

it.each([
  ['plain words stay', 'fixing INC-42', 'fixing INC-42'],
  ['line breaks stay, of any kind', 'a\r\nb\rc\u2028d', 'a\nb\nc\nd'],
  ['NUL and controls go', 'a\u0000b\u001bc\u0007', 'abc'],
  ['halves of surrogate pairs are replaced', 'a\ud800b', 'a\ufffdb'],
  ['bidirectional overrides go, right-to-left letters stay', '\u202eשלום\u202c', 'שלום'],
  ['zero-width characters go', 'ap\u200bprove\ufeff', 'approve'],
  ['emoji stay whole, joiners between them too', '👩‍🚒 🏳️‍🌈 👍🏽', '👩‍🚒 🏳️‍🌈 👍🏽'],
  ['a joiner between letters goes', 'a\u200db', 'ab'],
  ['blank is empty', ' \n\t ', ''],
  ['mentions stay as typed; showing them as text is the edge’s work', '<!channel> <@U1>', '<!channel> <@U1>'],
])('%s', (_, typed, kept) => {
  expect(cleanFreeText(typed)).toBe(kept)
})
