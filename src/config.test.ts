import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig, readFiles } from './config.ts'

const slack = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'shh' }

function refusal(environment: Record<string, string>): string {
  try {
    readConfig({ ...slack, ...environment })
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'no refusal'
}

describe('what the environment leaves out', () => {
  it('has defaults', () => {
    expect(readConfig(slack)).toEqual({
      slack: {
        botToken: 'xoxb-1',
        apiUrl: 'https://slack.com/api/',
        delivery: { kind: 'http', signingSecret: 'shh' },
      },
      database: { kind: 'embedded', directory: '.daypass' },
      redisUrl: null,
      http: { host: '0.0.0.0', port: 3000 },
      publicOrigin: null,
      directory: '.daypass',
      logKey: { command: null, file: null },
      outputKeyFile: '.daypass/output-key',
      catalogPath: './catalog.yml',
      policiesPath: './policies',
      logLevel: 'info',
    })
  })

  it('is the same as what is blank', () => {
    const blank = { DATABASE_URL: '', REDIS_URL: ' ', PORT: '', LOG_LEVEL: '', DAYPASS_CATALOG: '' }
    expect(readConfig({ ...slack, ...blank })).toEqual(readConfig(slack))
  })

  it('of Slack is named all at once, and needed only for serving', () => {
    expect(() => readConfig({})).toThrow(/SLACK_BOT_TOKEN[\s\S]*SLACK_SIGNING_SECRET[\s\S]*SLACK_APP_TOKEN/)
    expect(readFiles({}).http.port).toBe(3000)
  })
})

describe('what the environment says', () => {
  it('is taken as it is', () => {
    const config = readConfig({
      SLACK_BOT_TOKEN: 'xoxb-2',
      SLACK_APP_TOKEN: 'xapp-1',
      SLACK_API_URL: 'http://127.0.0.1:9/api/',
      DATABASE_URL: 'postgres://u:p%40ss@db:5432/daypass',
      REDIS_URL: 'rediss://cache:6380/1',
      HOST: '127.0.0.1',
      PORT: '8080',
      PUBLIC_URL: 'https://daypass.example.com/',
      DAYPASS_CATALOG: '/etc/daypass/catalog.yml',
      DAYPASS_POLICIES: '/etc/daypass/policies',
      LOG_LEVEL: 'warn',
    })
    expect(config).toEqual({
      slack: {
        botToken: 'xoxb-2',
        apiUrl: 'http://127.0.0.1:9/api/',
        delivery: { kind: 'socket', appToken: 'xapp-1' },
      },
      database: { kind: 'url', url: 'postgres://u:p%40ss@db:5432/daypass', migrationUrl: null },
      redisUrl: 'rediss://cache:6380/1',
      http: { host: '127.0.0.1', port: 8080 },
      publicOrigin: 'https://daypass.example.com',
      directory: '.daypass',
      logKey: { command: null, file: null },
      outputKeyFile: '.daypass/output-key',
      catalogPath: '/etc/daypass/catalog.yml',
      policiesPath: '/etc/daypass/policies',
      logLevel: 'warn',
    })
  })

  it('chooses Socket Mode where both ways are open', () => {
    expect(readConfig({ ...slack, SLACK_APP_TOKEN: 'xapp-1' }).slack.delivery.kind).toBe('socket')
  })

  it.each([
    'postgres://u:p@db/daypass',
    'postgresql://u@db:6432/daypass?sslmode=require',
    'postgres://u:a,b@db/daypass',
    'postgres://u:p@one:5432,two:5433/daypass',
    'postgres:///daypass?host=/var/run/postgresql',
  ])('may be any URL of a Postgres: %s', (url) => {
    expect(readConfig({ ...slack, DATABASE_URL: url }).database).toEqual({
      kind: 'url',
      url,
      migrationUrl: null,
    })
  })
})

describe('what cannot be used', () => {
  it.each([
    ['SLACK_BOT_TOKEN', 'xoxp-hidden', 'xoxb-'],
    ['SLACK_APP_TOKEN', 'hidden', 'xapp-'],
    ['SLACK_API_URL', 'hidden', 'must be a URL'],
    ['DATABASE_URL', 'mysql://u:hidden@db/daypass', 'must look like postgres://'],
    ['DATABASE_URL', 'postgres://u:hidden%zz@db/daypass', 'has a % in its password'],
    ['DATABASE_URL', 'postgres://hidden%:p@db/daypass', 'has a % in its user'],
    ['DATABASE_URL', 'postgres://u:p@db/hidden%g0', 'has a % in its database'],
    ['DATABASE_URL', 'postgres://u:hid/den@db/daypass', 'cannot be read as a URL'],
    ['DATABASE_URL', 'postgres://u:12#hidden@db/daypass', 'cannot be read as a URL'],
    ['DATABASE_URL', 'postgres://u:hidden@db:99999/daypass', 'cannot be read as a URL'],
    ['REDIS_URL', 'http://u:hidden@cache', 'must begin with redis://'],
    ['PORT', '99999', 'must be a port number'],
    ['PORT', 'hidden', 'must be a port number'],
    ['LOG_LEVEL', 'hidden', 'Invalid option'],
  ])('is refused by name and not repeated: %s=%s', (name, value, expected) => {
    const message = refusal({ [name]: value })
    expect(message).toContain(`${name}: `)
    expect(message).toContain(expected)
    expect(message).not.toMatch(/hid\/?den|99999/)
  })

  it('is told all at once', () => {
    expect(refusal({ PORT: 'x', DATABASE_URL: 'x', LOG_LEVEL: 'x' })).toMatch(
      /DATABASE_URL[\s\S]*PORT[\s\S]*LOG_LEVEL/,
    )
  })
})

describe('the public address', () => {
  it.each([
    ['daypass.example.com', 'cannot be read as a URL'],
    ['https://daypass.example.com/app', 'must have no path'],
    ['https://192.0.2.7', 'must name a domain'],
    ['https://[2001:db8::7]', 'must name a domain'],
    ['http://daypass.example.com', 'must begin with https://'],
  ])('%s is refused: passkeys would not work there', (url, why) => {
    expect(refusal({ PUBLIC_URL: url })).toContain(why)
  })

  it('may be this machine without HTTPS', () => {
    expect(readConfig({ ...slack, PUBLIC_URL: 'http://localhost:3000' }).publicOrigin).toBe(
      'http://localhost:3000',
    )
  })
})
