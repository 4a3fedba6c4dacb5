import { randomBytes } from 'node:crypto'
import type { Ldap, Target } from '../target.ts'

/** With capitals, small letters, digits and signs, which the usual rules for passwords want. */
export function freshPassword(): string {
  return `${randomBytes(24).toString('base64url')}-Aa1`
}

/** Only this password lets somebody in from now on. */
export async function setPassword(
  { settings }: Pick<Target, 'settings'>,
  ldap: Ldap,
  dn: string,
  password: string,
): Promise<void> {
  if (settings.directory === 'openldap') return modifyPassword(ldap, dn, password)
  // Active Directory goes on to take the former password for an hour, but not the one before that.
  for (const next of [freshPassword(), password]) {
    const values = [unicodePassword(next)]
    await ldap.modify(dn, [{ operation: 'replace', attribute: 'unicodePwd', values }])
  }
}

/** In quotes and as UTF-16: https://learn.microsoft.com/openspecs/windows_protocols/ms-adts/6e803168-f140-4d23-b2d3-c3a8ab5917d2 */
export function unicodePassword(password: string): Buffer {
  return Buffer.from(`"${password}"`, 'utf16le')
}

/** The directory hashes the password in its own way: https://www.rfc-editor.org/rfc/rfc3062 */
async function modifyPassword(ldap: Ldap, dn: string, password: string): Promise<void> {
  const writer = new ldap.lib.BerWriter()
  writer.startSequence()
  writer.writeString(dn, 0x80)
  writer.writeString(password, 0x82)
  writer.endSequence()
  await ldap.extended('1.3.6.1.4.1.4203.1.11.1', writer.buffer)
}
