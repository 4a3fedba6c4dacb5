/** The login that stands for a subject. It names the issuer, because another one gives the same subject to somebody else. */
export function signInLogin({ subject, issuer }: { subject: string; issuer: string }): string {
  return `${subject} at ${issuer}`
}
