import type { Json } from '../domain/json.ts'
import { leafText } from '../domain/record/leaf.ts'
import { leafHash } from '../domain/record/merkle.ts'
import type { StreamBatch, StreamEntry, StreamSender } from '../domain/record/stream.ts'
import type { StreamRules } from '../domain/record/stream-rules.ts'
import type { Formatted, Send } from './destinations/destination.ts'
import { sendToElastic } from './destinations/elastic.ts'
import { sendToFile } from './destinations/file.ts'
import { sendToKafka } from './destinations/kafka.ts'
import { sendToSplunk } from './destinations/splunk.ts'
import { sendToSyslog } from './destinations/syslog.ts'
import { sendToWebhook } from './destinations/webhook.ts'
import { toEcs } from './ecs.ts'
import { meaningOf } from './meanings.ts'
import { toOcsf } from './ocsf.ts'
import { idOf, type StreamedEvent } from './streamed-event.ts'

/** Sends batches in the format and to the destination of their stream. */
export function createStreamSender(): StreamSender {
  return {
    async send(rules, batch, signal) {
      const sent = {
        rules,
        origin: batch.origin,
        events: batch.entries.map((entry) => formatted(entry, batch, rules)),
        now: batch.now,
        signal: AbortSignal.any([signal, AbortSignal.timeout(rules.timeoutSeconds * 1000)]),
      }
      const send = destinations[rules.to.kind] as Send<StreamRules['to']['kind']>
      await send({ ...sent, to: rules.to })
    },
  }
}

const destinations: { readonly [Kind in StreamRules['to']['kind']]: Send<Kind> } = {
  webhook: sendToWebhook,
  file: sendToFile,
  syslog: sendToSyslog,
  kafka: sendToKafka,
  splunk: sendToSplunk,
  elastic: sendToElastic,
}

function formatted(
  { position, event, hash }: StreamEntry,
  { origin }: StreamBatch,
  rules: StreamRules,
): Formatted {
  const leaf = hash ?? leafHash(leafText(event))
  const streamed: StreamedEvent = { origin, position, hash: leaf.toString('hex'), event }
  return {
    id: idOf(streamed),
    position,
    at: event.at,
    action: event.action,
    severity: meaningOf(event).severity,
    body: bodyOf(streamed, rules),
  }
}

function bodyOf(streamed: StreamedEvent, { format, ocsfVersion }: StreamRules): Formatted['body'] {
  switch (format) {
    case 'ocsf':
      return toOcsf(streamed, ocsfVersion)
    case 'ecs':
      return toEcs(streamed)
    case 'daypass':
      return { ...streamed, id: idOf(streamed), event: streamed.event as unknown as Json }
  }
}
