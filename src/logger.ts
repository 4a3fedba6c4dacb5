import { type Logger, type LoggerOptions, pino } from 'pino'
import pretty from 'pino-pretty'

export type { Logger } from 'pino'

const censor = '[redacted]'

/** Field names that could bring a secret into a log line by accident. */
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

/** Patterns of secrets inside a sentence, such as the message of an error, each with its replacement. */
const secretShapes: readonly (readonly [RegExp, string])[] = [
  // https://docs.slack.dev/authentication/tokens
  [/\bx(?:ox[a-z](?:\.xox[a-z])?|app)-[\w-]+/g, censor],
  // User and password of a URL.
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s"\\/@]+@/gi, `$1${censor}@`],
  // Such an address allows anybody to post to Slack.
  [/(https:\/\/hooks\.slack\.com\/)[^\s"\\]+/g, `$1${censor}`],
  [/\b(Bearer) [\w.~+/=-]{8,}/gi, `$1 ${censor}`],
]

/** JSON lines on standard output, or readable text on a terminal. Secrets are removed by field name and by pattern. */
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
