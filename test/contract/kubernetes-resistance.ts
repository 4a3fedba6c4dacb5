import { beforeAll, expect, it, vi } from 'vitest'
import type { Login } from '../../fixtures/targets/kubernetes.ts'
import type { AccessOrder } from '../../src/domain/connector.ts'
import type { Content } from './_open-connector.ts'
import { bindingTo, collectionOf, rbac, reads, roleOf, type ShopCluster } from './kubernetes-cluster.ts'
import { accountNames, allBindings, type KubernetesWorld, prefixOf } from './kubernetes-world.ts'

/** A holder who may do nearly everything: the owners were warned. */
const keeper: Content = { bind: [{ clusterRole: 'keeper', wholeCluster: true }], acceptKeeping: true }
const rbacGroup = 'rbac.authorization.k8s.io'
const everything = (group: string, ...resources: string[]) => ({
  apiGroups: [group],
  resources,
  verbs: ['get', 'list', 'create', 'update', 'patch', 'delete'],
})
const configMaps = '/api/v1/namespaces/orders/configmaps'
const leases = '/api/v1/namespaces/daypass-leases/serviceaccounts'

/** Holders who try to keep access beyond the end of their lease. */
export function kubernetesResistanceRules(world: () => KubernetesWorld): void {
  beforeAll(async () => {
    const { cluster } = world()
    await cluster.apply(
      roleOf('keeper', [
        everything('', 'configmaps', 'serviceaccounts', 'serviceaccounts/token', 'secrets'),
        everything('admissionregistration.k8s.io', 'validatingwebhookconfigurations'),
        everything(rbacGroup, 'roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'),
        { apiGroups: [rbacGroup], resources: ['roles', 'clusterroles'], verbs: ['bind', 'escalate'] },
      ]),
    )
    await cluster.apply(
      roleOf('platform', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }]),
    )
    const bind = {
      apiGroups: [rbacGroup],
      resources: ['clusterroles'],
      resourceNames: ['keeper'],
      verbs: ['bind'],
    }
    await cluster.apply(roleOf('daypass-gives-keeper', [bind]))
    const daypass = { kind: 'ServiceAccount', name: 'daypass', namespace: 'daypass' }
    await cluster.apply(bindingTo('daypass-gives-keeper', daypass, { name: 'daypass-gives-keeper' }))
  })

  /** Does all that the holder does, then ends the lease. Returns the evidence. */
  const endedAfter = async (resist: (holder: Holder) => Promise<unknown>) => {
    const { connector, holds } = world()
    const holder = await keeperOf(world())
    await resist(holder)
    const evidence = await vi.waitFor(() => connector.revoke(holder.order), { timeout: 20_000 })
    expect(await holds(holder.order)).toBe(false)
    expect(await reads(holder.cluster, holder.login, configMaps)).toBe(false)
    return evidence
  }

  it('bindings that the holder made for itself are gone, however they name it', async () => {
    await endedAfter(async ({ act, me, name }) => {
      await act(
        'POST',
        `${rbac}/namespaces/orders/rolebindings`,
        bindingTo('support', me, { name: 'innocent', namespace: 'orders' }),
      )
      await act(
        'POST',
        `${rbac}/clusterrolebindings`,
        bindingTo('platform', { kind: 'User', name }, { name: 'system:innocent' }),
      )
    })
    const names = (await allBindings(world().cluster)).map(({ metadata }) => metadata.name)
    expect(names.filter((name) => name.includes('innocent'))).toEqual([])
  })

  it('finalizers keep neither binding nor account', async () => {
    const { cluster, rawState } = world()
    await endedAfter(async ({ act, me, order }) => {
      const finalizers = { metadata: { finalizers: ['acme.test/keep'] } }
      const mine = await ownBinding(cluster, order)
      await act('PATCH', `${rbac}/clusterrolebindings/${mine}`, finalizers)
      await act('PATCH', `${leases}/${me.name}`, finalizers)
      const another = bindingTo('platform', me, { name: 'kept' })
      await act('POST', `${rbac}/clusterrolebindings`, {
        ...another,
        metadata: { name: 'kept', ...finalizers.metadata },
      })
    })
    expect(await rawState()).toEqual([])
    expect((await allBindings(cluster)).filter(({ metadata }) => metadata.name === 'kept')).toEqual([])
  })

  it('a holder who deletes, renames and rewrites what is its own loses it all the same', async () => {
    const { cluster, rawState } = world()
    await endedAfter(async ({ act, me, order }) => {
      const mine = await ownBinding(cluster, order)
      const eve = { kind: 'User', apiGroup: rbacGroup, name: 'eve' }
      await act('PATCH', `${rbac}/clusterrolebindings/${mine}`, {
        metadata: { labels: null, annotations: null },
        subjects: [me, eve],
      })
      await act('PATCH', `${leases}/${me.name}`, { metadata: { labels: null, annotations: null } })
    })
    expect(await cluster.may('eve', 'get', 'secrets', 'orders')).toBe(false)
    expect(await rawState()).toEqual([])
  })

  it('a holder who goes on making bindings and accounts during the revocation has no access after it', async () => {
    const { cluster, rawState } = world()
    let over = false
    const going: Promise<void>[] = []
    await endedAfter(async ({ act, me }) => {
      const keepMaking = async (at: number) => {
        for (let count = 0; !over; count += 1) {
          const name = `again-${at}-${count}`
          await act('POST', `${rbac}/clusterrolebindings`, bindingTo('keeper', me, { name }))
          await act('POST', leases, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: me.name } })
        }
      }
      going.push(...[0, 1, 2].map(keepMaking))
    })
    over = true
    await Promise.all(going)
    expect(await rawState()).toEqual([])
    const left = (await allBindings(cluster)).filter(({ metadata }) => metadata.name.startsWith('again-'))
    expect(left.flatMap(({ subjects }) => subjects ?? [])).toEqual([])
  })

  it('from a binding for others too only the holder is taken out', async () => {
    const { cluster } = world()
    const team = { kind: 'Group', apiGroup: rbacGroup, name: 'team' }
    const shared = bindingTo('support', team, { name: 'team', namespace: 'orders' })
    await cluster.apply(shared)
    const path = `${collectionOf(shared)}/team`
    const evidence = await endedAfter(({ act, me }) => act('PATCH', path, { subjects: [team, me] }))
    expect((await cluster.call('GET', path)).body.subjects).toEqual([team])
    expect(evidence.remains ?? '').not.toMatch(/take it out there/)
    await cluster.call('DELETE', path)
  })

  it('where Daypass may not change such a binding, all tokens end all the same, and the end names the binding', async () => {
    const { cluster, connector } = world()
    const team = { kind: 'Group', apiGroup: rbacGroup, name: 'team' }
    const shared = bindingTo('platform', team, { name: 'team' })
    await cluster.apply(shared)
    const path = `${collectionOf(shared)}/team`
    const { order, login, act, me } = await keeperOf(world())
    await act('PATCH', path, { subjects: [team, me] })
    const long = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 86_400 },
    }
    const own = (await act('POST', `${leases}/${me.name}/token`, long)).body.status
    expect(await reads(cluster, own, configMaps)).toBe(true)
    const evidence = await connector.revoke(order)
    // Its name still has the role. Nobody can be it: no token of it is taken.
    for (const who of [login, own]) expect((await cluster.callAs(who, 'GET', configMaps)).status).toBe(401)
    expect(await cluster.review(own.token)).toBe(false)
    expect(evidence).toMatchObject({
      facts: { tokenRefused: true, deniedQuestions: null },
      remains: expect.stringMatching(/ClusterRoleBinding team still names the deleted ServiceAccount/),
    })
    await cluster.call('DELETE', path)
  }, 40_000)

  it('what was made in favour of others is named at the end', async () => {
    const { cluster } = world()
    const forEve = bindingTo(
      'platform',
      { kind: 'User', name: 'eve' },
      { name: 'for-eve', namespace: 'orders' },
    )
    const evidence = await endedAfter(async ({ act }) => {
      await act('POST', collectionOf(forEve), forEve)
      await act('POST', `${rbac}/clusterroles`, roleOf('back-door', []))
    })
    expect(evidence.remains).toMatch(
      /The roles let their holder make bindings, change roles, make tokens of ServiceAccounts, read Secrets/,
    )
    expect(evidence.remains).toMatch(
      /Changed since the lease began, by whom Kubernetes does not say: .*RoleBinding orders\/for-eve/,
    )
    expect(evidence.remains).toMatch(/ClusterRole back-door/)
    await cluster.call('DELETE', `${collectionOf(forEve)}/for-eve`)
    await cluster.call('DELETE', `${rbac}/clusterroles/back-door`)
  })

  it('while an admission webhook prevents the removal, the lease is not told as ended', async () => {
    const { cluster, connector, holds } = world()
    const { order, act } = await keeperOf(world())
    const webhooks = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
    await act('POST', webhooks, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'no-end' },
      webhooks: [
        {
          name: 'no-end.acme.test',
          clientConfig: { url: 'https://127.0.0.1:9/' },
          rules: [
            {
              apiGroups: [rbacGroup],
              apiVersions: ['*'],
              operations: ['DELETE'],
              resources: ['clusterrolebindings'],
            },
          ],
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          timeoutSeconds: 1,
        },
      ],
    })
    await vi.waitFor(() =>
      expect(connector.revoke(order)).rejects.toMatchObject({
        code: 'unreachable',
        retryable: true,
        message: expect.stringContaining('admission webhook'),
      }),
    )
    await cluster.call('DELETE', `${webhooks}/no-end`)
    await vi.waitFor(() => connector.revoke(order), { timeout: 10_000 })
    expect(await holds(order)).toBe(false)
    expect(await accountNames(cluster)).toEqual([])
  })
}

interface Holder {
  readonly cluster: ShopCluster
  readonly order: AccessOrder
  readonly login: Login
  /** A call with the token of the lease. */
  act(method: string, path: string, body?: object): ReturnType<ShopCluster['call']>
  /** Its account, as a subject of bindings; and as a user. */
  readonly me: { readonly kind: string; readonly name: string; readonly namespace: string }
  readonly name: string
}

async function keeperOf({ cluster, holder }: KubernetesWorld): Promise<Holder> {
  const { order, login, credentials } = await holder(keeper)
  const name = credentials.fields.find(({ label }) => label === 'ServiceAccount')?.value ?? ''
  return {
    cluster,
    order,
    login,
    act: (method, path, body) => cluster.callAs(login, method, path, body),
    me: { kind: 'ServiceAccount', name: name.split(':')[3] ?? '', namespace: 'daypass-leases' },
    name,
  }
}

async function ownBinding(cluster: ShopCluster, { grantId }: AccessOrder): Promise<string> {
  const names = (await allBindings(cluster)).map(({ metadata }) => metadata.name)
  return names.find((name) => name.startsWith(prefixOf('shop', grantId))) ?? ''
}
