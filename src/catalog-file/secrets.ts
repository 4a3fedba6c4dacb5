/**
 * Whether a message shows a part of a secret value: six characters in a row, or the whole of a shorter value. Scheme,
 * host and port of a URL are no secrets, and good messages give an example with them.
 */
export function repeatsSecret(message: string, secret: string): boolean {
  const shown = message.toLowerCase()
  const words = new Set(shown.split(/[^\p{L}\p{N}_]+/u))
  return hiddenParts(secret).some((part) => {
    const hidden = part.toLowerCase()
    return hidden.length < 6
      ? words.has(hidden) || (/\W/.test(hidden) && shown.includes(hidden))
      : windows(hidden, 6).some((piece) => shown.includes(piece))
  })
}

function hiddenParts(secret: string): string[] {
  if (!URL.canParse(secret)) return [secret.trim()].filter((part) => part !== '')
  const { username, password, pathname, search, hash } = new URL(secret)
  // Without a password the user name is often a token.
  const credential = password === '' ? username : password
  return [credential, decoded(credential), pathname.replace(/^\/+/, ''), search, hash].filter(
    (part) => part !== '',
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function windows(text: string, size: number): string[] {
  return Array.from({ length: text.length - size + 1 }, (_, start) => text.slice(start, start + size))
}
