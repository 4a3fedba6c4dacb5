import { RE2JS, RE2JSException } from 're2js'

const longestPattern = 200

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

/**
 * Whether the whole ticket matches. RE2 takes linear time for every pattern and every typed text:
 * https://github.com/google/re2/wiki/WhyRE2
 */
export function matchesTicket(pattern: string, ticket: string): boolean {
  return RE2JS.compile(pattern).matches(ticket)
}
