import { expect, it } from 'vitest'
import { flavourOf } from './flavour.ts'
import { findPerson } from './people.ts'
import { settingsSchema } from './schema.ts'
import type { Ldap, LdapEntry } from './target.ts'

/** A directory that takes letters with and without accents for the same, as Microsoft's does. */
function answering(names: readonly string[]): Ldap {
  const entry = (name: string): LdapEntry => ({
    dn: `CN=${name},DC=example,DC=com`,
    text: (attribute) => (attribute === 'sAMAccountName' ? [name] : []),
    bytes: (attribute) => (attribute === 'objectGUID' ? Buffer.alloc(16, 1) : null),
  })
  const find: Ldap['find'] = async () => names.map(entry)
  return { find } as Ldap
}

it.each([
  ['josé', 'JOSÉ', true],
  // The same letter, written as two.
  ['jose\u0301', 'josé', true],
  ['josé', 'jose', false],
])('of a directory that answers %j, %j is somebody’s login: %s', async (name, login, isFound) => {
  const settings = settingsSchema.parse({
    directory: 'active-directory',
    url: 'ldaps://dc1.example.com',
    user: 'daypass@example.com',
    password: 'x',
    base: 'DC=example,DC=com',
  })
  const target = { resourceId: 'vault', settings, operation: () => Promise.reject(), close: () => {} }
  const person = await findPerson(target, answering([name]), flavourOf(target), login)
  expect(person?.dn ?? null).toBe(isFound ? `CN=${name},DC=example,DC=com` : null)
})
