import { RE2JS, RE2JSException } from 're2js'

const longestPattern = 200
/** As the form's field. */
const longestTicket = 100

/** Why a text cannot be a ticket pattern; null when it can. The syntax is RE2's: https://github.com/google/re2/wiki/Syntax */
export function problemOfTicketPattern(pattern: string): string | null {
  if (pattern === '') return 'it is empty'
  if (pattern.length > longestPattern) return `it is longer than ${longestPattern} characters`
  try {
    RE2JS.compile(pattern)
    return null
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    return error.message.replace(/^error parsing regexp: /, '')
  }
}

/** The first word of a text that the pattern matches and that has a digit, as every reference of a tracker does. Null: there is none. */
export function findTicket(pattern: string, text: string): string | null {
  const compiled = RE2JS.compile(pattern)
  const isTicket = (word: string) => /\d/.test(word) && word.length <= longestTicket && compiled.matches(word)
  for (const written of text.split(/\s+/)) {
    const word = written.replace(/^[^\p{L}\p{N}#]+|[^\p{L}\p{N}]+$/gu, '')
    // The last part of an address, such as `https://jira.acme.test/browse/OPS-12`, may be the reference.
    const found = [word, ...word.split(/[/?&=,:;()[\]]+/).reverse()].find(isTicket)
    if (found !== undefined) return found
  }
  return null
}

/**
 * Whether the whole ticket matches. RE2 takes linear time for every pattern and every typed text:
 * https://github.com/google/re2/wiki/WhyRE2
 */
export function matchesTicket(pattern: string, ticket: string): boolean {
  return RE2JS.compile(pattern).matches(ticket)
}
