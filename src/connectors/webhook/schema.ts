import { z } from 'zod'
import { rangeProblem } from '../../addresses.ts'
import { keyProblem } from '../../standard-webhooks.ts'
import { secretFileSetting, timeoutSetting } from '../_shared/settings.ts'

const urlForm = 'expected https://host/path'

/** Messages never repeat a value: the URL or a secret may stand there. */
function hidden(problemOf: (text: string) => string | null) {
  return z.string().check((ctx) => {
    const problem = problemOf(ctx.value)
    if (problem) ctx.issues.push({ code: 'custom', message: problem, input: undefined })
  })
}

const range = z.string().check((ctx) => {
  const problem = rangeProblem(ctx.value)
  if (problem) ctx.issues.push({ code: 'custom', message: problem, input: ctx.value })
})

/** The connector's settings in the catalog. */
export const settingsSchema = z
  .strictObject({
    url: hidden(urlProblem).describe(
      'The URL of the receiver, to which every call is posted: https://host/path',
    ),
    secrets: z
      .array(hidden(keyProblem))
      .min(1)
      .max(2, 'two secrets at most: the present one and, while it is being replaced, the next one')
      .optional()
      .describe(
        'The secrets that sign each call, whsec_ and base64: one, or two while they are being replaced',
      ),
    secretFile: secretFileSetting('the secrets instead, one on each line, two at most'),
    signedAnswers: z
      .boolean()
      .default(false)
      .describe('The receiver signs its answers in the same way. Other answers are refused then'),
    reads: z
      .boolean()
      .default(false)
      .describe(
        'The receiver answers access.read: Daypass asks it after each grant and revocation, and now and then',
      ),
    lists: z
      .boolean()
      .default(false)
      .describe(
        'The receiver answers access.list: Daypass compares its list with the leases every few minutes',
      ),
    credentials: z
      .boolean()
      .default(false)
      .describe('The receiver answers access.credentials, for the holder of a lease. Only over https'),
    allowAddresses: z
      .array(range)
      .default([])
      .describe(
        'Private, loopback and other special addresses that may be called all the same: [10.20.0.0/16]',
      ),
    allowHttp: z
      .boolean()
      .default(false)
      .describe('Permits a URL without TLS: anybody on the way can read it'),
    caFile: z
      .string()
      .min(1)
      .optional()
      .describe('A PEM file with the CA of the receiver, where it is not a public one'),
    residual: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe(
        'Access that can outlive the end, as a sentence: CRM sessions opened before may go on for up to 8h.',
      ),
    timeout: timeoutSetting(10),
  })
  .refine(({ secrets, secretFile }) => (secrets === undefined) !== (secretFile === undefined), {
    path: ['secrets'],
    message: 'name either `secrets` or `secretFile`',
  })
  .refine(({ url, allowHttp }) => allowHttp || !isPlain(url), {
    path: ['url'],
    message:
      'without TLS anybody on the way can read and change the calls: use https, or set `allowHttp: true`',
  })
  .refine(({ url, credentials }) => !credentials || !isPlain(url), {
    path: ['credentials'],
    message: 'credentials are only asked for over https',
  })
export type WebhookSettings = z.output<typeof settingsSchema>

const parameter = z.union([z.string().max(2_000), z.number(), z.boolean(), z.array(z.string().max(2_000))])

/** The connector's own part of an entitlement: what the receiver is to give. */
export const entitlementSchema = z.strictObject({
  parameters: z
    .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/), parameter)
    .default({})
    .describe('Sent to the receiver as they stand here: { role: editor, spaces: [eu, us] }'),
  login: z
    .string()
    .min(1)
    .max(60)
    .optional()
    .describe('The access is given to an existing login, of this name for people: CRM login'),
})
export type WebhookEntitlement = z.output<typeof entitlementSchema>

function urlProblem(text: string): string | null {
  if (!URL.canParse(text)) return `not a URL: ${urlForm}`
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return urlForm
  if (url.username !== '' || url.password !== '')
    return 'user and password are not sent: the signature says who calls'
  return url.hash === '' ? null : 'leave out the part after #: it is never sent'
}

function isPlain(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'http:'
}
