import { type Logger, type LoggerOptions, pino } from 'pino'
import pretty from 'pino-pretty'

export type { Logger } from 'pino'

const censor = '[redacted]'

/** Names under which a secret could come into a log line by accident. */
const secretNames = [
  'token',
  'authorization',
  'password',
  'secret',
  'signingSecret',
  'botToken',
  'appToken',
  'url',
  'response_url',
]

/** What a secret looks like inside a sentence, such as the message of an error. What is put in its place. */
const secretShapes: readonly (readonly [RegExp, string])[] = [
  // https://docs.slack.dev/authentication/tokens
  [/\bx(?:ox[a-z](?:\.xox[a-z])?|app)-[\w-]+/g, censor],
  // User and password of a URL.
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s"\\/@]+@/gi, `$1${censor}@`],
  // Whoever has such an address may post to Slack with it.
  [/(https:\/\/hooks\.slack\.com\/)[^\s"\\]+/g, `$1${censor}`],
  [/\b(Bearer) [\w.~+/=-]{8,}/gi, `$1 ${censor}`],
]

/** JSON lines on standard output, or words where a person watches a terminal. Secrets are cut out by name and by shape. */
export function createLogger(level: string): Logger {
  const paths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  const options: LoggerOptions = {
    level,
    redact: { paths, censor },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  const output = process.stdout.isTTY
    ? pretty({ ignore: 'pid,hostname' })
    : pino.destination({ dest: 1, sync: true })
  return pino(options, { write: (line) => output.write(withoutSecrets(line)) })
}

function withoutSecrets(line: string): string {
  return secretShapes.reduce((text, [shape, replacement]) => text.replace(shape, replacement), line)
}
