import { expect, it } from 'vitest'
import { anchoredPattern } from './ticket-pattern.ts'

it.each([
  '^[A-Z]+-[0-9]+$',
  '(?:INC|CHG)-[0-9]{7}',
  '([A-Z]+-[0-9]+|#[0-9]+)',
  '[()+*]+',
  '\\(\\+\\)x*',
  'https?://tickets\\.acme\\.example/[0-9]+',
  '(?:[0-9]{4}-){2}[0-9]+',
])('usable: %s', (pattern) => {
  expect(anchoredPattern(pattern)).not.toBeNull()
})

it.each([
  '',
  '[',
  'a\\',
  '(a+)+$',
  '((a+))*',
  '(a|a)*b',
  '((a|b)c)+',
  '(a?){30}a{30}',
  '(?:a{1,5}){9}',
  '(?<x>a*)*',
  '(?=a+)*',
  '(a)\\1*',
  '(?<x>a)\\k<x>',
  'a*a*a*a*b',
  'a?a?a?a?a?a?a?aaaaaaaaa',
  '(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)(a|a)b',
  '(?:a|b){20}',
  'x'.repeat(201),
])('not usable: %s', (pattern) => {
  expect(anchoredPattern(pattern)).toBeNull()
})

it.each(['[a-z]*[a-z]*[a-z]*!', 'a?a?a?a?a?a?a*a*a*b', '(a|aa)(a|aa)(a|aa)(a*)(a*)(a*)!'])(
  'the worst that is usable comes to an end: %s',
  (pattern) => {
    const regExp = new RegExp(anchoredPattern(pattern) ?? 'none', 'u')
    const started = performance.now()
    expect(regExp.test('a'.repeat(100))).toBe(false)
    expect(performance.now() - started).toBeLessThan(3000)
  },
)

it.each([
  ['INC-[0-9]+', 'see INC-1 there', false],
  ['INC-[0-9]+', 'INC-1', true],
  ['^INC|CHG$', 'INC-1', false],
  ['a\\$', 'a$', true],
])('%s tries all of %j', (pattern, ticket, expected) => {
  expect(new RegExp(anchoredPattern(pattern) ?? 'none', 'u').test(ticket)).toBe(expected)
})
