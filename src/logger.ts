import { type Logger, type LoggerOptions, pino } from 'pino'
import pretty from 'pino-pretty'

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

/** JSON lines on standard output, or words where a person watches a terminal. Secrets are cut out by name, at the top and one level down. */
export function createLogger(level: string): Logger {
  const paths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  const options: LoggerOptions = {
    level,
    redact: { paths, censor: '[redacted]' },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  }
  return process.stdout.isTTY ? pino(options, pretty({ ignore: 'pid,hostname' })) : pino(options)
}
