import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent, fetch } from 'undici'
import { stringify } from 'yaml'
import { kubernetesMissing } from '../../fixtures/targets/kubernetes.ts'
import { bindingTo, rbac } from '../../test/contract/kubernetes-cluster.ts'
import { startKubernetesWorld } from '../../test/contract/kubernetes-world.ts'
import { credentialsOf, fieldOf, type SystemKind } from './system.ts'

const namespace = 'daypass-leases'
const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
const bindings = `${rbac}/namespaces/orders/rolebindings`

/** An account of the lease, with one role and a token. */
export const kubernetesSystem: SystemKind = {
  kind: 'kubernetes',
  missing: kubernetesMissing,
  start: async () => {
    const world = await startKubernetesWorld()
    const { cluster } = world
    const agent = new Agent({ connect: { ca: readFileSync(cluster.caFile) } })
    const call = async (method: string, path: string, body?: object) => {
      const response = await fetch(`${cluster.url(world.proxy.port)}${path}`, {
        method,
        dispatcher: agent,
        headers: { authorization: `Bearer ${cluster.daypassToken}`, 'content-type': 'application/json' },
        body: body ? JSON.stringify(body) : null,
      })
      // biome-ignore lint/suspicious/noExplicitAny: objects of the API, which this bench knows
      const answer = (await response.json()) as any
      if (response.ok) return answer
      throw new Error(`${method} ${path}: ${response.status} ${answer.message}`)
    }
    const may = async (name: string): Promise<boolean> => {
      const user = `system:serviceaccount:${namespace}:${name}`
      const resourceAttributes = { namespace: 'orders', verb: 'get', resource: 'configmaps' }
      const { status } = await call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user, resourceAttributes },
      })
      return status.allowed
    }
    const until = async (name: string, allowed: boolean) => {
      while ((await may(name)) !== allowed);
    }
    return {
      world,
      bare: {
        grant: async () => {
          const name = `bare-${randomBytes(8).toString('hex')}`
          await call('POST', accounts, {
            apiVersion: 'v1',
            kind: 'ServiceAccount',
            metadata: { name, namespace },
          })
          const subject = { kind: 'ServiceAccount', name, namespace }
          await call('POST', bindings, bindingTo('support', subject, { name, namespace: 'orders' }))
          await until(name, true)
          const { status } = await call('POST', `${accounts}/${name}/token`, {
            apiVersion: 'authentication.k8s.io/v1',
            kind: 'TokenRequest',
            spec: { expirationSeconds: 3_600 },
          })
          return credentialsOf({
            Account: name,
            Kubeconfig: stringify({ users: [{ user: { token: status.token } }] }),
          })
        },
        revoke: async (given) => {
          const name = fieldOf(given, 'Account')
          await call('DELETE', `${bindings}/${name}`)
          await call('DELETE', `${accounts}/${name}`)
          await until(name, false)
        },
      },
      close: async () => {
        await agent.destroy()
        await world.close()
      },
    }
  },
}
