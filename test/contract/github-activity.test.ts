import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { Person, RepositoryEvent } from '../../fixtures/targets/github/state.ts'
import { github } from '../../src/connectors/github/connector.ts'
import type { AccessOrder } from '../../src/domain/connector.ts'
import { countsOf, lookAt } from './connector-activity.ts'
import { type GitHubWorld, inTeam, makeGitHubWorld, pushing } from './github-world.ts'

/** What Daypass tells of a lease, compared with the things that its holder did. */
let world: GitHubWorld
let casey: Person
let lease: AccessOrder
const since = new Date('2026-11-30T10:00:00Z')
const until = new Date('2026-11-30T12:00:00Z')
const at = (time: string) => new Date(`2026-11-30T${time}:00Z`)

beforeAll(async () => {
  world = await makeGitHubWorld()
})
beforeEach(async () => {
  casey = world.newPerson()
  lease = { ...(await world.looked(world.access(pushing, casey))), since, until }
  world.orders.events.length = 0
  world.target.state.auditLog = []
})
afterAll(async () => {
  expect(world.target.violations).toEqual([])
  await world.close()
})

const happened = (type: string, time: string, changes: Partial<RepositoryEvent> = {}) =>
  void world.orders.events.unshift({ type, at: at(time), actor: casey, payload: {}, ...changes })
const noted = (action: string, time: string, repository: string | null = 'acme/orders', actor = casey) =>
  void world.target.state.auditLog?.unshift({ action, repository, actor, at: at(time) })

it('by the events of the repository: what the account did during the lease, and nobody else', async () => {
  const connector = world.withSettings({ activity: 'events' })
  happened('PushEvent', '09:59')
  happened('PushEvent', '10:01')
  happened('PushEvent', '10:30')
  happened('WatchEvent', '11:00', { payload: { action: 'started' } })
  happened('PushEvent', '11:10', { actor: world.olga })
  happened('PushEvent', '12:01')
  const [look] = await lookAt(connector, lease)
  expect(countsOf(look)).toEqual({ push: 2, 'watch started': 1 })
  expect(look).toMatchObject({
    unit: 'call',
    lastUsedAt: at('11:00'),
    isCounted: false,
    sessions: [],
    limits: [expect.stringContaining('up to six hours later, and neither clones nor reading')],
  })
  expect(look?.operations.find(({ text }) => text === 'push')).toMatchObject({
    kind: 'change',
    objects: ['acme/orders'],
  })
  // Each lease is asked for every five minutes.
  happened('PushEvent', '11:30')
  expect((await lookAt(connector, lease))[0]).toBe(look)
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 301_000)
  expect(countsOf((await lookAt(connector, lease))[0])).toEqual({ push: 3, 'watch started': 1 })
  vi.restoreAllMocks()
  await connector.close()
})

it('a repository is asked once for all its leases, and a team for its repositories', async () => {
  const connector = world.withSettings({ activity: 'events' })
  world.orders.teams.set(world.platform.id, 'push')
  happened('PushEvent', '10:30')
  const member = { ...(await world.looked(world.access(inTeam, casey))), since, until }
  const other = { ...(await world.looked(world.access(pushing))), since, until }
  const before = world.target.calls.length
  const looks = await lookAt(connector, lease, member, other)
  expect(looks.map(countsOf)).toEqual([{ push: 1 }, { push: 1 }, {}])
  const asked = world.target.calls.slice(before).filter((call) => call.endsWith('/events'))
  expect(asked).toEqual(['GET /repos/acme/orders/events'])
  world.orders.teams.delete(world.platform.id)
  await connector.close()
})

it('by the audit log: also clones, and what an account with the former login did is not told', async () => {
  const connector = world.withSettings({ activity: 'audit-log' })
  world.target.app.permissions = { ...world.target.app.permissions, organization_administration: 'read' }
  noted('git.clone', '09:00')
  noted('git.clone', '10:05')
  noted('git.push', '10:10')
  noted('git.push', '10:20', 'acme/site')
  noted('org.add_member', '10:30', null, world.olga)
  noted('repo.destroy', '11:59', 'acme/site', { ...casey, id: 7 })
  const [look] = await lookAt(connector, lease)
  expect(countsOf(look)).toEqual({ 'git.clone': 1, 'git.push': 2 })
  expect(look?.operations.map(({ kind, objects }) => [kind, objects])).toEqual([
    ['change', ['acme/site', 'acme/orders']],
    ['read', ['acme/orders']],
  ])
  expect(look).toMatchObject({ lastUsedAt: at('10:20'), isCounted: false })
  await connector.close()
})

it('of very much the newest is told, and that there was more', async () => {
  const connector = world.withSettings({ activity: 'audit-log' })
  for (let count = 0; count < 320; count += 1) noted('git.fetch', '10:05')
  const [look] = await lookAt(connector, lease)
  expect(countsOf(look)).toEqual({ 'git.fetch': 300 })
  expect(look?.limits[1]).toBe('There was more than was read.')
  await connector.close()
})

it('the check names the permission that is missing, and an organisation without an audit log', async () => {
  const connector = world.withSettings({ activity: 'audit-log' })
  expect(await connector.check()).toMatchObject({ ok: true })
  world.target.state.auditLog = null
  expect(await connector.check()).toMatchObject({
    problems: [{ what: expect.stringContaining('no audit log'), remedy: expect.stringContaining('events') }],
  })
  const { organization_administration: _, ...permissions } = world.target.app.permissions
  world.target.app.permissions = permissions
  expect(await connector.check()).toMatchObject({
    problems: [{ what: expect.stringContaining('organization_administration: read') }],
  })
  await connector.close()
})

it('without the setting it says why it cannot tell, and where it tells later', () => {
  const read = (changes: object) =>
    github.readSettings((schema) =>
      schema.parse({ organization: 'acme', appId: 1, privateKey: 'x', ...changes }),
    )
  expect(read({})?.cannotTell).toContain('`activity`')
  expect(read({ activity: 'events' })).toMatchObject({ tellsLateSeconds: 21_600 })
  expect(read({ activity: 'audit-log' })).toMatchObject({ tellsLateSeconds: 1_800 })
  expect(read({ activity: 'events' })?.cannotTell).toBeUndefined()
})
