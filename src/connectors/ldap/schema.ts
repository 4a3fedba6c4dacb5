import { z } from 'zod'
import { describeDurationProblem, parseDuration } from '../../domain/duration.ts'
import { secretFileSetting, timeoutSetting } from '../_shared/settings.ts'

const dn = z
  .string()
  .min(3)
  .max(1024)
  .regex(/^[^\p{Cc}=]+=[^\p{Cc}]*$/u, 'expected a DN: cn=name,ou=folder,dc=example,dc=com')

const urlForm = 'expected ldaps://host, or ldap://host with `startTls: true`'

/** The connector's settings in the catalog. Messages never repeat secrets. */
export const settingsSchema = z
  .strictObject({
    directory: z
      .enum(['openldap', 'active-directory'])
      .describe('What the directory is: openldap or active-directory (also Samba). Their answers differ'),
    url: z
      .string()
      .check((ctx) => {
        const problem = urlProblem(ctx.value)
        if (problem) ctx.issues.push({ code: 'custom', message: problem, input: undefined })
      })
      .describe(
        'How Daypass reaches the directory: ldaps://host:636, or ldap://host:389. Name one server that takes changes',
      ),
    startTls: z.boolean().default(false).describe('true: encrypt a connection to ldap:// with StartTLS'),
    caFile: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A file with the certificates (PEM) of the authorities that are trusted, in place of the usual ones',
      ),
    unencrypted: z
      .boolean()
      .default(false)
      .describe('true: ldap:// to another machine without encryption. Passwords can be read on the way'),
    user: z
      .string()
      .min(1)
      .describe('The account of Daypass: its DN, or in Active Directory also name@domain'),
    password: z
      .string()
      .min(1)
      .optional()
      .describe('The password of the account. Let it come from the environment'),
    passwordFile: secretFileSetting('the password of the account'),
    base: dn.describe('The DN below which people and groups are: dc=example,dc=com'),
    people: dn.optional().describe('The DN below which a login is looked for; `base` unless set'),
    login: z
      .enum(['dn', 'uid', 'mail', 'sAMAccountName', 'userPrincipalName'])
      .optional()
      .describe(
        'What the confirmed login is: dn, uid, mail, sAMAccountName or userPrincipalName. Unless set, sAMAccountName in Active Directory and uid elsewhere',
      ),
    placeholder: dn
      .optional()
      .describe(
        'A DN of nobody that becomes a member when the last one leaves a group that may not be empty (groupOfNames)',
      ),
    sessionsLast: z
      .string()
      .transform((text, context) => {
        const read = parseDuration(text)
        if (read.ok) return read.seconds
        context.addIssue({ code: 'custom', message: describeDurationProblem(read.problem, text) })
        return z.NEVER
      })
      .optional()
      .describe(
        'How long tickets and sessions last at most that were opened before the end: 10h. Messages then say until when',
      ),
    accounts: z
      .strictObject({
        under: dn.describe('The DN of the folder of these entries. Nothing else may be in it'),
        dynamicObjects: z
          .boolean()
          .default(false)
          .describe('true: OpenLDAP deletes an entry at the end of the lease by itself (overlay dds)'),
        publicUrl: z
          .string()
          .min(1)
          .optional()
          .describe('Where people log in, as they read it; `url` unless set'),
      })
      .optional()
      .describe(
        'Each lease gets an entry of its own. Absent: leases are for logins that people have already',
      ),
    timeout: timeoutSetting(10),
  })
  .refine(({ password, passwordFile }) => (password === undefined) !== (passwordFile === undefined), {
    path: ['password'],
    message: 'write either `password` or `passwordFile`',
  })
  .refine(({ url, startTls }) => !(startTls && url.startsWith('ldaps:')), {
    path: ['startTls'],
    message: 'ldaps:// is encrypted already: leave `startTls` out, or write ldap://',
  })
  .refine(({ url, startTls, unencrypted }) => startTls || unencrypted || isEncrypted(url) || isHere(url), {
    path: ['url'],
    message: `the password would be sent without encryption: ${urlForm}`,
  })
  .refine(
    ({ directory, accounts, url, startTls }) =>
      !accounts || directory === 'openldap' || startTls || isEncrypted(url),
    {
      path: ['url'],
      message: `Active Directory takes passwords of accounts only over an encrypted connection: ${urlForm}`,
    },
  )
  .refine(({ directory, accounts }) => !accounts?.dynamicObjects || directory === 'openldap', {
    path: ['accounts', 'dynamicObjects'],
    message:
      'this is of OpenLDAP. In Active Directory `accountExpires` ends the account, which needs no setting',
  })
  .refine(
    ({ directory, login }) => directory === 'active-directory' || !login || !/^(sAM|userP)/.test(login),
    {
      path: ['login'],
      message: 'OpenLDAP does not know this attribute: expected dn, uid or mail',
    },
  )
export type LdapSettings = z.output<typeof settingsSchema>

/** The connector's own part of an entitlement: the group of which the holder, or the entry of the lease, becomes a member. */
export const entitlementSchema = z.strictObject({
  group: dn
    .optional()
    .describe('The DN of the group. May be absent only where each lease has an entry of its own'),
  attribute: z
    .enum(['member', 'uniqueMember', 'memberUid'])
    .default('member')
    .describe('The attribute that lists the members: member, uniqueMember or memberUid'),
})
export type LdapEntitlement = z.output<typeof entitlementSchema>

function urlProblem(text: string): string | null {
  if (!URL.canParse(text)) return `not a URL: ${urlForm}`
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(text)
  if (username !== '' || password !== '') return 'a URL with a password: write it under `password`'
  if (!['ldap:', 'ldaps:'].includes(protocol) || hostname === '') return urlForm
  return pathname.replace('/', '') + search + hash === '' ? null : `nothing may follow the port: ${urlForm}`
}

function isEncrypted(url: string): boolean {
  return url.startsWith('ldaps:')
}

function isHere(url: string): boolean {
  return URL.canParse(url) && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(url).hostname)
}
