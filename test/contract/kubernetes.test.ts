import { afterAll, beforeAll, describe, it } from 'vitest'
import { kubernetesMissing } from '../../fixtures/targets/kubernetes.ts'
import { skipLoudly } from '../_redis.ts'
import { describeConnectorContract } from './connector-contract.ts'
import { type ShopCluster, startShopCluster } from './kubernetes-cluster.ts'
import { kubernetesRules } from './kubernetes-rules.ts'
import { type KubernetesWorld, makeKubernetesWorld } from './kubernetes-world.ts'

if (skipLoudly('the kubernetes connector', kubernetesMissing)) {
  describe.skip('kubernetes: not on this machine', () => it('is tested', () => {}))
} else {
  describe('kubernetes', () => {
    let cluster: ShopCluster
    beforeAll(async () => {
      cluster = await startShopCluster()
    }, 90_000)
    afterAll(() => cluster?.close())

    const openWatches = 'the API of Kubernetes ends no open watch: the end says that it goes on'
    describeConnectorContract('kubernetes', () => makeKubernetesWorld(cluster), {
      grantAll: 'each lease has bindings of its own',
      revokeAll: 'each lease has bindings of its own',
      sessions: openWatches,
      logins: 'each lease has an account of its own',
    })

    describe('in this cluster', () => {
      let world: KubernetesWorld
      beforeAll(async () => {
        world = await makeKubernetesWorld(cluster)
      })
      afterAll(() => world?.close())
      kubernetesRules(() => world)
    })
  })
}
