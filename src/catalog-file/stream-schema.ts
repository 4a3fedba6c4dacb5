import { isIP } from 'node:net'
import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { type StreamDestination, type StreamRules, streamFormats } from '../domain/record/stream-rules.ts'
import { keyProblem } from '../standard-webhooks.ts'
import { addressRange, duration, line, problem } from './values.ts'

/** Messages never repeat a value: a secret may stand there. */
function hidden(problemOf: (text: string) => string | null) {
  return z.string().check((ctx) => {
    const what = problemOf(ctx.value)
    if (what !== null) ctx.issues.push({ code: 'custom', message: what, input: undefined })
  })
}

const connection = {
  allowAddresses: z
    .array(addressRange)
    .default([])
    .describe(
      'Private, loopback and other special addresses that may be called all the same: [10.20.0.0/16]',
    ),
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe('A PEM file with the CA of the destination, where it is not a public one'),
}

const overHttp = {
  ...connection,
  url: hidden(urlProblem).describe('Its URL: https://host/path'),
  allowHttp: z
    .boolean()
    .default(false)
    .describe('Permits a URL without TLS: anybody on the way can read the audit log'),
}

const secret = hidden((text) => (text.trim() === '' ? problem('This is empty.', 'Name a variable.') : null))

const kinds = {
  webhook: z.strictObject({
    ...overHttp,
    secrets: z
      .array(hidden((text) => keyProblem(text)))
      .min(1)
      .max(2)
      .describe('The secrets that sign each batch, whsec_ and base64: one, or two while they are replaced'),
  }),
  file: z.strictObject({
    path: z
      .string()
      .refine(isAbsolute, problem('This is no absolute path.', 'Write `/var/log/daypass/audit.jsonl`.'))
      .describe('A file, to which one line is added for each event. It may be renamed at any time'),
  }),
  syslog: z.strictObject({
    ...connection,
    host: line(253)
      .refine(
        (text) => isIP(text) > 0 || /^[A-Za-z0-9._-]+$/.test(text),
        problem('This is no name of a host.', 'Write `logs.example.com`.'),
      )
      .describe('The host of the receiver'),
    port: z.int().min(1).max(65_535).default(6514).describe('Its port for syslog over TLS'),
    certFile: z
      .string()
      .min(1)
      .optional()
      .describe('A PEM file with the certificate of Daypass, where one is asked for'),
    keyFile: z.string().min(1).optional().describe('A PEM file with the key of that certificate'),
  }),
  kafka: z.strictObject({
    ...overHttp,
    topic: line(249).describe('The topic'),
    authorization: secret.optional().describe('The header Authorization, from a variable of the environment'),
  }),
  splunk: z.strictObject({
    ...overHttp,
    token: secret.describe('The token of the HTTP Event Collector, from a variable of the environment'),
    index: line(200).optional().describe('The index, where it is not the one of the token'),
  }),
  elastic: z.strictObject({
    ...overHttp,
    index: line(255).describe('The index or the data stream'),
    apiKey: secret.describe('The API key, encoded, from a variable of the environment'),
  }),
}
const kindNames = Object.keys(kinds) as (keyof typeof kinds)[]

const streamSchema = z
  .strictObject({
    id: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9-]{0,39}$/,
        problem('This is no id.', 'Write small letters, digits and `-`: `soc`.'),
      )
      .describe('Its name. The position of the stream is kept under it'),
    format: z.enum(streamFormats).describe('The schema of the events. `daypass`: as the log holds them'),
    ocsf: z.enum(['1.8', '1.9']).default('1.8').describe('The version of OCSF'),
    from: z
      .enum(['beginning', 'now'])
      .default('beginning')
      .describe('Where a new stream starts: at the first event, or with those after its start'),
    batch: z.int().min(1).max(1_000).default(200).describe('How many events go together at the most'),
    timeout: duration.prefault('20s').describe('How long one batch may take. It is sent again after that'),
    tellAfter: duration
      .prefault('15m')
      .describe('Security is told when the destination has taken nothing for so long'),
    webhook: kinds.webhook.optional().describe('An HTTP receiver: one event a line, signed'),
    file: kinds.file.optional().describe('A file on this machine'),
    syslog: kinds.syslog.optional().describe('A syslog receiver over TLS'),
    kafka: kinds.kafka.optional().describe('A REST proxy of Kafka'),
    splunk: kinds.splunk.optional().describe('The HTTP Event Collector of Splunk'),
    elastic: kinds.elastic.optional().describe('The bulk API of Elasticsearch'),
  })
  .check((ctx) => {
    const stream = ctx.value
    const say = (path: string[], what: string, remedy: string) =>
      ctx.issues.push({ code: 'custom', path, message: problem(what, remedy), input: undefined })
    const named = kindNames.filter((kind) => stream[kind] !== undefined)
    if (named.length !== 1)
      say(
        [],
        'A stream has one destination.',
        `Write one of ${kindNames.map((kind) => `\`${kind}\``).join(', ')}.`,
      )
    for (const kind of named) {
      const to = stream[kind]
      if (to && 'url' in to && !to.allowHttp && to.url.startsWith('http:'))
        say(
          [kind, 'url'],
          'Without TLS anybody on the way can read the audit log.',
          'Use https, or set `allowHttp: true`.',
        )
    }
    const { syslog, timeout } = stream
    if (syslog && (syslog.certFile === undefined) !== (syslog.keyFile === undefined))
      say(['syslog'], 'A certificate needs its key.', 'Name both `certFile` and `keyFile`, or neither.')
    if (timeout > 300 || timeout < 1) say(['timeout'], 'This is not between 1s and 5m.', 'Write `20s`.')
  })

export const auditSchema = z.strictObject({
  stream: z
    .array(streamSchema)
    .max(20)
    .check((ctx) => {
      const ids = ctx.value.map(({ id }) => id)
      const again = ids.findIndex((id, at) => ids.indexOf(id) !== at)
      if (again >= 0)
        ctx.issues.push({
          code: 'custom',
          path: [again, 'id'],
          message: problem('Another stream has this id.', 'Give each stream an id of its own.'),
          input: undefined,
        })
    })
    .default([])
    .describe('Places outside that get every event of the audit log: docs/siem.md'),
})

export function streamRules({ stream }: z.output<typeof auditSchema>): StreamRules[] {
  return stream.map((one) => ({
    id: one.id,
    format: one.format,
    ocsfVersion: one.ocsf,
    from: one.from,
    batch: one.batch,
    timeoutSeconds: one.timeout,
    tellAfterSeconds: one.tellAfter,
    to: destinationOf(one),
  }))
}

function destinationOf(stream: z.output<typeof streamSchema>): StreamDestination {
  const { webhook, file, syslog, kafka, splunk, elastic } = stream
  if (webhook)
    return { kind: 'webhook', url: webhook.url, secrets: webhook.secrets, ...connectionOf(webhook) }
  if (syslog) {
    const { host, port, certFile, keyFile } = syslog
    const client = certFile !== undefined && keyFile !== undefined ? { certFile, keyFile } : null
    return { kind: 'syslog', host, port, client, ...connectionOf(syslog) }
  }
  if (kafka) {
    const { url, topic, authorization = null } = kafka
    return { kind: 'kafka', url, topic, authorization, ...connectionOf(kafka) }
  }
  if (splunk) {
    const { url, token, index = null } = splunk
    return { kind: 'splunk', url, token, index, ...connectionOf(splunk) }
  }
  if (elastic) {
    const { url, index, apiKey } = elastic
    return { kind: 'elastic', url, index, apiKey, ...connectionOf(elastic) }
  }
  if (file) return { kind: 'file', path: file.path }
  throw new Error(`The stream ${stream.id} has no destination, and the schema accepted it`)
}

function connectionOf({ allowAddresses, caFile }: { allowAddresses: string[]; caFile?: string | undefined }) {
  return { allowAddresses, ...(caFile === undefined ? {} : { caFile }) }
}

function urlProblem(text: string): string | null {
  const form = problem('This is no URL.', 'Write `https://host/path`.')
  if (!URL.canParse(text)) return form
  const { protocol, username, password, hash } = new URL(text)
  if (protocol !== 'https:' && protocol !== 'http:') return form
  if (username !== '' || password !== '')
    return problem('User and password in a URL are not sent.', 'Leave them out.')
  return hash === '' ? null : problem('The part after # is never sent.', 'Leave it out.')
}
