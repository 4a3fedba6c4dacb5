import { afterAll, beforeAll, describe, it } from 'vitest'
import { kubernetesMissing } from '../../fixtures/targets/kubernetes.ts'
import { skipLoudly } from '../_redis.ts'
import { describeConnectorContract } from './connector-contract.ts'
import { type ShopCluster, startShopCluster } from './kubernetes-cluster.ts'
import { kubernetesUserRules } from './kubernetes-user-rules.ts'
import { type KubernetesWorld, makeKubernetesWorld } from './kubernetes-world.ts'

if (skipLoudly('the kubernetes connector, for users of the cluster', kubernetesMissing)) {
  describe.skip('kubernetes: not on this machine', () => it('is tested', () => {}))
} else {
  describe('kubernetes, for users of the cluster', () => {
    let cluster: ShopCluster
    beforeAll(async () => {
      cluster = await startShopCluster()
    }, 90_000)
    afterAll(() => cluster?.close())

    describeConnectorContract(
      'kubernetes, access: user',
      () => makeKubernetesWorld(cluster, { access: 'user', resourceId: 'people' }),
      {
        grantAll: 'each lease has bindings of its own',
        revokeAll: 'each lease has bindings of its own',
        sessions: 'the API of Kubernetes ends no open watch: the end says that it goes on',
        credentials: 'users sign in as always',
        resistance: 'without credentials of the lease there is no login here: the rules below have one',
      },
    )

    describe('in this cluster', () => {
      let world: KubernetesWorld
      beforeAll(async () => {
        world = await makeKubernetesWorld(cluster, { access: 'user', resourceId: 'people' })
      })
      afterAll(() => world?.close())
      kubernetesUserRules(() => world)
    })
  })
}
