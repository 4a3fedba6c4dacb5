const SECRET_KEYS = /^(token|authorization|x-slack-signature|client_secret|signing_secret|code|upload_url)$/i
const SECRET_WORDS =
  /\b(xox[abeprs]-|xapp-|xwfp-)[\w-]+|\bv0=[0-9a-f]{16,}|\b(postgres(?:ql)?:\/\/[^:@/\s"]+:)[^@\s"]+(?=@)/gi

/** Masks tokens, signatures and passwords in URLs: somebody may share the window. */
export function mask(value: unknown): unknown {
  if (typeof value === 'string') return maskText(value)
  if (Array.isArray(value)) return value.map(mask)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      SECRET_KEYS.test(key) && typeof inner === 'string' ? '•••' : mask(inner),
    ]),
  )
}

function maskText(text: string): string {
  return text.replace(
    SECRET_WORDS,
    (whole, prefix?: string, url?: string) => `${prefix ?? url ?? whole.slice(0, 3)}•••`,
  )
}
