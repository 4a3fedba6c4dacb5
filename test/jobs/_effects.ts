import { randomUUID } from 'node:crypto'
import type { Effect, EffectKind, StoredEffect } from '../../src/domain/effect.ts'
import { requestMessage } from '../../src/domain/message.ts'
import type { JobsLog } from '../../src/jobs/observer.ts'
import type { BatchContext } from '../../src/usecases/_shared/define-effect.ts'
import type { EffectOutcome } from '../../src/usecases/_shared/effect-outcome.ts'
import { queueOf, type RunnableEffect } from '../../src/usecases/effects.ts'

export type Run = (batch: readonly StoredEffect[], context: BatchContext) => Promise<EffectOutcome>[]

const kinds: EffectKind[] = ['activate_grant', 'revoke_grant', 'deliver_message']

/** Effects on the queues that production has them on, which do what the test says. */
export function effectsThat(run: Run): RunnableEffect[] {
  return kinds.map((kind) => ({ kind, queue: queueOf(kind), longestBackoffSeconds: 60, run }))
}

export const revoke = (resourceId = 'orders-db'): Effect => ({
  kind: 'revoke_grant',
  grantId: randomUUID(),
  generation: 1,
  resourceId,
})
export const activate = (): Effect => ({
  kind: 'activate_grant',
  grantId: randomUUID(),
  resourceId: 'orders-db',
})
export const deliver = (): Effect => ({ kind: 'deliver_message', ...requestMessage(randomUUID(), 'card') })

/** A log that keeps what it was told. */
export function recordingLog(logged: { level: string; message: string }[]): JobsLog {
  const at = (level: string) => (_fields: object, message: string) => {
    logged.push({ level, message })
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

export const silentLog: JobsLog = recordingLog([])
