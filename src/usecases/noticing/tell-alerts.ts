import { createHash } from 'node:crypto'
import { addSeconds } from 'date-fns/addSeconds'
import { subDays } from 'date-fns/subDays'
import { z } from 'zod'
import { MessengerError } from '../../domain/messenger.ts'
import type { AlertView } from '../../domain/noticing/alert.ts'
import type { Ports } from '../../domain/ports.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome, retry } from '../_shared/effect-outcome.ts'

const data = z.object({ messageId: z.guid() })
declare module '../../domain/effect.ts' {
  interface Effects {
    tell_alerts: z.infer<typeof data>
  }
}

type TellPorts = Pick<Ports, 'store' | 'clock' | 'messenger' | 'catalog'>

/** Posts the message about an alert or about many, or edits it where something has changed. One channel that fails holds up no other. */
async function tellAlerts(ports: TellPorts, { messageId }: z.infer<typeof data>): Promise<EffectOutcome> {
  const { store, clock, catalog } = ports
  const alerts = await store.noticing.alertsIn(messageId)
  const newest = alerts.at(-1)
  if (!newest) return done('there is no such alert')
  const failures: MessengerError[] = []
  for (const [channelId, theirs] of channelsOf(catalog, alerts)) {
    try {
      await put(ports, messageId, channelId, theirs)
    } catch (error) {
      if (!(error instanceof MessengerError)) throw error
      failures.push(error)
    }
  }
  const [failure] = failures
  if (!failure) return done('told')
  const lastChange = newest.alert.answer?.at ?? newest.alert.raisedAt
  if (lastChange < subDays(clock.now(), 1)) return done('too old to be told')
  const { code, message: problem, retryable, retryAfterSeconds } = failure
  const fault = { message: 'an alert could not be told', code, problem, about: { messageId } }
  const pause = retryAfterSeconds ?? (retryable ? 2 : 60)
  return retry(addSeconds(clock.now(), pause), problem, retryable ? undefined : fault)
}

/** The security channel gets all. The owners get theirs, where the rule says so. */
function channelsOf(catalog: Ports['catalog'], alerts: readonly AlertView[]): Map<string, AlertView[]> {
  const channels = new Map<string, AlertView[]>([[catalog.security.channel, [...alerts]]])
  for (const view of alerts) {
    const { audience, resourceId } = view.alert
    const owners = resourceId === null ? undefined : catalog.resources.get(resourceId)?.owners.channel
    if (audience !== 'owners' || owners === undefined || owners === catalog.security.channel) continue
    channels.set(owners, [...(channels.get(owners) ?? []), view])
  }
  return channels
}

async function put(
  { store, messenger }: TellPorts,
  messageId: string,
  channelId: string,
  alerts: readonly AlertView[],
): Promise<void> {
  const contentHash = createHash('sha256').update(JSON.stringify(alerts)).digest('base64url')
  const known = await store.transaction((tx) => tx.alerts.post(messageId, channelId))
  if (known?.ts && known.contentHash === contentHash) return
  const save = (post: { ts: string | null; contentHash: string | null }) =>
    store.transaction((tx) => tx.alerts.savePost(messageId, channelId, post))
  if (!known) await save({ ts: null, contentHash: null })
  const at = known?.ts ? { channelId, ts: known.ts } : null
  const isDigest = alerts.some(({ alert }) => alert.digestId !== null)
  const message = { id: messageId, alerts, isDigest }
  const { ts } = await messenger.tellAlerts(message, { channelId, at, mayBePosted: known !== null })
  await save({ ts, contentHash })
}

export const tellAlertsEffect = defineEffect({
  kind: 'tell_alerts',
  data,
  queue: 'notify',
  longestBackoffSeconds: 300,
  run: each(tellAlerts),
})
