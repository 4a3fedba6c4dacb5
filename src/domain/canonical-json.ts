import canonicalize from 'canonicalize'

/**
 * The one text of a value as JSON, so that others compute the same hash of it (RFC 8785, https://www.rfc-editor.org/rfc/rfc8785).
 * Throws for what JSON cannot hold.
 */
export function canonicalJson(value: object | string | number | boolean | null): string {
  const text = canonicalize(value)
  if (text === undefined) throw new Error('The value cannot be written as JSON.')
  return text
}
