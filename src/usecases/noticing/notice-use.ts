import { z } from 'zod'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'
import { askRules, noticingRulesOf } from './_noticing/ask-rules.ts'
import { type Finding, raiseAlerts } from './_noticing/raise.ts'

const data = z.object({ grantIds: z.array(z.guid()) })
declare module '../../domain/effect.ts' {
  interface Effects {
    notice_use: z.infer<typeof data>
  }
}

/** Asks the rules about leases that go on, and of whose use a look has shown something new. At the end they are asked once more. */
async function noticeUse(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog'>,
  { grantIds }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  const { store, clock, catalog } = ports
  const findings: Finding[] = []
  const grants = await store.transaction((tx) => tx.grants.lockAll(grantIds))
  for (const { id: grantId, status, requestId, holderId: accountId, resourceId, entitlementId } of grants) {
    if (status !== 'active') continue
    const ids = { requestId, grantId, accountId, resourceId, entitlementId }
    const occasion = { at: clock.now(), action: null, actorId: null, ...ids, details: {} }
    findings.push(...(await askRules(ports, occasion)))
  }
  await store.transaction((tx) => raiseAlerts(tx, findings, noticingRulesOf(catalog), clock.now()))
  return done(findings.length === 0 ? 'nothing noticed' : 'noticed')
}

export const noticeUseEffect = defineEffect({
  kind: 'notice_use',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(noticeUse),
})
