import { randomUUID } from 'node:crypto'
import type { Person, Repository, Team } from '../../fixtures/targets/github/state.ts'
import { type GitHubTarget, startGitHubTarget } from '../../fixtures/targets/github.ts'
import { type GitHubHolder, openHolder } from '../../fixtures/targets/github-holder.ts'
import { github } from '../../src/connectors/github/connector.ts'
import type { AccessOrder, Connector } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { type Content, openConnector } from './_open-connector.ts'
import { openProxy } from './breakable-proxy.ts'
import type { ConnectorWorld } from './connector-world.ts'

/** An organisation, and an app with exactly the permissions that docs/connectors/github.md names. */
export interface GitHubWorld extends ConnectorWorld {
  readonly target: GitHubTarget
  /** The base of the API through the proxy. */
  readonly url: string
  readonly orders: Repository
  readonly platform: Team
  /** An owner of the organisation, who is the first reviewer of `production`. */
  readonly olga: Person
  withSettings(
    settings: Readonly<Record<string, unknown>>,
    entitlements?: Readonly<Record<string, Content>>,
  ): Connector
  newPerson(standing?: 'owner' | 'member' | 'outside'): Person
  /** A lease of this content, for this person or a new member of the organisation. */
  access(content: Content, person?: Person): AccessOrder
  /** The lease with what the connector looked at before. */
  looked(order: AccessOrder, connector?: Connector): Promise<AccessOrder>
  /** The person of a lease, as they use GitHub. */
  holder(order: AccessOrder): GitHubHolder
}

export const inTeam: Content = { team: 'platform', role: 'member' }
export const pushing: Content = { repository: 'orders', role: 'push' }
export const administering: Content = { repository: 'orders', role: 'admin' }
export const reviewing: Content = { repository: 'orders', environment: 'production' }

export async function makeGitHubWorld(content: Content = pushing): Promise<GitHubWorld> {
  // Lists of tests have several pages.
  const target = await startGitHubTarget({ pageSize: 3 })
  const proxy = await openProxy({ host: '127.0.0.1', port: target.port })
  const url = `http://127.0.0.1:${proxy.port}`
  const { state } = target
  const olga = target.addPerson('olga', 'owner')
  const platform = target.addTeam('platform')
  const orders = target.addRepository('orders')
  target.addEnvironment(orders, 'production', [olga])
  for (const name of ['notes', 'site', 'tools', 'wiki']) {
    target.addRepository(name)
    target.addTeam(`team-${name}`)
  }
  let people = 0

  const newPerson: GitHubWorld['newPerson'] = (standing = 'member') => {
    people += 1
    const person = target.addPerson(`casey-${people}`, standing)
    // Who reviews must be able to read.
    if (content.environment !== undefined && standing === 'member') readers.members.set(person.id, 'member')
    return person
  }
  const readers = target.addTeam('readers')
  orders.teams.set(readers.id, 'pull')
  const withSettings: GitHubWorld['withSettings'] = (settings, entitlements = { access: content }) =>
    openConnector(github, {
      id: 'acme',
      settings: {
        organization: 'acme',
        appId: target.app.id,
        privateKey: target.privateKey,
        apiUrl: url,
        lookAgainAfter: '0s',
        timeout: '6s',
        ...settings,
      },
      entitlements,
    })
  const connector = withSettings({})
  const access: GitHubWorld['access'] = (given, person = newPerson()) => ({
    grantId: randomUUID(),
    reference: 'AR-1042',
    resourceId: 'acme',
    entitlementId: 'access',
    content: contentFromJson(given),
    holder: { displayName: 'Casey Lee', userId: 'U0CASEY', identity: person.login },
    until: new Date(Date.now() + 3_600_000),
  })
  const personOf = ({ holder }: AccessOrder) => {
    const person = [...state.people.values()].find(({ login }) => login === holder.identity)
    if (!person) throw new Error(`no account ${holder.identity}`)
    return person
  }
  const production = () => orders.environments.get('production') ?? fail()
  const isIn = ({ id }: Person) => {
    if (content.team !== undefined) return platform.members.has(id)
    if (content.environment === undefined) return orders.direct.has(id)
    return production().reviewers.some((one) => one.id === id)
  }
  const put = (person: Person, isMember: boolean) => {
    if (content.team !== undefined) set(platform.members, person.id, isMember ? 'member' : null)
    else if (content.environment === undefined) set(orders.direct, person.id, isMember ? 'push' : null)
    else {
      const others = production().reviewers.filter(({ id }) => id !== person.id)
      production().reviewers = isMember ? [...others, { type: 'User', id: person.id }] : others
    }
  }
  return {
    target,
    url,
    proxy,
    orders,
    platform,
    olga,
    connector,
    secrets: [target.privateKey, ...target.privateKey.split('\n').filter((line) => line.length > 40)],
    withSettings,
    newPerson,
    access,
    looked: async (order, by = connector) => {
      const before = await by.lookBefore?.(order)
      return { ...order, ...(before && { before }) }
    },
    holder: (order) => openHolder(target, `http://127.0.0.1:${target.port}`, personOf(order)),
    freshAccess: () => access(content),
    holds: async (order) => isIn(personOf(order)),
    rawState: async () =>
      [...state.people.values()]
        .filter((person) => person !== olga && isIn(person))
        .map(({ login }) => login),
    use: () => Promise.reject(new Error('GitHub looks at the role in each call')),
    accepts: () => Promise.reject(new Error('people use the account that they have')),
    plantStranger: () => Promise.reject(new Error('GitHub does not say who gave an access')),
    giveByHand: async (order) => {
      put(personOf(order), true)
      return async () => put(personOf(order), false)
    },
    // Olga stays, and GitHub takes six reviewers.
    ...(content.environment !== undefined && { mostAtOnce: 5 }),
    handChanges: {
      removed: async (order) => put(personOf(order), false),
      ...(content.team !== undefined && {
        'made a maintainer': async (order: AccessOrder) =>
          set(platform.members, personOf(order).id, 'maintainer'),
      }),
      ...(content.role === 'push' && {
        'made an admin': async (order: AccessOrder) => set(orders.direct, personOf(order).id, 'admin'),
        'made a reader': async (order: AccessOrder) => set(orders.direct, personOf(order).id, 'pull'),
      }),
    },
    close: async () => {
      await proxy.break()
      await target.close()
    },
  }
}

function set<Value>(map: Map<number, Value>, id: number, value: Value | null): void {
  if (value === null) map.delete(id)
  else map.set(id, value)
}

function fail(): never {
  throw new Error('there is no environment production')
}
