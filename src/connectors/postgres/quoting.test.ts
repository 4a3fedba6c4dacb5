import { expect, it } from 'vitest'
import { identifierProblem, quoteIdentifier, quoteLiteral } from './quoting.ts'

it.each([
  ['orders', '"orders"'],
  ['a"b', '"a""b"'],
  [`"; drop table x; --`, `"""; drop table x; --"`],
  ["it's \\ $1 %I", `"it's \\ $1 %I"`],
  ['x'.repeat(63), `"${'x'.repeat(63)}"`],
])('the identifier %s is quoted whole', (name, quoted) => {
  expect(quoteIdentifier(name)).toBe(quoted)
})

it.each(['', 'a\0b', '\ud800', 'x'.repeat(64), 'é'.repeat(32)])('%j is no identifier', (name) => {
  expect(identifierProblem(name)).toMatch(/name/)
  expect(() => quoteIdentifier(name)).toThrow(TypeError)
})

it.each([
  ['plain', `'plain'`],
  [`it's`, `'it''s'`],
  [`a\\'b`, `E'a\\\\''b'`],
])('the text %s is a constant of the same text', (text, quoted) => {
  expect(quoteLiteral(text)).toBe(quoted)
})

it.each(['a\0b', 'half \udc00'])('%j cannot be a text in Postgres', (text) => {
  expect(() => quoteLiteral(text)).toThrow(TypeError)
})
