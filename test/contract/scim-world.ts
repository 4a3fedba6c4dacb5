import { randomUUID } from 'node:crypto'
import { type ScimDeviations, type ScimTarget, startScimTarget } from '../../fixtures/targets/scim.ts'
import { scim } from '../../src/connectors/scim/connector.ts'
import type { AccessOrder, Connector } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { openConnector } from './_open-connector.ts'
import { openProxy } from './breakable-proxy.ts'
import type { ConnectorWorld } from './connector-world.ts'

/** A real SCIM server with users and a group, and a token for both. */
export interface ScimWorld extends ConnectorWorld {
  readonly server: ScimTarget
  /** The group that leases give. It has two members that stay. */
  readonly group: string
  readonly staying: readonly string[]
  /** `http://127.0.0.1:port` of the proxy. */
  readonly url: string
  withSettings(settings: Readonly<Record<string, unknown>>, group?: string): Connector
  /** A lease for this login, or for that of a new user. */
  access(login?: string, group?: string): AccessOrder
  /** Whether the user with this userName or id is a member of the group. */
  isMember(login: string, group?: string): boolean
}

/** Settings of the catalog for a server that deviates so. */
export interface ScimWorldOptions {
  readonly deviations?: ScimDeviations
  readonly settings?: Readonly<Record<string, unknown>>
  /** The login is the id of the user. */
  readonly byId?: boolean
}

export async function makeScimWorld({
  deviations = {},
  settings = {},
  byId = false,
}: ScimWorldOptions = {}): Promise<ScimWorld> {
  const server = await startScimTarget(deviations)
  const proxy = await openProxy({ host: '127.0.0.1', port: server.port })
  const url = `http://127.0.0.1:${proxy.port}`
  const staying = ['olga@acme.test', 'max@acme.test'].map((userName) => server.addUser({ userName }))
  const group = server.addGroup('Engineers', staying)
  const users = new Map<string, string>()

  const newUser = () => {
    const userName = `casey.o'x.${users.size}@acme.test`
    const id = server.addUser({ userName })
    const login = byId ? id : userName
    users.set(login, id)
    return login
  }
  const withSettings: ScimWorld['withSettings'] = (changes, given = group) =>
    openConnector(scim, {
      id: 'wiki',
      settings: {
        url: `${url}/scim/v2`,
        token: server.token,
        timeout: '6s',
        ...(byId && { login: 'id' }),
        ...settings,
        ...changes,
      },
      entitlements: { engineer: { group: given } },
    })
  const access: ScimWorld['access'] = (login = newUser(), given = group) => ({
    grantId: randomUUID(),
    reference: 'AR-1042',
    resourceId: 'wiki',
    entitlementId: 'engineer',
    content: contentFromJson({ group: given }),
    holder: { displayName: 'Casey Lee', userId: 'U0CASEY', identity: login },
    until: new Date(Date.now() + 3_600_000),
  })
  const idOf = (login: string) => users.get(login) ?? login
  const isMember: ScimWorld['isMember'] = (login, of = group) => server.membersOf(of).includes(idOf(login))
  const loginOf = ({ holder }: AccessOrder) => holder.identity ?? ''
  const setMember = (order: AccessOrder, isIn: boolean) => {
    const others = server.membersOf(group).filter((member) => member !== idOf(loginOf(order)))
    server.setMembers(group, isIn ? [...others, idOf(loginOf(order))] : others)
  }
  return {
    server,
    group,
    staying,
    url,
    proxy,
    connector: withSettings({}),
    secrets: [server.token, server.client.secret],
    withSettings,
    access,
    isMember,
    freshAccess: () => access(),
    holds: async (order) => isMember(loginOf(order)),
    rawState: async () => {
      const kept = new Set(staying)
      return server.membersOf(group).filter((member) => !kept.has(member))
    },
    use: () => Promise.reject(new Error('a membership has no sessions')),
    accepts: () => Promise.reject(new Error('a membership has no credentials')),
    plantStranger: () => Promise.reject(new Error('a group does not say who added a member')),
    giveByHand: async (order) => {
      setMember(order, true)
      return async () => setMember(order, false)
    },
    handChanges: {
      removed: async (order) => setMember(order, false),
      'listed twice': async (order) => {
        server.setMembers(group, [...server.membersOf(group), idOf(loginOf(order))])
      },
    },
    close: async () => {
      await proxy.break()
      await server.close()
    },
  }
}
