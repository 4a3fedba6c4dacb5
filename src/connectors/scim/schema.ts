import { z } from 'zod'
import { describeDurationProblem, parseDuration } from '../../domain/duration.ts'
import { addressSetting } from '../_shared/address-setting.ts'
import { secretFileSetting, timeoutSetting } from '../_shared/settings.ts'

const secret = (what: string) =>
  z.string().min(1).optional().describe(`${what}. Let it come from the environment`)

/** Exactly one of two keys, of which one holds a secret and the other names a file with it. */
const eitherSecret = <Key extends string>(key: Key, file: `${Key}File`) => ({
  check: (value: Partial<Record<Key | `${Key}File`, unknown>>) =>
    (value[key] === undefined) !== (value[file] === undefined),
  params: { path: [key], message: `write either \`${key}\` or \`${file}\`` },
})

const clientSecret = eitherSecret('clientSecret', 'clientSecretFile')
const token = eitherSecret('token', 'tokenFile')

const oauth = z
  .strictObject({
    tokenUrl: addressSetting().describe('The token endpoint'),
    clientId: z.string().min(1).describe('The id of the client that Daypass is there'),
    clientSecret: secret('The secret of the client'),
    clientSecretFile: secretFileSetting('the secret of the client'),
    scope: z.string().min(1).optional().describe('The scopes to ask for, with blanks between them'),
    secretIn: z
      .enum(['header', 'body'])
      .default('header')
      .describe('Where the endpoint takes id and secret: header (HTTP Basic) or body'),
  })
  .refine(clientSecret.check, clientSecret.params)

const userAttribute = z
  .enum(['userName', 'externalId', 'email'])
  .default('userName')
  .describe(
    'The attribute of the SCIM user by which the vendor knows the person: userName, externalId or email',
  )

const okta = z
  .strictObject({
    vendor: z.literal('okta').describe('Whose sessions are ended'),
    url: addressSetting().describe('The address of the organisation: https://acme.okta.com'),
    token: secret('An API token of Okta'),
    tokenFile: secretFileSetting('the API token of Okta'),
    oauthTokens: z
      .boolean()
      .default(true)
      .describe('Whether tokens that applications have for the person end too; true unless set'),
    user: userAttribute,
  })
  .refine(token.check, token.params)

const entra = z
  .strictObject({
    vendor: z.literal('entra').describe('Whose sessions are ended'),
    tenant: z
      .string()
      .regex(/^[A-Za-z0-9.-]+$/, 'expected the id or a domain of the tenant')
      .describe('The tenant: its id, or one of its domains'),
    clientId: z.string().min(1).describe('The id of the app registration'),
    clientSecret: secret('The secret of the app registration'),
    clientSecretFile: secretFileSetting('the secret of the app registration'),
    graphUrl: addressSetting()
      .default('https://graph.microsoft.com')
      .describe('Where Microsoft Graph is, where it is not https://graph.microsoft.com'),
    loginUrl: addressSetting()
      .default('https://login.microsoftonline.com')
      .describe('Where tokens are issued, where that is not https://login.microsoftonline.com'),
    user: userAttribute,
  })
  .refine(clientSecret.check, clientSecret.params)

const google = z.strictObject({
  vendor: z.literal('google').describe('Whose sessions are ended'),
  serviceAccountFile: z
    .string()
    .min(1)
    .describe('The key file (JSON) of a service account with domain-wide delegation, read again each time'),
  admin: z
    .string()
    .regex(/^[^\s@]+@[^\s@]+$/, 'expected the address of an administrator')
    .describe('The administrator in whose name the service account acts'),
  adminUrl: addressSetting()
    .default('https://admin.googleapis.com')
    .describe('Where the Admin SDK is, where it is not https://admin.googleapis.com'),
  user: userAttribute,
})

/** The connector's settings in the catalog. Messages never repeat secrets. */
export const settingsSchema = z
  .strictObject({
    url: addressSetting().describe(
      'The base of the SCIM server, above /Users and /Groups: https://…/scim/v2',
    ),
    token: secret('The bearer token'),
    tokenFile: secretFileSetting('the bearer token'),
    oauth: oauth.optional().describe('Where tokens are fetched with client credentials, in place of `token`'),
    login: z
      .enum(['userName', 'id', 'externalId'])
      .default('userName')
      .describe(
        'The attribute of a user that the confirmed login is: userName, id or externalId. An id never passes to another user',
      ),
    patch: z
      .boolean()
      .default(true)
      .describe(
        'false: the server takes no PATCH. Groups are then replaced as a whole, which needs versions (ETag)',
      ),
    operations: z
      .enum(['lower', 'capitalised'])
      .default('lower')
      .describe('How the server wants operations of a PATCH: add, or Add as Entra sends it'),
    removal: z
      .enum(['path', 'value'])
      .default('path')
      .describe(
        'How a PATCH names the member to remove: in the path, as the standard has it, or as a value. Other servers take the latter for all members',
      ),
    findMembers: z
      .enum(['group', 'members.value', 'members'])
      .default('group')
      .describe(
        'How members are read: from the group, or for groups that do not list them by a filter on this attribute',
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
        'How long a session of the application lasts at most: 8h. Messages then say until when access may go on',
      ),
    sessions: z
      .discriminatedUnion('vendor', [okta, entra, google])
      .optional()
      .describe('The identity provider at which the sessions of the person are ended'),
    timeout: timeoutSetting(15),
  })
  .refine(
    (value) => [value.token, value.tokenFile, value.oauth].filter((one) => one !== undefined).length === 1,
    { path: ['token'], message: 'write one of `token`, `tokenFile` and `oauth`' },
  )
  .refine(({ patch, findMembers }) => patch || findMembers === 'group', {
    path: ['findMembers'],
    message: 'with `patch: false` the whole group is written, so it must list its members: `group`',
  })
export type ScimSettings = z.output<typeof settingsSchema>
export type OauthSettings = NonNullable<ScimSettings['oauth']>
export type SessionSettings = NonNullable<ScimSettings['sessions']>

/** The connector's own part of an entitlement: the group of which the holder becomes a member. */
export const entitlementSchema = z.strictObject({
  group: z
    .string()
    .min(1)
    .max(256)
    .regex(/^(?!\.{1,2}$)[^\p{Cc}]+$/u, 'this cannot be the id of a group')
    .describe('The id of the group at the server. Not its name, which may change or be that of two'),
})
export type ScimEntitlement = z.output<typeof entitlementSchema>
