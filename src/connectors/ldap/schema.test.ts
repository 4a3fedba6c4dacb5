import { describe, expect, it } from 'vitest'
import { ldap } from './connector.ts'
import { entitlementSchema, settingsSchema } from './schema.ts'

const base = {
  directory: 'openldap',
  url: 'ldaps://ldap.example.com',
  user: 'cn=daypass,dc=example,dc=com',
  password: 's3cret',
  base: 'dc=example,dc=com',
}
const messagesOf = (changes: object) => {
  const read = settingsSchema.safeParse({ ...base, ...changes })
  return read.success ? [] : read.error.issues.map(({ message }) => message)
}

describe('settings of ldap', () => {
  it.each([
    [{}, true],
    [{ url: 'ldap://ldap.example.com', startTls: true }, true],
    [{ url: 'ldap://ldap.example.com' }, false],
    [{ url: 'ldap://ldap.example.com', unencrypted: true }, true],
    [{ url: 'ldap://127.0.0.1:1389' }, true],
    [{ url: 'ldap://[::1]' }, true],
    [{ url: 'ldap://127.0.0.1.example.com' }, false],
    [{ url: 'ldap://localhost' }, true],
    [{ startTls: true }, false],
    [{ url: 'ldaps://daypass:s3cret@ldap.example.com' }, false],
    [{ url: 'ldaps://ldap.example.com/dc=example' }, false],
    [{ url: 'https://ldap.example.com' }, false],
    [{ password: undefined }, false],
    [{ passwordFile: '/run/secrets/ldap' }, false],
    [{ password: '' }, false],
    [{ login: 'sAMAccountName' }, false],
    [{ login: 'sAMAccountName', directory: 'active-directory' }, true],
    [{ accounts: { under: 'ou=leases,dc=example,dc=com', dynamicObjects: true } }, true],
    [{ directory: 'active-directory', accounts: { under: 'ou=x', dynamicObjects: true } }, false],
    [{ directory: 'active-directory', accounts: { under: 'ou=x' }, url: 'ldap://127.0.0.1' }, false],
  ])('%j: %s', (changes, isTaken) => {
    const messages = messagesOf(changes)
    expect(messages.length === 0).toBe(isTaken)
    for (const message of messages) expect(message).not.toContain('s3cret')
  })

  it('the worth of an end follows from them', () => {
    const of = (changes: object) =>
      ldap.readSettings((schema) => schema.parse({ ...base, ...changes }))?.assurance
    const accounts = { under: 'ou=leases,dc=example,dc=com' }
    expect(of({})).toMatchObject({
      proof: 'real',
      nativeExpiry: false,
      residual: expect.stringContaining('onnections'),
    })
    expect(of({ accounts })?.nativeExpiry).toBe(false)
    expect(of({ accounts: { ...accounts, dynamicObjects: true } })?.nativeExpiry).toBe(true)
    expect(of({ accounts, directory: 'active-directory' })).toMatchObject({
      nativeExpiry: true,
      residual: expect.stringContaining('Kerberos'),
    })
  })

  it.each(['', 'vault', 'cn=a\nb,dc=x', '=x'])('%j is no DN of a group', (group) => {
    expect(entitlementSchema.safeParse({ group }).success).toBe(false)
  })
})
