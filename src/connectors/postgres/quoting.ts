/** Longest identifier that Postgres keeps whole, in bytes; longer ones are cut silently and may then name something else. */
export const maxIdentifierBytes = 63

/** An identifier, quoted for any content. Throws `TypeError` for what no Postgres identifier can be. */
export function quoteIdentifier(name: string): string {
  const problem = identifierProblem(name)
  if (problem) throw new TypeError(problem)
  return `"${name.replaceAll('"', '""')}"`
}

/** A string constant for utility statements, which take no parameters. Throws `TypeError` for text that Postgres cannot hold. */
export function quoteLiteral(text: string): string {
  if (isUnstorable(text)) throw new TypeError('text holds a NUL or half a character')
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
  // E'' reads backslashes the same way for every value of standard_conforming_strings.
  return text.includes('\\') ? `E${quoted}` : quoted
}

/** The fault of `name` as a Postgres identifier, as text; null if there is none. */
export function identifierProblem(name: string): string | null {
  if (name === '') return 'a name must not be empty'
  if (isUnstorable(name)) return 'a name must not hold a NUL or half a character'
  const bytes = Buffer.byteLength(name)
  return bytes > maxIdentifierBytes
    ? `a name is at most ${maxIdentifierBytes} bytes in Postgres, this one has ${bytes}`
    : null
}

function isUnstorable(text: string): boolean {
  return text.includes('\0') || /\p{Surrogate}/u.test(text)
}
