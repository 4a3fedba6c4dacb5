import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { kubernetes } from '../../src/connectors/kubernetes/connector.ts'
import { reads } from './kubernetes-cluster.ts'
import { bindingPath, type KubernetesWorld, loginOf, support } from './kubernetes-world.ts'

const configMaps = '/api/v1/namespaces/orders/configmaps'
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })

/** What a lease gives in a cluster, and what its end is worth. */
export function kubernetesRules(world: () => KubernetesWorld): void {
  it('a lease gives its roles at their places, and nothing else', async () => {
    const { cluster, connector, holder } = world()
    const { order, login } = await holder({
      bind: [
        { clusterRole: 'support', namespaces: ['orders', 'payments'] },
        { role: 'restart-workers', namespaces: ['orders'] },
        { clusterRole: 'node-reader', wholeCluster: true },
      ],
    })
    const status = async (method: string, path: string, body?: object) =>
      (await cluster.callAs(login, method, path, body)).status
    const paths = {
      [configMaps]: 200,
      '/api/v1/namespaces/payments/configmaps': 200,
      '/apis/apps/v1/namespaces/orders/deployments/none/scale': 404,
      '/api/v1/nodes': 200,
      '/metrics': 200,
      '/api/v1/namespaces/default/configmaps': 403,
      '/api/v1/namespaces/orders/secrets': 403,
      '/apis/apps/v1/namespaces/payments/deployments/none/scale': 403,
      '/api/v1/namespaces/daypass-leases/serviceaccounts': 403,
    }
    const found: Record<string, number> = {}
    for (const path of Object.keys(paths)) found[path] = await status('GET', path)
    expect(found).toEqual(paths)
    expect(await status('POST', configMaps, configMap(`made-${order.grantId}`))).toBe(201)
    await connector.revoke(order)
    for (const path of Object.keys(paths)) expect(await status('GET', path), path).not.toBe(200)
  })

  it('the next call after the end is refused, the token soon is nobody’s, and an open watch goes on, as the end says', async () => {
    const { cluster, connector, holder } = world()
    const { order, login, credentials } = await holder(support)
    const user = credentials.fields.find(({ label }) => label === 'ServiceAccount')?.value ?? ''
    const watch = await cluster.watchAs(login, configMaps)
    expect('token' in login && (await cluster.review(login.token))).toBe(true)
    expect(await cluster.may(user, 'get', 'configmaps', 'orders')).toBe(true)

    const evidence = await connector.revoke(order)
    const next = await cluster.callAs(login, 'GET', configMaps)
    expect([401, 403]).toContain(next.status)
    expect(await cluster.may(user, 'get', 'configmaps', 'orders')).toBe(false)
    expect(evidence).toMatchObject({
      summary: `The ServiceAccount ${user} and its bindings do not exist, a token of it is refused, and it may do nothing of what they gave.`,
      facts: { tokenRefused: true, deniedQuestions: expect.any(Number) },
      residualUntil: { at: null, what: 'Watches, and exec and port-forward sessions, that were open' },
    })
    expect(evidence.facts.deniedQuestions).toBeGreaterThan(1)
    expect(JSON.stringify(evidence)).not.toContain('token' in login && login.token)

    // What the residual is about, measured: the watch gets what is made after the end.
    const after = `after-${order.grantId}`
    await cluster.call('POST', configMaps, configMap(after))
    await vi.waitFor(() => expect(watch.names).toContain(after))
    expect(watch.isOpen()).toBe(true)
    await expect(cluster.watchAs(login, configMaps)).rejects.toThrow(/40[13]/)
    // For ten seconds the API server remembers that it has accepted the token.
    await vi.waitFor(
      async () => expect('token' in login && (await cluster.review(login.token))).toBe(false),
      {
        timeout: 15_000,
        interval: 500,
      },
    )
    expect((await cluster.callAs(login, 'GET', configMaps)).status).toBe(401)
    expect(watch.isOpen()).toBe(true)
    watch.close()
  }, 30_000)

  it('the kubeconfig is for the address of people, and its token expires with the lease', async () => {
    const { cluster, connector, access } = world()
    const issue = async (minutes: number) => {
      const order = { ...access(support), until: new Date(Date.now() + minutes * 60_000) }
      await connector.grant(order)
      const credentials = await connector.issueCredentials?.(order)
      await connector.revoke(order)
      if (!credentials) throw new Error('no credentials')
      const login = loginOf(credentials)
      const claims = 'token' in login ? login.token.split('.')[1] : ''
      const { exp } = JSON.parse(Buffer.from(claims ?? '', 'base64url').toString())
      return { credentials, until: order.until.getTime() / 1_000, exp }
    }
    const { credentials, until, exp } = await issue(60)
    expect(Math.abs(exp - until)).toBeLessThan(3)
    const config = parse(credentials.fields.find(({ label }) => label.startsWith('Kubeconfig'))?.value ?? '')
    expect(config).toMatchObject({
      'current-context': 'shop',
      clusters: [{ cluster: { server: cluster.url(), 'certificate-authority-data': expect.any(String) } }],
      contexts: [{ context: { namespace: 'orders' } }],
    })
    // Kubernetes makes no token that lasts less than ten minutes: the page says so.
    const short = await issue(3)
    expect(short.credentials.expiresAt.getTime() / 1_000).toBe(short.until)
    expect(short.exp - short.until).toBeGreaterThan(400)
  })

  it('where nobody was shown a token, nothing can go on', async () => {
    const { connector, freshAccess } = world()
    const order = freshAccess()
    const { facts } = await connector.grant(order)
    expect(await connector.revoke({ ...order, given: facts })).not.toHaveProperty('residualUntil')
    expect(await connector.revoke({ ...order, given: facts })).toHaveProperty('residualUntil')
    expect(await connector.revoke(freshAccess())).not.toHaveProperty('residualUntil')
  })

  it('the former token is refused at the moment when the next one is shown', async () => {
    const { cluster, connector, holder } = world()
    const { order, login } = await holder(support)
    expect(await reads(cluster, login, configMaps)).toBe(true)
    await connector.issueCredentials?.(order)
    expect(await reads(cluster, login, configMaps)).toBe(false)
    await connector.revoke(order)
  })

  it('a lease ends whole also where its content is not understood any more, or its role is gone', async () => {
    const { cluster, connector, access, holds } = world()
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'support' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch', 'create'] }],
    }
    for (const change of ['content', 'role']) {
      const order = access({ bind: [{ clusterRole: 'support', namespaces: ['orders', 'payments'] }] })
      await connector.grant(order)
      if (change === 'role')
        await cluster.call('DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterroles/support')
      await connector.revoke(change === 'role' ? order : { ...order, content: null })
      if (change === 'role') await cluster.apply(role)
      expect(await holds(order), change).toBe(false)
    }
    expect(await world().rawState()).toEqual([])
  })

  it('whatever a hand made of the binding of a lease, granting again makes it the lease’s alone', async () => {
    const { cluster, connector, freshAccess, handChanges } = world()
    for (const [change, make] of Object.entries(handChanges)) {
      const order = freshAccess()
      await connector.grant(order)
      await make(order)
      const { facts } = await connector.grant(order)
      const { body } = await cluster.call('GET', bindingPath('shop', order.grantId))
      expect(body, change).toMatchObject({
        roleRef: { kind: 'ClusterRole', name: 'support' },
        subjects: [{ kind: 'ServiceAccount', name: String(facts.user).split(':')[3] }],
      })
      expect(body.metadata.deletionTimestamp, change).toBeUndefined()
      expect(body.subjects, change).toHaveLength(1)
      await connector.revoke(order)
    }
  })

  it('a token in a file is read again when it was rotated', async () => {
    const { cluster, withCatalog, freshAccess } = world()
    const tokenFile = join(cluster.folder, 'daypass-token')
    await writeFile(tokenFile, `${cluster.daypassToken}\n`)
    const connector = withCatalog({ support }, { settings: { token: undefined, tokenFile } })
    const order = freshAccess()
    await connector.grant(order)
    await writeFile(tokenFile, 'no-token')
    await expect(connector.revoke(order)).rejects.toMatchObject({ code: 'permission' })
    await writeFile(tokenFile, cluster.daypassToken)
    await connector.revoke(order)
  })

  it.each([
    [{ bind: [] }, /at least one role/],
    [{ bind: [{ clusterRole: 'view' }] }, /either `namespaces` or `wholeCluster: true`/],
    [{ bind: [{ clusterRole: 'view', namespaces: ['a'], wholeCluster: true }] }, /either `namespaces` or/],
    [{ bind: [{ role: 'x', wholeCluster: true }] }, /a Role is of one namespace/],
    [{ bind: [{ role: 'x', clusterRole: 'y', namespaces: ['a'] }] }, /either `clusterRole` or `role`/],
    [{ bind: [{ clusterRole: '../x', namespaces: ['a'] }] }, /cannot be the name of a role/],
    [{ bind: [{ clusterRole: 'view', namespaces: ['A/b'] }] }, /expected a namespace/],
  ])('the catalog is refused: %j', (content, message) => {
    expect(() => kubernetes.entitlement.parse(content)).toThrow(message)
  })
}
