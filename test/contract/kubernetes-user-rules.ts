import { randomUUID } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import type { Login } from '../../fixtures/targets/kubernetes.ts'
import type { AccessOrder } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import type { Content } from './_open-connector.ts'
import { leaseOf } from './connector-logins.ts'
import { bindingTo, collectionOf, rbac, roleOf } from './kubernetes-cluster.ts'
import { type KubernetesWorld, support } from './kubernetes-world.ts'

const configMaps = '/api/v1/namespaces/orders/configmaps'
const rbacGroup = 'rbac.authorization.k8s.io'

/** Access for people who sign in to the cluster by OIDC or with a certificate. */
export function kubernetesUserRules(world: () => KubernetesWorld): void {
  const orderFor = (identity: string, content: Content = support): AccessOrder => {
    const order = world().access(content)
    return { ...order, holder: { ...order.holder, identity } }
  }
  const logins: Record<string, (name: string) => Promise<Login>> = {
    certificate: (name) => world().cluster.certificateFor(name),
    'OIDC token': async (name) => world().cluster.oidcLoginFor(name),
  }

  it.each(Object.keys(logins))(
    'a user with a %s has the roles for the lease, and is refused at the next call',
    async (kind) => {
      const { cluster, withCatalog } = world()
      const prefixed = kind === 'OIDC token'
      const connector = withCatalog({ support }, { settings: prefixed ? { userPrefix: 'oidc:' } : {} })
      const name = `casey-${randomUUID().slice(0, 8)}@acme.test`
      const login = (await logins[kind]?.(name)) ?? { token: '' }
      const read = async () => (await cluster.callAs(login, 'GET', configMaps)).status
      // The API server learns the keys of the OIDC provider some seconds after its start.
      await vi.waitFor(async () => expect(await read()).toBe(403), { timeout: 20_000, interval: 250 })
      const order = orderFor(name)
      const evidence = await connector.grant(order)
      expect(evidence.summary).toBe(`${prefixed ? 'oidc:' : ''}${name} has support in orders.`)
      expect(await read()).toBe(200)
      expect(await connector.issueCredentials?.(order)).toBeNull()
      const watch = await cluster.watchAs(login, configMaps)
      const end = await connector.revoke(order)
      // Still somebody, with no roles: a certificate lasts until its own end.
      expect(await read()).toBe(403)
      expect(end).toMatchObject({
        facts: { user: `${prefixed ? 'oidc:' : ''}${name}`, deniedQuestions: expect.any(Number) },
        residualUntil: { at: null },
      })
      expect(end.remains).toBeUndefined()
      const after = `after-${randomUUID()}`
      await cluster.call('POST', configMaps, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: after },
      })
      await vi.waitFor(() => expect(watch.names).toContain(after))
      watch.close()
    },
    40_000,
  )

  it('what the user may do by another binding is told at the end', async () => {
    const { connector, giveByHand } = world()
    const order = orderFor(`casey-${randomUUID()}`)
    await connector.grant(order)
    const takeBack = await giveByHand?.(order)
    const { remains } = await connector.revoke(order)
    expect(remains).toMatch(/^\S+ may still get configmaps in orders, by RoleBinding orders\/by-hand-\S+\. /)
    await takeBack?.()
    expect(await connector.revoke(order)).not.toHaveProperty('remains')
  })

  it('a part of the access that the user has already does not prevent a lease of the whole', async () => {
    const { cluster, connector, holds } = world()
    const user = `casey-${randomUUID()}`
    const part = roleOf('part', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }])
    const binding = bindingTo('part', { kind: 'User', name: user }, { name: user, namespace: 'orders' })
    for (const object of [part, binding]) await cluster.apply(object)
    await cluster.until(true, user, 'get', 'configmaps', 'orders')
    const order = orderFor(user)
    expect(await connector.standing?.(order)).toBeNull()
    await connector.grant(order)
    expect((await connector.revoke(order)).remains).toMatch(
      /may still get configmaps in orders, by RoleBinding/,
    )
    expect(await holds(order)).toBe(true)
    await cluster.call('DELETE', `${collectionOf(binding)}/${user}`)
  })

  it('of two leases with different roles each takes away its own', async () => {
    const { cluster, connector } = world()
    const user = `casey-${randomUUID()}`
    const one = orderFor(user)
    const nodes = {
      bind: [...(support.bind as object[]), { clusterRole: 'node-reader', wholeCluster: true }],
    }
    const other = orderFor(user, nodes)
    await connector.grant(one)
    await connector.grant({ ...other, alsoHeld: [leaseOf(one)] })
    const end = await connector.revoke({ ...other, alsoHeld: [leaseOf(one)] })
    expect(end).toMatchObject({
      facts: { keptBy: [one.grantId] },
      summary: expect.stringContaining('another lease'),
    })
    expect(end.remains).toBeUndefined()
    expect(await cluster.may(user, 'list', 'nodes')).toBe(false)
    expect(await cluster.may(user, 'list', 'configmaps', 'orders')).toBe(true)
    await connector.revoke(one)
    expect(await cluster.may(user, 'list', 'configmaps', 'orders')).toBe(false)
  })

  it('a binding that looks like one of another lease is told as access from elsewhere', async () => {
    const { cluster, connector } = world()
    const user = `casey-${randomUUID()}`
    const order = orderFor(user)
    await connector.grant(order)
    const name = `daypass-people-${'0'.repeat(32)}-00000000`
    const fake = bindingTo('support', { kind: 'User', name: user }, { name, namespace: 'orders' })
    await cluster.apply(fake)
    await cluster.until(true, user, 'get', 'configmaps', 'orders')
    expect((await connector.revoke(order)).remains).toContain(`by RoleBinding orders/${name}`)
    // The comparison with live leases finds it, too, and takes it away.
    const listed: string[] = []
    for await (const { grantId } of connector.list?.() ?? []) listed.push(grantId)
    expect(listed).toEqual(['00000000-0000-0000-0000-000000000000'])
    await connector.revoke({ ...order, grantId: listed[0] ?? '' })
    expect(await cluster.may(user, 'get', 'configmaps', 'orders')).toBe(false)
  })

  it('a user who may make bindings keeps none unseen', async () => {
    const { cluster, connector } = world()
    const content: Content = {
      bind: [{ clusterRole: 'binder', namespaces: ['orders'] }],
      acceptKeeping: true,
    }
    await cluster.apply(
      roleOf('binder', [
        { apiGroups: [rbacGroup], resources: ['rolebindings'], verbs: ['create', 'patch'] },
        { apiGroups: [rbacGroup], resources: ['clusterroles'], verbs: ['bind'] },
      ]),
    )
    const rule = {
      apiGroups: [rbacGroup],
      resources: ['clusterroles'],
      resourceNames: ['binder'],
      verbs: ['bind'],
    }
    await cluster.apply(roleOf('daypass-gives-binder', [rule]))
    const daypass = { kind: 'ServiceAccount', name: 'daypass', namespace: 'daypass' }
    await cluster.apply(bindingTo('daypass-gives-binder', daypass, { name: 'daypass-gives-binder' }))
    const user = `casey-${randomUUID().slice(0, 8)}`
    const login = await cluster.certificateFor(user)
    const order = orderFor(user, content)
    await vi.waitFor(() => connector.grant(order))
    const own = bindingTo(
      'binder',
      { kind: 'User', name: user },
      { name: `own-${user}`, namespace: 'orders' },
    )
    const { status } = await cluster.callAs(login, 'POST', `${rbac}/namespaces/orders/rolebindings`, own)
    expect(status).toBe(201)
    const { remains } = await connector.revoke(order)
    expect(remains).toContain(
      `${user} may still create rolebindings in orders, by RoleBinding orders/own-${user}.`,
    )
    expect(remains).toMatch(new RegExp(`Changed since the lease began.*RoleBinding orders/own-${user}`))
    await cluster.call('DELETE', `${collectionOf(own)}/own-${user}`)
  })

  it.each(['system:admin', 'system:serviceaccount:kube-system:x', 'new\nline'])(
    'the login %j is that of no person',
    async (identity) => {
      const { connector } = world()
      const order = orderFor(identity)
      for (const operation of [connector.grant(order), connector.standing?.(order)])
        await expect(operation).rejects.toMatchObject({
          code: 'misconfigured',
          message: expect.stringContaining('Confirm the name'),
        })
    },
  )

  it('a prefix of the cluster makes no name of it', async () => {
    const { withCatalog } = world()
    const connector = withCatalog({ support }, { settings: { userPrefix: 'system:' } })
    await expect(connector.grant(orderFor('admin'))).rejects.toMatchObject({ code: 'misconfigured' })
  })

  it.each([
    'a"b',
    'casey@acme.test',
    '../../x',
    '*',
    'é'.repeat(64),
    'x'.repeat(250),
    '\u202eevil',
    'by RoleBinding "x/y"',
  ])('the hostile login %j is a name, and nothing else', async (name) => {
    const { connector, holds, rawState } = world()
    const order = orderFor(name)
    expect(await connector.standing?.(order)).toBeNull()
    await connector.grant(order)
    expect(await holds(order)).toBe(true)
    expect(await connector.revoke(order)).not.toHaveProperty('remains')
    expect(await holds(order)).toBe(false)
    expect(await rawState()).toEqual([])
  })

  it('a stored content that names no role any more takes its bindings away', async () => {
    const { connector, holds } = world()
    const order = orderFor(`casey-${randomUUID()}`)
    await connector.grant(order)
    await connector.revoke({ ...order, content: contentFromJson({ was: 'another version' }) })
    expect(await holds(order)).toBe(false)
  })
}
