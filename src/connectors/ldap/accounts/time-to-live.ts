import type { Ldap } from '../target.ts'

/** Refresh: https://www.rfc-editor.org/rfc/rfc2589#section-4 */
export async function setTimeToLive(ldap: Ldap, dn: string, seconds: number): Promise<void> {
  const writer = new ldap.lib.BerWriter()
  writer.startSequence()
  writer.writeString(dn, 0x80)
  writer.writeInt(seconds, 0x81)
  writer.endSequence()
  await ldap.extended('1.3.6.1.4.1.1466.101.119.1', writer.buffer)
}
