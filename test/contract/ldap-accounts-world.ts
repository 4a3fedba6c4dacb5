import { createHash, randomUUID } from 'node:crypto'
import {
  type DirectoryClient,
  type DirectoryTarget,
  logInAsHolder,
} from '../../fixtures/targets/directory.ts'
import { ldap } from '../../src/connectors/ldap/connector.ts'
import type { AccessOrder, Connector, Credentials } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { type Content, openConnector } from './_open-connector.ts'
import { openProxy } from './breakable-proxy.ts'
import type { ConnectorWorld, LiveSession } from './connector-world.ts'
import { type DirectoryKind, freshName, loginTo, placeholder } from './ldap-world.ts'

/** A directory in which each lease has an entry of its own. */
export interface LdapAccountsWorld extends ConnectorWorld {
  readonly server: DirectoryTarget
  /** The group that leases give. */
  readonly group: string
  withSettings(settings: Readonly<Record<string, unknown>>, changes?: AccountChanges): Connector
  access(changes?: AccountChanges & { readonly until?: Date }): AccessOrder
  /** The DN of the lease's entry, as the documentation gives it. */
  dnOf(order: AccessOrder): string
  issued(order: AccessOrder): Promise<Credentials>
  login(credentials: Credentials): Promise<DirectoryClient>
  isMember(dn: string, group?: string): Promise<boolean>
}

interface AccountChanges {
  readonly content?: Content
  readonly accounts?: Readonly<Record<string, unknown>>
  readonly resourceId?: string
}

export async function makeLdapAccountsWorld(
  server: DirectoryTarget,
  kind: DirectoryKind,
  { dynamicObjects = kind.name === 'openldap' } = {},
): Promise<LdapAccountsWorld> {
  const isOpenldap = kind.name === 'openldap'
  const proxy = await openProxy({ host: server.host, port: server.tlsPort })
  const opened: Connector[] = []
  const group = await kind.addGroup(server.root, server.groups, freshName('jumpers'))
  const settingsWith = (accounts: Readonly<Record<string, unknown>> = {}) => ({
    directory: kind.name,
    url: `ldaps://127.0.0.1:${proxy.port}`,
    caFile: server.caFile,
    user: server.admin.user,
    password: server.admin.password,
    base: server.base,
    timeout: '6s',
    ...(isOpenldap && { placeholder: placeholder(server.base) }),
    accounts: { under: server.leases, ...(isOpenldap && { dynamicObjects }), ...accounts },
  })
  const withSettings: LdapAccountsWorld['withSettings'] = (settings, changes = {}) => {
    const { content = { group }, accounts, resourceId = 'jump-hosts' } = changes
    const connector = openConnector(ldap, {
      id: resourceId,
      settings: { ...settingsWith(accounts), ...settings },
      entitlements: { 'log-in': content },
    })
    opened.push(connector)
    return connector
  }
  const connector = withSettings({})
  const access: LdapAccountsWorld['access'] = ({
    content = { group },
    resourceId = 'jump-hosts',
    until,
  } = {}) => ({
    grantId: randomUUID(),
    reference: 'AR-1042',
    resourceId,
    entitlementId: 'log-in',
    content: contentFromJson({ attribute: 'member', ...content }),
    holder: { displayName: 'Casey Lee', userId: 'U0CASEY' },
    until: until ?? new Date(Date.now() + 3_600_000),
  })
  const dnOf = ({ resourceId, grantId }: AccessOrder) =>
    `${isOpenldap ? 'uid' : 'CN'}=${nameOf(resourceId, grantId)},${server.leases}`
  const issued: LdapAccountsWorld['issued'] = async (order) => {
    const credentials = await connector.issueCredentials?.(order)
    if (!credentials) throw new Error('no credentials')
    return credentials
  }
  const login: LdapAccountsWorld['login'] = (credentials) => logInAsHolder(server, credentials)
  const accepts = (credentials: Credentials) =>
    login(credentials).then(
      (client) => client.close().then(() => true),
      () => false,
    )
  const sessionOf = async (credentials: Credentials, dn: string): Promise<LiveSession> => {
    const client = await login(credentials)
    return {
      alive: () =>
        client.read(dn).then(
          (entry) => entry !== null,
          () => false,
        ),
      close: () => client.close(),
    }
  }
  const isMember: LdapAccountsWorld['isMember'] = async (dn, of = group) =>
    (await server.root.valuesOf(of, 'member')).some((one) => one.toLowerCase() === dn.toLowerCase())
  const { root } = server
  return {
    server,
    group,
    proxy,
    connector,
    secrets: [server.admin.password],
    withSettings,
    access,
    dnOf,
    issued,
    login,
    accepts,
    isMember,
    inCatalog: {
      resource: 'jump-hosts',
      entitlement: 'log-in',
      connector: { kind: 'ldap', ...settingsWith() },
      content: { group },
    },
    freshAccess: () => access(),
    namesOf: ({ resourceId, grantId }) => [nameOf(resourceId, grantId)],
    holds: async (order) => {
      const entry = await root.read(dnOf(order), ['userAccountControl'])
      return entry !== null && !(Number(entry.userAccountControl ?? 0) & 2) && isMember(dnOf(order))
    },
    rawState: async () => [
      ...(await root.find(server.leases, '(objectClass=person)')),
      ...(await root.valuesOf(group, 'member')).filter((one) => one !== placeholder(server.base)),
    ],
    use: async (order) => sessionOf(await issued(order), dnOf(order)),
    enter: (credentials) =>
      sessionOf(credentials, credentials.fields.find(({ label }) => label === 'DN')?.value ?? ''),
    plantStranger: async () => {
      const names = ['daypass-check-1', `daypass-00000000-${'0'.repeat(32)}`]
      const elsewhere = withSettings({}, { resourceId: 'other' })
      const other = access({ resourceId: 'other' })
      await elsewhere.grant(other)
      for (const name of names)
        await plant(root, `${isOpenldap ? 'uid' : 'CN'}=${name},${server.leases}`, isOpenldap)
      return async () => {
        await elsewhere.revoke(other)
        for (const name of names) await root.remove(`${isOpenldap ? 'uid' : 'CN'}=${name},${server.leases}`)
      }
    },
    handChanges: {
      removed: (order) => root.remove(dnOf(order)),
      'taken out of its group': (order) => root.takeFrom(group, 'member', dnOf(order)),
      ...(isOpenldap
        ? { 'given a password': (order: AccessOrder) => root.set(dnOf(order), { userPassword: 'by-hand' }) }
        : {
            disabled: (order: AccessOrder) => root.set(dnOf(order), { userAccountControl: '514' }),
            'made to last': (order: AccessOrder) => root.set(dnOf(order), { accountExpires: '0' }),
          }),
    },
    resistance: {
      'keeps logging in': async (_, credentials) => hammering(() => accepts(credentials)),
      'changes its password': async (order, credentials) => {
        const client = await login(credentials)
        const mine = 'Aa1.my-own-password'
        const old = credentials.fields.find(({ label }) => label === 'Password')?.value ?? ''
        if (isOpenldap) await client.set(dnOf(order), { userPassword: mine })
        else await client.changeAdPassword(dnOf(order), old, mine)
        await client.close()
        const changed = {
          ...credentials,
          fields: credentials.fields.map((field) =>
            field.label === 'Password' ? { ...field, value: mine } : field,
          ),
        }
        if (!(await accepts(changed))) throw new Error('the password was not changed')
        return { alive: () => accepts(changed), close: async () => {} }
      },
      'fails to log in many times': async (_, credentials) => {
        const wrong = {
          ...credentials,
          fields: credentials.fields.map((field) =>
            field.label === 'Password' ? { ...field, value: 'x' } : field,
          ),
        }
        for (let tries = 0; tries < 20; tries += 1) await accepts(wrong)
        return { alive: async () => false, close: async () => {} }
      },
      ...(isOpenldap && {
        'puts entries below its own': async (order: AccessOrder, credentials: Credentials) => {
          const client = await login(credentials)
          const child = `uid=second,${dnOf(order)}`
          await plant(client, child, true, { userPassword: 'mine' })
          await plant(client, `uid=third,${child}`, true)
          await client.close()
          const login2 = () => loginTo(server, { user: child, password: 'mine' })
          await login2().then((second) => second.close())
          return {
            alive: () =>
              login2().then(
                (second) => second.close().then(() => true),
                () => false,
              ),
            close: async () => {},
          }
        },
      }),
    },
    close: async () => {
      await Promise.all(opened.map((each) => each.close()))
      await proxy.break()
    },
  }
}

/** The name of the entry, as the documentation gives it. */
function nameOf(resourceId: string, grantId: string): string {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const isUuid = /^[0-9a-f-]{36}$/.test(grantId)
  const token = isUuid ? grantId.replaceAll('-', '') : `h${hash(grantId).slice(0, 31)}`
  return `daypass-${hash(resourceId).slice(0, 8)}-${token}`
}

async function plant(
  client: DirectoryClient,
  dn: string,
  isOpenldap: boolean,
  values: Readonly<Record<string, string>> = {},
): Promise<void> {
  const name = /=([^,]+)/.exec(dn)?.[1] ?? ''
  await client.add(
    dn,
    isOpenldap
      ? { objectClass: ['inetOrgPerson', 'dynamicObject'], uid: name, cn: name, sn: name, ...values }
      : { objectClass: 'user', sAMAccountName: freshName('st') },
  )
}

/** Logs in again and again. Alive while it ever gets in. */
function hammering(accepts: () => Promise<boolean>): LiveSession {
  let over = false
  const loop = async () => {
    while (!over) await accepts()
  }
  const looping = loop()
  return {
    alive: accepts,
    close: async () => {
      over = true
      await looping
    },
  }
}
