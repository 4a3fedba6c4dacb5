import { expect, it } from 'vitest'
import { manifestOfPage, rbac, roleOf } from './kubernetes-cluster.ts'
import { type KubernetesWorld, support } from './kubernetes-world.ts'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

/** What `check` says of a cluster, and of the roles that the catalog names. */
export function kubernetesCheckRules(world: () => KubernetesWorld): void {
  const problemsWith = async (content: object, changes?: Parameters<KubernetesWorld['withCatalog']>[1]) => {
    const diagnosis = await world()
      .withCatalog({ offered: { ...content } }, changes)
      .check()
    return diagnosis.ok ? [] : diagnosis.problems.map(({ what, remedy }) => `${what} → ${remedy}`)
  }

  it('without any one of the rights on the page, `check` names it with the rule that gives it', async () => {
    const { cluster, connector } = world()
    const roles = (await manifestOfPage()).filter(({ kind }) => /Role$/.test(kind))
    expect(roles).toHaveLength(2)
    let rights = 0
    for (const { metadata, kind, rules } of roles as unknown as (ReturnType<typeof roleOf> & {
      rules: Rule[]
    })[]) {
      const path =
        kind === 'Role'
          ? `${rbac}/namespaces/${metadata.namespace}/roles/daypass`
          : `${rbac}/clusterroles/daypass`
      for (const [at, rule] of rules.entries()) {
        for (const verb of rule.verbs) {
          const fewer = { ...rule, verbs: rule.verbs.filter((one) => one !== verb) }
          const without = fewer.verbs.length === 0 ? [] : [fewer]
          await cluster.call('PATCH', path, { rules: rules.toSpliced(at, 1, ...without) })
          const resource = rule.resources[0] ?? ''
          const user = 'system:serviceaccount:daypass:daypass'
          const asked = `${resource}${rule.apiGroups[0] === '' ? '' : `.${rule.apiGroups[0]}`}`
          if (verb !== 'bind' && !resource.includes('/'))
            await cluster.until(false, user, verb, asked, metadata.namespace)
          const diagnosis = await connector.check()
          const told = JSON.stringify(diagnosis.ok ? [] : diagnosis.problems)
          expect(told, `${verb} ${resource}`).toContain(`verbs: [${verb}]`)
          expect(told, `${verb} ${resource}`).toContain(verb === 'bind' ? 'support' : resource)
          rights += 1
        }
      }
      await cluster.call('PATCH', path, { rules })
    }
    expect(rights).toBe(15)
    await expect.poll(() => connector.check()).toMatchObject({ ok: true })
  }, 60_000)

  it('finds what is wrong with roles and namespaces', async () => {
    const { cluster } = world()
    await cluster.apply(roleOf('empty', []))
    await cluster.apply(roleOf('not-ours', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }]))
    expect(await problemsWith({ bind: [{ clusterRole: 'supprt', namespaces: ['orders'] }] })).toEqual([
      'offered: the ClusterRole supprt in orders does not exist → Create it, or correct the catalog.',
    ])
    expect(await problemsWith({ bind: [{ clusterRole: 'empty', namespaces: ['orders'] }] })).toEqual([
      expect.stringContaining('the ClusterRole empty in orders allows nothing'),
    ])
    expect(await problemsWith({ bind: [{ clusterRole: 'not-ours', wholeCluster: true }] })).toEqual([
      'offered: Daypass may not give not-ours in the whole cluster → Give it a role with this rule: apiGroups: ["rbac.authorization.k8s.io"], resources: [clusterroles], resourceNames: ["not-ours"], verbs: [bind].',
    ])
    expect(await problemsWith({ bind: [{ clusterRole: 'support', namespaces: ['ordrs'] }] })).toEqual([
      expect.stringMatching(/support in ordrs cannot be given.*has no such namespace/),
    ])
    expect(await problemsWith(support, { settings: { namespace: 'nowhere' } })).toEqual(
      expect.arrayContaining([expect.stringContaining('a Role in the namespace nowhere')]),
    )
  })

  it('a grant of such a role is refused with the same words, and leaves nothing', async () => {
    const { access, connector, rawState } = world()
    const bad = { 'not exist': 'supprt', 'allows nothing': 'empty', 'not let Daypass': 'not-ours' }
    for (const [message, clusterRole] of Object.entries(bad)) {
      const order = access({ bind: [{ clusterRole, namespaces: ['orders'] }] })
      await expect(connector.grant(order)).rejects.toMatchObject({
        code: expect.stringMatching(/misconfigured|permission/),
        retryable: false,
        message: expect.stringContaining(message),
      })
      await connector.revoke(order)
    }
    expect(await rawState()).toEqual([])
  })

  it('warns of roles whose holder can keep access, unless the owners accept that', async () => {
    const { cluster } = world()
    const roles: Record<string, [object, RegExp]> = {
      'may-bind': [
        { apiGroups: ['rbac.authorization.k8s.io'], resources: ['rolebindings'], verbs: ['create'] },
        /make bindings/,
      ],
      'may-escalate': [
        { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['escalate'] },
        /change roles/,
      ],
      'may-token': [
        { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
        /make tokens/,
      ],
      'may-secrets': [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }, /read Secrets/],
      'may-exec': [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }, /enter pods/],
      'may-exec-all': [{ apiGroups: ['*'], resources: ['*/exec'], verbs: ['*'] }, /enter pods/],
      'may-pods': [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['patch'] }, /start pods/],
      'may-impersonate': [
        { apiGroups: [''], resources: ['users'], verbs: ['impersonate'] },
        /impersonate others/,
      ],
      'may-all': [
        { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
        /make bindings.*read Secrets.*reach kubelets/,
      ],
    }
    for (const [name, [rule, warning]] of Object.entries(roles)) {
      await cluster.apply(roleOf(name, [rule]))
      const bind = [{ clusterRole: name, namespaces: ['orders'] }]
      expect((await problemsWith({ bind })).join(' '), name).toMatch(warning)
      expect((await problemsWith({ bind, acceptKeeping: true })).join(' '), name).not.toMatch(
        /beyond the lease/,
      )
    }
    expect((await problemsWith(support)).join(' ')).toBe('')
  })

  it('says what to do where address, CA or token are wrong', async () => {
    const { cluster } = world()
    expect(await problemsWith(support, { settings: { token: 'no-token' } })).toEqual([
      expect.stringMatching(/does not take the token of Daypass/),
    ])
    expect(await problemsWith(support, { settings: { caFile: undefined } })).toEqual([
      expect.stringMatching(/is not trusted. Name its CA in `caFile`/),
    ])
    expect(await problemsWith(support, { settings: { caFile: '/nowhere/ca.pem' } })).toEqual([
      expect.stringMatching(/`caFile` \/nowhere\/ca.pem cannot be read \(ENOENT\)/),
    ])
    expect(await problemsWith(support, { settings: { url: `${cluster.url()}/wrong` } })).not.toEqual([])
    expect(await problemsWith(support, { settings: { token: 'two words' } })).toEqual([
      expect.stringMatching(/Give it the token alone/),
    ])
  })
}
