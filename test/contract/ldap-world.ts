import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  type DirectoryClient,
  type DirectoryTarget,
  openDirectory,
} from '../../fixtures/targets/directory.ts'
import { ldap } from '../../src/connectors/ldap/connector.ts'
import type { AccessOrder, Connector } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { type Content, openConnector } from './_open-connector.ts'
import { openProxy } from './breakable-proxy.ts'
import type { ConnectorWorld } from './connector-world.ts'

/** What the tests must know of a kind of directory. */
export interface DirectoryKind {
  readonly name: 'openldap' | 'active-directory'
  /** Adds somebody, and gives the DN. */
  addPerson(root: DirectoryClient, under: string, login: string): Promise<string>
  /** Adds a group that may be emptied, or has one member that stays. */
  addGroup(root: DirectoryClient, under: string, name: string): Promise<string>
}

/** A real directory that Daypass may change in exactly the ways that docs/connectors/ldap.md names. */
export interface LdapWorld extends ConnectorWorld {
  readonly server: DirectoryTarget
  readonly kind: DirectoryKind
  /** The group that leases give. */
  readonly group: string
  /** `ldap://` or `ldaps://`, through the proxy. */
  readonly url: string
  /** A connector with other settings or another group. */
  withSettings(settings: Readonly<Record<string, unknown>>, content?: Content): Connector
  /** A lease for this login. */
  access(login: string, content?: Content): AccessOrder
  newPerson(login?: string): Promise<{ login: string; dn: string }>
  newGroup(): Promise<string>
  isMember(dn: string, group?: string): Promise<boolean>
}

export interface LdapWorldOptions {
  readonly settings?: Readonly<Record<string, unknown>>
  /** Through TLS, or in the clear. */
  readonly tls: boolean
}

export const placeholder = (base: string) => `cn=nobody,${base}`

/** Leases of one test at a time have different people; those of different tests may share them. */
const people = 30

export async function makeLdapWorld(
  server: DirectoryTarget,
  kind: DirectoryKind,
  { settings = {}, tls }: LdapWorldOptions,
): Promise<LdapWorld> {
  const proxy = await openProxy({ host: server.host, port: tls ? server.tlsPort : server.port })
  const opened: Connector[] = []
  const logins = new Map<string, string>()
  const newPerson: LdapWorld['newPerson'] = async (login = freshName('casey')) => {
    const dn = await kind.addPerson(server.root, server.people, login)
    logins.set(login, dn)
    return { login, dn }
  }
  const newGroup = () => kind.addGroup(server.root, server.groups, freshName('vault'))
  const group = await newGroup()
  const crowd = await Promise.all(Array.from({ length: people }, () => newPerson()))
  const url = `${tls ? 'ldaps' : 'ldap'}://127.0.0.1:${proxy.port}`
  const withSettings: LdapWorld['withSettings'] = (changes, content = { group }) => {
    const connector = openConnector(ldap, {
      id: 'vault',
      settings: {
        directory: kind.name,
        url,
        user: server.admin.user,
        password: server.admin.password,
        base: server.base,
        people: server.people,
        timeout: '6s',
        ...(tls && { caFile: server.caFile }),
        ...(kind.name === 'openldap' && { placeholder: placeholder(server.base) }),
        ...settings,
        ...changes,
      },
      entitlements: { operate: content },
    })
    opened.push(connector)
    return connector
  }
  const access: LdapWorld['access'] = (login, content = { group }) => ({
    grantId: randomUUID(),
    reference: 'AR-1042',
    resourceId: 'vault',
    entitlementId: 'operate',
    content: contentFromJson({ attribute: 'member', ...content }),
    holder: { displayName: 'Casey Lee', userId: 'U0CASEY', identity: login },
    until: new Date(Date.now() + 3_600_000),
  })
  const dnOf = ({ holder }: AccessOrder) => logins.get(holder.identity ?? '') ?? ''
  const isMember: LdapWorld['isMember'] = async (dn, of = group) =>
    (await server.root.valuesOf(of, 'member')).some((one) => one.toLowerCase() === dn.toLowerCase())
  let next = 0
  return {
    server,
    kind,
    group,
    url,
    proxy,
    connector: withSettings({}),
    secrets: [server.admin.password],
    withSettings,
    access,
    newPerson,
    newGroup,
    isMember,
    freshAccess: () => {
      next += 1
      return access(crowd[next % people]?.login ?? '')
    },
    holds: (order) => isMember(dnOf(order)),
    rawState: async () =>
      (await server.root.valuesOf(group, 'member')).filter((one) => one !== placeholder(server.base)),
    use: () => Promise.reject(new Error('a membership has no sessions that end')),
    accepts: () => Promise.reject(new Error('a membership has no credentials')),
    plantStranger: () => Promise.reject(new Error('a group does not say who added a member')),
    giveByHand: async (order) => {
      await server.root.addTo(group, 'member', dnOf(order))
      return () => server.root.takeFrom(group, 'member', dnOf(order))
    },
    handChanges: { removed: (order) => server.root.takeFrom(group, 'member', dnOf(order)) },
    close: async () => {
      await Promise.all(opened.map((each) => each.close()))
      await proxy.break()
    },
  }
}

export function freshName(what: string): string {
  return `${what}-${randomUUID().slice(0, 8)}`
}

/** A connection as somebody who has these credentials. Rejects where the directory refuses them. */
export function loginTo(
  { host, tlsPort }: DirectoryTarget,
  { user, password }: { user: string; password: string },
): Promise<DirectoryClient> {
  return openDirectory({ url: `ldaps://${host}:${tlsPort}`, user, password, trusts: true })
}

/** The texts of a page between ``` and ```, after a heading. */
export function pageBlocks(heading: string): string[] {
  const page = readFileSync(new URL('../../docs/connectors/ldap.md', import.meta.url), 'utf8')
  const [, after = ''] = page.split(`${heading}\n`)
  const [part = ''] = after.split(/\n##? /)
  return [...part.matchAll(/```text\n(.*?)```/gs)].map(([, text = '']) => text)
}
