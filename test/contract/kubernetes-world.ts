import { createHash, randomUUID } from 'node:crypto'
import { parse } from 'yaml'
import type { Login, OpenWatch } from '../../fixtures/targets/kubernetes.ts'
import { kubernetes } from '../../src/connectors/kubernetes/connector.ts'
import type { AccessOrder, Connector, Credentials } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { type Content, openConnector } from './_open-connector.ts'
import { openProxy } from './breakable-proxy.ts'
import type { ConnectorWorld, LiveSession } from './connector-world.ts'
import {
  bindingTo,
  collectionOf,
  rbac,
  reads,
  type ShopCluster,
  startShopCluster,
} from './kubernetes-cluster.ts'

/** Leases in the shop's cluster. */
export interface KubernetesWorld extends ConnectorWorld {
  readonly cluster: ShopCluster
  /** A connector with other settings or entitlements for the same cluster. */
  withCatalog(entitlements: Readonly<Record<string, Content>>, changes?: CatalogChanges): Connector
  access(content: Content): AccessOrder
  /** Grants the content and shows its credentials: the holder. */
  holder(content: Content): Promise<{ order: AccessOrder; login: Login; credentials: Credentials }>
}

interface CatalogChanges {
  readonly resourceId?: string
  readonly settings?: Readonly<Record<string, unknown>>
}

export const support: Content = { bind: [{ clusterRole: 'support', namespaces: ['orders'] }] }
const configMaps = '/api/v1/namespaces/orders/configmaps'
const leases = '/api/v1/namespaces/daypass-leases/serviceaccounts'

interface Mode {
  readonly access: 'token' | 'user'
  readonly resourceId: string
}

export async function makeKubernetesWorld(
  cluster: ShopCluster,
  { access: mode, resourceId }: Mode = { access: 'token', resourceId: 'shop' },
): Promise<KubernetesWorld> {
  const proxy = await openProxy({ host: '127.0.0.1', port: cluster.port })
  const atProxy = {
    url: cluster.url(proxy.port),
    publicUrl: cluster.url(),
    caFile: cluster.caFile,
    token: cluster.daypassToken,
    access: mode,
    timeout: '6s',
  }
  const withCatalog: KubernetesWorld['withCatalog'] = (entitlements, { resourceId: id, settings } = {}) =>
    openConnector(kubernetes, { id: id ?? resourceId, settings: { ...atProxy, ...settings }, entitlements })
  const connector = withCatalog({ support })
  const access: KubernetesWorld['access'] = (content) => ({
    grantId: randomUUID(),
    reference: 'AR-1042',
    resourceId,
    entitlementId: 'support',
    content: contentFromJson({ acceptKeeping: false, ...content }),
    holder: {
      displayName: 'Casey Lee',
      userId: 'U0CASEY',
      ...(mode === 'user' && { identity: `casey-${randomUUID().slice(0, 8)}` }),
    },
    until: new Date(Date.now() + 3_600_000),
  })
  const issued = async (order: AccessOrder): Promise<Credentials> => {
    const credentials = await connector.issueCredentials?.(order)
    if (!credentials) throw new Error('no credentials')
    return credentials
  }
  /** The users to whom anything of the lease could be given. */
  const usersOf = async ({ grantId, holder }: AccessOrder): Promise<string[]> => {
    if (holder.identity !== undefined) return [holder.identity]
    const [accounts, bindings] = await Promise.all([accountNames(cluster), allBindings(cluster)])
    const named = bindings.flatMap(({ subjects }) => (subjects ?? []).map(({ name }) => name))
    const mine = [...accounts, ...named].filter((name) => name.startsWith(prefixOf(resourceId, grantId)))
    return [...new Set(mine)].map((name) => `system:serviceaccount:daypass-leases:${name}`)
  }
  const remove = async ({ grantId }: AccessOrder) => {
    await cluster.call('DELETE', `${bindingPath(resourceId, grantId)}`)
    for (const name of await accountNames(cluster))
      if (name.startsWith(prefixOf(resourceId, grantId))) await cluster.call('DELETE', `${leases}/${name}`)
  }
  return {
    cluster,
    proxy,
    connector,
    secrets: [cluster.daypassToken],
    withCatalog,
    access,
    inCatalog: {
      resource: resourceId,
      entitlement: 'support',
      connector: { kind: 'kubernetes', ...atProxy },
      content: support,
    },
    holder: async (content) => {
      const order = access(content)
      await connector.grant(order)
      const credentials = await issued(order)
      return { order, credentials, login: loginOf(credentials) }
    },
    freshAccess: () => access(support),
    holds: async (order) => {
      const users = await usersOf(order)
      const answers = await Promise.all(users.map((user) => cluster.may(user, 'get', 'configmaps', 'orders')))
      return answers.includes(true)
    },
    rawState: async () => {
      const names = [
        ...(await accountNames(cluster)),
        ...(await allBindings(cluster)).map(({ metadata }) => metadata.name),
      ]
      return names.filter((name) => name.startsWith(`daypass-${resourceId}-`)).sort()
    },
    use: async (order) => sessionOf(await cluster.watchAs(loginOf(await issued(order)), configMaps)),
    accepts: (credentials) => reads(cluster, loginOf(credentials), configMaps),
    enter: async (credentials) => ({
      alive: () => reads(cluster, loginOf(credentials), configMaps),
      close: async () => {},
    }),
    plantStranger: async () => {
      const elsewhere = withCatalog({ support }, { resourceId: 'shop-eu' })
      const other = { ...access(support), resourceId: 'shop-eu' }
      await elsewhere.grant(other)
      const stranger = bindingTo(
        'support',
        { kind: 'User', name: 'eve' },
        { name: 'daypass-shop-backup', namespace: 'orders' },
      )
      await cluster.apply(stranger)
      await cluster.apply({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'daypass-shop-1', namespace: 'daypass-leases' },
      })
      return async () => {
        await elsewhere.revoke(other)
        await cluster.call('DELETE', `${collectionOf(stranger)}/daypass-shop-backup`)
        await cluster.call('DELETE', `${leases}/daypass-shop-1`)
      }
    },
    giveByHand: async ({ holder }) => {
      const user = holder.identity ?? ''
      const byHand = bindingTo(
        'support',
        { kind: 'User', name: user },
        { name: `by-hand-${user}`, namespace: 'orders' },
      )
      await cluster.apply(byHand)
      await cluster.until(true, user, 'get', 'configmaps', 'orders')
      return async () => {
        await cluster.call('DELETE', `${collectionOf(byHand)}/by-hand-${user}`)
        await cluster.until(false, user, 'get', 'configmaps', 'orders')
      }
    },
    handChanges: {
      removed: remove,
      'bound to nobody': ({ grantId }) =>
        cluster.call('PATCH', bindingPath(resourceId, grantId), { subjects: null }),
      'bound to somebody else too': ({ grantId }) =>
        cluster.call('PATCH', bindingPath(resourceId, grantId), {
          subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'eve' }],
        }),
      'without labels': ({ grantId }) =>
        cluster.call('PATCH', bindingPath(resourceId, grantId), {
          metadata: { labels: null, annotations: null },
        }),
      'kept by a finalizer': ({ grantId }) =>
        cluster.call('PATCH', bindingPath(resourceId, grantId), {
          metadata: { finalizers: ['acme.test/keep'] },
        }),
      'deleted, and kept by a finalizer': async ({ grantId }) => {
        const path = bindingPath(resourceId, grantId)
        await cluster.call('PATCH', path, { metadata: { finalizers: ['acme.test/keep'] } })
        await cluster.call('DELETE', path)
      },
      'bound to another role': async ({ grantId, holder }) => {
        const path = bindingPath(resourceId, grantId)
        const { subjects, metadata } = (await cluster.call('GET', path)).body
        await cluster.call('DELETE', path)
        const name = holder.identity ?? subjects[0].name
        await cluster.apply(
          bindingTo('node-reader', { ...subjects[0], name }, { name: metadata.name, namespace: 'orders' }),
        )
      },
    },
    resistance: {
      'keeps calling': async (_, credentials) => {
        const login = loginOf(credentials)
        return { alive: () => reads(cluster, login, configMaps), close: async () => {} }
      },
      'has a token that was shown before': async (order, credentials) => {
        await issued(order)
        return { alive: () => reads(cluster, loginOf(credentials), configMaps), close: async () => {} }
      },
    },
    close: async () => {
      await proxy.break()
    },
  }
}

/** The login in a kubeconfig, as kubectl reads it. */
export function loginOf({ fields }: Credentials): Login {
  const config = parse(fields.find(({ label }) => label.startsWith('Kubeconfig'))?.value ?? '')
  return { token: config.users[0].user.token }
}

/** The names of a lease, as the documentation gives them. */
export function prefixOf(resourceId: string, grantId: string): string {
  const isUuid = /^[0-9a-f-]{36}$/.test(grantId)
  const hash = createHash('sha256').update(grantId).digest('hex')
  return `daypass-${resourceId}-${isUuid ? grantId.replaceAll('-', '') : `h${hash.slice(0, 31)}`}-`
}

export function bindingPath(resourceId: string, grantId: string, namespace = 'orders'): string {
  const hash = createHash('sha256').update('ClusterRole/support').digest('hex').slice(0, 8)
  return `${rbac}/namespaces/${namespace}/rolebindings/${prefixOf(resourceId, grantId)}${hash}`
}

export async function accountNames(cluster: ShopCluster): Promise<string[]> {
  const { items } = (await cluster.call('GET', leases)).body
  return items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)
}

export interface FoundBinding {
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[]
}

export async function allBindings(cluster: ShopCluster): Promise<FoundBinding[]> {
  const [inNamespaces, inCluster] = await Promise.all(
    ['rolebindings', 'clusterrolebindings'].map((kind) => cluster.call('GET', `${rbac}/${kind}`)),
  )
  return [...(inNamespaces?.body.items ?? []), ...(inCluster?.body.items ?? [])]
}

function sessionOf(watch: OpenWatch): LiveSession {
  return { alive: async () => watch.isOpen(), close: async () => watch.close() }
}

/** The same with a cluster of its own, which closes with it. */
export async function startKubernetesWorld(mode?: Mode): Promise<KubernetesWorld> {
  const cluster = await startShopCluster()
  const world = await makeKubernetesWorld(cluster, mode)
  const close = async () => {
    await world.close()
    await cluster.close()
  }
  return { ...world, close }
}
