/** Forms of secrets that people paste by mistake. */
const forms: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/,
  /\bglpat-[A-Za-z0-9_-]{16,}/,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,}/,
  /\bsk_(?:live|test)_[A-Za-z0-9]{16,}/,
  /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\./,
  // A user with a password in an address.
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/i,
  // A word for a secret, followed by something that has a digit or a sign and is no address.
  /\b(?:passwor[dt]|passwd|pwd|passphrase|secret|token|api[ _-]?key|pin)\b["']?\s*(?:[:=]|\bis\b)\s*["']?(?!https?:\/\/)(?=\S*[\d!#$%&*+^~?@])\S{4,}/i,
]

/** Whether a text looks as if it held a password, a key or a token. It finds common forms only. */
export function looksLikeSecret(text: string): boolean {
  return forms.some((form) => form.test(text))
}
