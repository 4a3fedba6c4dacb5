import { type Logger, pino } from 'pino'

export type { Logger } from 'pino'

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

/** JSON lines on standard output; read them with `pino-pretty`. Secrets are cut out by name, at the top and one level down. */
export function createLogger(level: string): Logger {
  const paths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  return pino({
    level,
    redact: { paths, censor: '[redacted]' },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  })
}
