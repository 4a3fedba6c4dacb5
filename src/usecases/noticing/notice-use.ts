import { z } from 'zod'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, type Fault } from '../_shared/effect-outcome.ts'
import { askRules, type FailedRule, noticingRulesOf } from './_noticing/ask-rules.ts'
import { raiseAlerts } from './_noticing/raise.ts'
import { reportFailedRules } from './_noticing/report-failed.ts'

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
  const grants = await store.transaction((tx) => tx.grants.lockAll(grantIds))
  const occasions = grants
    .filter(({ status }) => status === 'active')
    .map(({ id: grantId, requestId, holderId: accountId, resourceId, entitlementId }) => {
      const ids = { requestId, grantId, accountId, resourceId, entitlementId }
      return { at: clock.now(), action: null, actorId: null, ...ids, details: {} }
    })
  const { findings, failed } = await askRules(ports, occasions)
  await store.transaction(async (tx) => {
    await raiseAlerts(tx, findings, noticingRulesOf(catalog), clock.now())
    await reportFailedRules(tx, failed, clock.now())
  })
  return done(findings.length === 0 ? 'nothing noticed' : 'noticed', failed[0] && faultOf(failed[0]))
}

function faultOf({ rule, error }: FailedRule): Fault {
  return {
    message: 'a rule that notices could not be evaluated, and was left out',
    code: 'rule_failed',
    problem: error,
    about: { rule },
  }
}

export const noticeUseEffect = defineEffect({
  kind: 'notice_use',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(noticeUse),
})
