import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { exampleWith } from '../../sandbox/example-workspace.ts'
import { type Sandbox, startSandbox } from '../../sandbox/server.ts'
import { DirectoryUnavailable } from '../../src/domain/directory.ts'
import { createSlackClients } from '../../src/slack/api/clients.ts'
import { createDirectory, type SlackDirectory } from '../../src/slack/api/directory.ts'

let sandbox: Sandbox
let directory: SlackDirectory
let monotonicMs: number
const fresh = { maxAgeSeconds: 60 }
const advance = (seconds: number) => {
  monotonicMs += seconds * 1000
}
const calls = async (method: string) =>
  (await sandbox.client.traffic()).entries.filter(({ name }) => name === method).length

beforeAll(async () => {
  sandbox = await startSandbox(exampleWith())
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await sandbox.client.clearFaults()
  await sandbox.client.clearTraffic()
  monotonicMs = 0
  const logger = pino({ level: 'silent' })
  const { interactive } = createSlackClients({ botToken: 'xoxb-sandbox', apiUrl: sandbox.apiUrl, logger })
  directory = createDirectory({
    client: interactive,
    teamId: 'T0ACME',
    // A clock that somebody sets back says nothing about ages: it stands still here.
    clock: { now: () => new Date('2026-11-22T09:00:00Z') },
    logger,
    monotonicMs: () => monotonicMs,
  })
})

describe('a member', () => {
  it.each([
    [
      'U0DANA',
      {
        isGuest: false,
        isStranger: false,
        isDeactivated: false,
        isBot: false,
        timeZone: 'America/New_York',
        guestExpiresAt: null,
      },
    ],
    ['U0GINA', { isGuest: true, isStranger: false, guestExpiresAt: new Date('2031-01-01T00:00:00Z') }],
    ['U0SOLO', { isGuest: true }],
    ['U0STRA', { isStranger: true }],
    ['U0GONE', { isDeactivated: true }],
    ['U0BOT', { isBot: true }],
  ])('%s is known for what they are', async (userId, expected) => {
    expect(await directory.account(userId, fresh)).toMatchObject({ userId, ...expected })
  })

  it('is known by a confirmed address only', async () => {
    const dana = await directory.account('U0DANA', fresh)
    expect(dana?.confirmedEmail).toBe('dana@acme.test')
    expect((await directory.account('U0STRA', fresh))?.confirmedEmail).toBeNull()
  })

  it('has the name that colleagues know, not the handle that was chosen', async () => {
    expect(await directory.account('U0DANA', fresh)).toMatchObject({ displayName: 'Dana Member' })
  })

  it('that Slack does not know is null', async () => {
    expect(await directory.account('U0NOBODY', fresh)).toBeNull()
  })

  it('is asked for once by many at once, and again only when too old', async () => {
    await Promise.all(Array.from({ length: 20 }, () => directory.account('U0DANA', fresh)))
    expect(await calls('users.info')).toBe(1)
    advance(59)
    await directory.account('U0DANA', fresh)
    expect(await calls('users.info')).toBe(1)
    advance(2)
    await directory.account('U0DANA', fresh)
    expect(await calls('users.info')).toBe(2)
    await directory.account('U0DANA', { maxAgeSeconds: 3_600 })
    expect(await calls('users.info')).toBe(2)
  })

  it('who changed is asked for anew', async () => {
    await directory.account('U0DANA', fresh)
    directory.forgetAccount('U0DANA')
    await directory.account('U0DANA', fresh)
    expect(await calls('users.info')).toBe(2)
  })

  it('who changes while being asked about is not remembered as before', async () => {
    await sandbox.client.fault({ method: 'users.info', kind: 'slow', ms: 100 })
    const asking = directory.account('U0MAX', fresh)
    directory.forgetAccount('U0MAX')
    await asking
    await directory.account('U0MAX', fresh)
    expect(await calls('users.info')).toBe(2)
  })

  it.each(['server_error', 'rate_limited', 'reset'] as const)(
    'that cannot be asked for (%s) is never guessed',
    async (kind) => {
      await directory.account('U0DANA', fresh)
      advance(61)
      await sandbox.client.fault({ method: 'users.info', kind, times: 9 })
      await expect(directory.account('U0DANA', fresh)).rejects.toThrow(DirectoryUnavailable)
    },
  )
})

describe('a user group', () => {
  it('has its members, or is null when there is none', async () => {
    expect(await directory.groupMembers('S0DBAS', fresh)).toEqual(new Set(['U0DANA', 'U0OLGA']))
    expect(await directory.groupMembers('S0NONE', fresh)).toBeNull()
  })

  it('is used as known for ten minutes when Slack allows no more calls', async () => {
    await directory.groupMembers('S0DBAS', fresh)
    await sandbox.client.fault({ method: 'usergroups.list', kind: 'rate_limited', times: 9 })
    advance(599)
    expect(await directory.groupMembers('S0DBAS', fresh)).toEqual(new Set(['U0DANA', 'U0OLGA']))
    advance(2)
    await expect(directory.groupMembers('S0DBAS', fresh)).rejects.toThrow(DirectoryUnavailable)
  })

  it('is not used as known when Slack is down, or when it changed', async () => {
    await directory.groupMembers('S0DBAS', fresh)
    advance(61)
    await sandbox.client.fault({ method: 'usergroups.list', kind: 'server_error' })
    await expect(directory.groupMembers('S0DBAS', fresh)).rejects.toThrow(DirectoryUnavailable)
    directory.forgetGroups()
    await sandbox.client.fault({ method: 'usergroups.list', kind: 'rate_limited' })
    await expect(directory.groupMembers('S0DBAS', fresh)).rejects.toThrow(DirectoryUnavailable)
  })
})
