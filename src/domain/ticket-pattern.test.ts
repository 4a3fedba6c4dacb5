import { describe, expect, it } from 'vitest'
import { findTicket, matchesTicket, problemOfTicketPattern } from './ticket-pattern.ts'

describe('a pattern', () => {
  it.each([
    '^[A-Z]+-[0-9]+$',
    '(?:INC|CHG)-[0-9]{7}',
    '([A-Z]+-[0-9]+|#[0-9]+)',
    '[()+*]+',
    'https?://tickets\\.acme\\.example/[0-9]+',
    '(?:[0-9]{4}-){2}[0-9]+',
    '([A-Z]+-?)+[0-9]+',
  ])('is usable: %s', (pattern) => {
    expect(problemOfTicketPattern(pattern)).toBeNull()
  })

  it.each([
    ['', 'empty'],
    ['[', 'missing closing ]'],
    ['a\\', 'trailing backslash'],
    ['(a)\\1', 'invalid escape sequence'],
    ['(?=a)', '(?='],
    ['((a{100}){100}){100}', 'invalid repeat count'],
    ['x'.repeat(201), 'longer than 200'],
  ])('is not usable: %s', (pattern, why) => {
    expect(problemOfTicketPattern(pattern)).toContain(why)
  })
})

describe('a ticket', () => {
  it.each([
    ['INC-[0-9]+', 'see INC-1 there', false],
    ['INC-[0-9]+', 'INC-1', true],
    ['^INC-[0-9]+$', 'INC-1', true],
    ['^INC|CHG$', 'INC-1', false],
    ['INC', 'INC\n', false],
    ['a\\$', 'a$', true],
    ['\\p{Lu}+-[0-9]+', 'ÄRGER-1', true],
  ])('is matched whole: %s, %j: %s', (pattern, ticket, expected) => {
    expect(matchesTicket(pattern, ticket)).toBe(expected)
  })

  // Each takes a backtracking engine longer than the age of the universe.
  it.each(['(a+)+!', '(a|a)*b', '(a?){50}a{50}!', '(x+x+)+y', '((a*)*)*!'])(
    'is answered for at once, whatever the pattern: %s',
    (pattern) => {
      const began = performance.now()
      expect(matchesTicket(pattern, 'a'.repeat(100))).toBe(false)
      expect(performance.now() - began).toBeLessThan(1_000)
    },
  )
})

describe('a ticket in a text', () => {
  it.each([
    ['^[A-Z]+-[0-9]+$', 'The totals are wrong (OPS-12, OPS-13).', 'OPS-12'],
    ['^[A-Z]+-[0-9]+$', 'see https://jira.acme.test/browse/OPS-12?focus=1', 'OPS-12'],
    ['#[0-9]+', 'Please look at #42.', '#42'],
    ['acme/shop#[0-9]+', 'As in acme/shop#7: it broke', 'acme/shop#7'],
    ['[A-Z]+-[0-9]+', 'nothing here, ops-12 neither', null],
    ['.+', 'Any word would do but only b4 has a digit', 'b4'],
    ['.+', 'No word with a digit', null],
  ])('is found by %s in %j', (pattern, text, found) => {
    expect(findTicket(pattern, text)).toBe(found)
  })
})
