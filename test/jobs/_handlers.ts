import { randomUUID } from 'node:crypto'
import type { Effect, OutboxEntry } from '../../src/domain/effect.ts'
import type { JobsLog } from '../../src/jobs/observer.ts'
import type { EffectHandlers } from '../../src/jobs/perform.ts'
import type { EffectOutcome } from '../../src/usecases/effect-outcome.ts'

export function handlersOf(
  handle: (effect: Effect, entry: OutboxEntry) => Promise<EffectOutcome>,
): EffectHandlers {
  return {
    activate_grant: handle,
    revoke_grant: handle,
    expire_request: handle,
    remind_approvers: handle,
    notify_expiry: handle,
    deliver_message: handle,
  }
}

export const revoke = (): Effect => ({ kind: 'revoke_grant', grantId: randomUUID(), generation: 1 })
export const activate = (): Effect => ({ kind: 'activate_grant', grantId: randomUUID() })
export const deliver = (): Effect => ({ kind: 'deliver_message', requestId: randomUUID(), purpose: 'card' })

/** A log that keeps what it was told. */
export function recordingLog(logged: { level: string; message: string }[]): JobsLog {
  const at = (level: string) => (_fields: object, message: string) => {
    logged.push({ level, message })
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

export const silentLog: JobsLog = recordingLog([])
