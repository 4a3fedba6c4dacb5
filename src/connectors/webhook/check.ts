import type { Diagnosis } from '../../domain/connector.ts'
import type { Problem } from '../../domain/problem.ts'
import type { Call } from './messages.ts'
import type { Probe, Receiver } from './receiver.ts'
import type { WebhookEntitlement } from './schema.ts'

/** Asks the receiver whether all is well, and whether it refuses calls that are not ours. Changes nothing there. */
export async function checkReceiver(
  receiver: Receiver,
  offers: ReadonlyMap<string, WebhookEntitlement>,
): Promise<Diagnosis> {
  const { resourceId, host, settings } = receiver
  const entitlements = [...offers].map(([id, { parameters }]) => ({ id, parameters }))
  const call: Call = { type: 'access.check', data: { resource: resourceId, entitlements } }
  const answer = await receiver.ask('check', call)
  if (settings.lists) await receiver.ask('list', { type: 'access.list', data: { resource: resourceId } })
  const lax = await Promise.all(probes.map((probe) => laxness(receiver, call, probe)))
  const problems = [...(answer.ok ? [] : answer.problems), ...lax.flat()]
  if (problems.length > 0) return { ok: false, problems }
  const worth = settings.signedAnswers ? 'signs its answers' : 'does not sign its answers'
  return { ok: true, summary: `The receiver at ${host} answers, refuses calls of others, and ${worth}.` }
}

const probes = ['forged', 'stale', 'repeated'] as const

async function laxness(receiver: Receiver, call: Call, probe: Probe): Promise<Problem[]> {
  const status = await receiver.probe(call, probe)
  return status >= 200 && status < 300 ? [problems[probe]] : []
}

const problems: Readonly<Record<Probe, Problem>> = {
  forged: {
    what: 'the receiver takes a call with a wrong signature: anybody who knows its URL can give themselves access',
    remedy: 'Let it verify the signature first, as in docs/connectors/webhook.md.',
  },
  stale: {
    what: 'the receiver takes a call that was signed an hour ago: somebody may have kept it',
    remedy: 'Let it refuse a webhook-timestamp that is more than five minutes old.',
  },
  repeated: {
    what: 'the receiver takes the same message twice: somebody may send a grant again after its end',
    remedy: 'Let it keep each webhook-id for ten minutes, and refuse one that it has seen.',
  },
}
