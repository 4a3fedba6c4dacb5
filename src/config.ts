import { join } from 'node:path'
import { z } from 'zod'

/** Everything that Daypass reads from its environment. Secrets are the strings named `...Token`, `...Secret` and URLs. */
export interface Config {
  readonly slack: SlackConfig
  readonly database:
    | {
        readonly kind: 'url'
        readonly url: string
        /** The owner of the tables, who migrates. Null: `url` does. */
        readonly migrationUrl: string | null
      }
    | { readonly kind: 'embedded'; readonly directory: string }
  /** Null: the queues live in Postgres. */
  readonly redisUrl: string | null
  /** Files of this installation: the embedded Postgres, the key of the record. */
  readonly directory: string
  readonly logKey: {
    /** PEM. Null: `record-key.pem` in `directory`, made at the first start. */
    readonly file: string | null
    /** Signs in place of the file, which then holds the public key. */
    readonly command: string | null
  }
  /** Encrypts outputs of actions. Made when it is first needed. */
  readonly outputKeyFile: string
  readonly http: { readonly host: string; readonly port: number }
  /** The origin at which browsers reach the HTTP server: `https://daypass.example.com`. Null: nobody can prove who they are. */
  readonly publicOrigin: string | null
  readonly catalogPath: string
  readonly policiesPath: string
  readonly logLevel: string
}

export interface SlackConfig {
  readonly botToken: string
  readonly apiUrl: string
  readonly delivery:
    | { readonly kind: 'http'; readonly signingSecret: string }
    | { readonly kind: 'socket'; readonly appToken: string }
}

/** The environment cannot be used. The message names each variable and the remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const blankIsAbsent = (value: unknown) =>
  typeof value === 'string' && value.trim() === '' ? undefined : value
const optional = <T extends z.ZodType>(type: T) => z.preprocess(blankIsAbsent, type.optional())

/** The fault of a Postgres URL, as text that holds no part of it. Null: no fault. */
function faultOfDatabaseUrl(url: string): string | null {
  if (!/^postgres(ql)?:\/\//.test(url)) return `must look like ${databaseUrlExample}`
  // Postgres accepts several hosts in one URL, but `URL` does not.
  const oneHost = url.replace(/,[^@/?#]*(?=[/?#]|$)/, '')
  if (!URL.canParse(oneHost) || new URL(oneHost).hash !== '') {
    return `cannot be read as a URL. It must look like ${databaseUrlExample}. ${encodeRemedy}`
  }
  const { username, password, pathname } = new URL(oneHost)
  const broken = Object.entries({ user: username, password, database: pathname }).find(
    ([, part]) => !isPercentEncoded(part),
  )
  return broken
    ? `has a % in its ${broken[0]} that does not begin an escape such as %40. ${encodeRemedy}`
    : null
}

/** A passkey belongs to a domain name, and browsers give one only over HTTPS: https://www.w3.org/TR/webauthn-3/#rp-id */
function faultOfPublicUrl(url: string): string | null {
  const example = 'Write it as https://daypass.example.com'
  if (!URL.canParse(url)) return `cannot be read as a URL. ${example}`
  const { protocol, hostname, pathname, search, hash } = new URL(url)
  if (pathname !== '/' || search !== '' || hash !== '') return `must have no path. ${example}`
  if (/^\[|^[\d.]+$/.test(hostname)) return `must name a domain and not an address. ${example}`
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost')
  if (protocol === 'https:' || (protocol === 'http:' && isLocal)) return null
  return `must begin with https://, except on localhost. ${example}`
}

const databaseUrlExample = 'postgres://user:password@host:5432/daypass'
const encodeRemedy =
  'Percent-encode special characters of user and password: %25 for %, %40 for @, %3A for :, %2F for /, %3F for ?, %23 for #'

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

const databaseUrl = z.string().superRefine((url, { addIssue }) => {
  const message = faultOfDatabaseUrl(url)
  if (message) addIssue({ code: 'custom', message })
})

const variables = z.object({
  SLACK_BOT_TOKEN: optional(
    z.string().startsWith('xoxb-', 'must be the bot token, which begins with xoxb- (OAuth & Permissions)'),
  ),
  SLACK_SIGNING_SECRET: optional(z.string()),
  SLACK_APP_TOKEN: optional(
    z
      .string()
      .startsWith('xapp-', 'must be the app-level token, which begins with xapp- (Basic Information)'),
  ),
  SLACK_API_URL: optional(z.url('must be a URL such as https://slack.com/api/')),
  DATABASE_URL: optional(databaseUrl),
  DATABASE_MIGRATION_URL: optional(databaseUrl),
  DAYPASS_LOG_KEY_FILE: optional(z.string()),
  DAYPASS_LOG_KEY_COMMAND: optional(z.string()),
  DAYPASS_OUTPUT_KEY_FILE: optional(z.string()),
  REDIS_URL: optional(
    z
      .string()
      .regex(
        /^rediss?(\+sentinel|\+cluster)?:\/\//,
        'must begin with redis://, rediss://, redis+sentinel:// or redis+cluster://',
      ),
  ),
  HOST: optional(z.string()),
  PUBLIC_URL: optional(
    z.string().superRefine((url, { addIssue }) => {
      const message = faultOfPublicUrl(url)
      if (message) addIssue({ code: 'custom', message })
    }),
  ),
  PORT: optional(
    z
      .string()
      .regex(/^\d{1,5}$/, 'must be a port number')
      .transform(Number)
      .pipe(z.number().max(65_535, 'must be a port number')),
  ),
  DAYPASS_CATALOG: optional(z.string()),
  DAYPASS_POLICIES: optional(z.string()),
  DAYPASS_DIRECTORY: optional(z.string()),
  LOG_LEVEL: optional(z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])),
})
type Variables = z.infer<typeof variables>

/**
 * Reads the file `.env` of the working directory, if it exists, into the environment. A variable that is already set
 * wins.
 */
export function loadEnvFile(path = '.env'): void {
  try {
    process.loadEnvFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** The environment, for `${NAME}` in the catalog. */
export function environment(): Record<string, string | undefined> {
  return process.env
}

/** Reads the configuration of commands that do not use Slack. Throws `ConfigError`. */
export function readFiles(source: Record<string, string | undefined> = process.env): Omit<Config, 'slack'> {
  const parsed = parse(source)
  return withoutSlack(parsed)
}

/** The token and address of Slack, for commands that ask Slack only where they can. Null: there is no token. */
export function readSlackAccess(
  source: Record<string, string | undefined> = process.env,
): { botToken: string; apiUrl: string } | null {
  const { SLACK_BOT_TOKEN: botToken, SLACK_API_URL: apiUrl } = parse(source)
  return botToken ? { botToken, apiUrl: apiUrl ?? slackApiUrl } : null
}

/** Reads the whole configuration. Throws `ConfigError`, which names the faulty variables. */
export function readConfig(source: Record<string, string | undefined> = process.env): Config {
  const parsed = parse(source)
  return { ...withoutSlack(parsed), slack: slackOf(parsed) }
}

function parse(source: Record<string, string | undefined>): Variables {
  const parsed = variables.safeParse(source)
  if (parsed.success) {
    refuseHalves(parsed.data)
    return parsed.data
  }
  const lines = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new ConfigError(`The environment cannot be used:\n  ${lines.join('\n  ')}`)
}

function refuseHalves(parsed: Variables): void {
  if (parsed.DATABASE_MIGRATION_URL && !parsed.DATABASE_URL)
    throw new ConfigError(
      'DATABASE_MIGRATION_URL is set, but DATABASE_URL is not: set it to the role of the application.',
    )
  if (parsed.DAYPASS_LOG_KEY_COMMAND && !parsed.DAYPASS_LOG_KEY_FILE)
    throw new ConfigError(
      'DAYPASS_LOG_KEY_COMMAND is set, but DAYPASS_LOG_KEY_FILE is not: set it to a file with the public key.',
    )
}

function withoutSlack(parsed: Variables): Omit<Config, 'slack'> {
  const directory = parsed.DAYPASS_DIRECTORY ?? '.daypass'
  return {
    database: parsed.DATABASE_URL
      ? {
          kind: 'url',
          url: parsed.DATABASE_URL,
          migrationUrl: parsed.DATABASE_MIGRATION_URL ?? null,
        }
      : { kind: 'embedded', directory },
    directory,
    logKey: {
      file: parsed.DAYPASS_LOG_KEY_FILE ?? null,
      command: parsed.DAYPASS_LOG_KEY_COMMAND ?? null,
    },
    outputKeyFile: parsed.DAYPASS_OUTPUT_KEY_FILE ?? join(directory, 'output-key'),
    redisUrl: parsed.REDIS_URL ?? null,
    http: { host: parsed.HOST ?? '0.0.0.0', port: parsed.PORT ?? 3000 },
    publicOrigin: parsed.PUBLIC_URL ? new URL(parsed.PUBLIC_URL).origin : null,
    catalogPath: parsed.DAYPASS_CATALOG ?? './catalog.yml',
    policiesPath: parsed.DAYPASS_POLICIES ?? './policies',
    logLevel: parsed.LOG_LEVEL ?? 'info',
  }
}

const slackApiUrl = 'https://slack.com/api/'

function slackOf(parsed: Variables): SlackConfig {
  const missing: string[] = []
  if (!parsed.SLACK_BOT_TOKEN)
    missing.push('SLACK_BOT_TOKEN: set it to the bot token (xoxb-...) from OAuth & Permissions')
  if (!parsed.SLACK_SIGNING_SECRET && !parsed.SLACK_APP_TOKEN) {
    missing.push(
      'SLACK_SIGNING_SECRET (HTTP mode) or SLACK_APP_TOKEN (Socket Mode): set one; see Basic Information',
    )
  }
  if (missing.length > 0 || !parsed.SLACK_BOT_TOKEN) {
    throw new ConfigError(`The settings for Slack are incomplete:\n  ${missing.join('\n  ')}`)
  }
  return {
    botToken: parsed.SLACK_BOT_TOKEN,
    apiUrl: parsed.SLACK_API_URL ?? slackApiUrl,
    delivery: parsed.SLACK_APP_TOKEN
      ? { kind: 'socket', appToken: parsed.SLACK_APP_TOKEN }
      : { kind: 'http', signingSecret: parsed.SLACK_SIGNING_SECRET ?? '' },
  }
}
