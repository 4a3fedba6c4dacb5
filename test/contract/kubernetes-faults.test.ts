import { afterAll, beforeAll, describe, it } from 'vitest'
import { kubernetesMissing } from '../../fixtures/targets/kubernetes.ts'
import { skipLoudly } from '../_redis.ts'
import { kubernetesCheckRules } from './kubernetes-check-rules.ts'
import { kubernetesFrontRules } from './kubernetes-front-rules.ts'
import { kubernetesResistanceRules } from './kubernetes-resistance.ts'
import { type KubernetesWorld, startKubernetesWorld } from './kubernetes-world.ts'

if (skipLoudly('the kubernetes connector, with faults and holders who resist', kubernetesMissing)) {
  describe.skip('kubernetes: not on this machine', () => it('is tested', () => {}))
} else {
  describe('kubernetes', () => {
    let world: KubernetesWorld
    beforeAll(async () => {
      world = await startKubernetesWorld()
    }, 90_000)
    afterAll(() => world?.close())

    describe('check', () => kubernetesCheckRules(() => world))
    describe('the holder resists', () => kubernetesResistanceRules(() => world))
    describe('behind a gateway', () => kubernetesFrontRules(() => world))
  })
}
