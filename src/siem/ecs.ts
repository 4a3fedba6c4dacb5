import type { Json } from '../domain/json.ts'
import type { LeafAccount, LeafEvent } from '../domain/record/leaf.ts'
import { type Meaning, meaningOf } from './meanings.ts'
import { idOf, plainDetails, type StreamedEvent, sentenceOf } from './streamed-event.ts'

/** https://www.elastic.co/docs/reference/ecs, the version that `test/siem` validates against. */
const ecsVersion = '9.4.0'

type Fields = { readonly [key: string]: Json }

/** The event as the Elastic Common Schema has it. What the schema has no field for is under `daypass`. */
export function toEcs(streamed: StreamedEvent): Fields {
  const { event, origin, position, hash } = streamed
  const meaning = meaningOf(event)
  const { category, type } = categoryOf(meaning)
  const { actor, account, resource } = event
  return {
    '@timestamp': event.at,
    ecs: { version: ecsVersion },
    message: sentenceOf(streamed),
    event: {
      kind: meaning.class === 'finding' ? 'alert' : 'event',
      category: [category],
      type: [...type],
      action: event.action,
      ...(meaning.class === 'finding' ? {} : { outcome: meaning.failed ? 'failure' : 'success' }),
      id: idOf(streamed),
      sequence: position,
      hash,
      severity: meaning.severity,
      module: 'daypass',
      dataset: 'daypass.audit',
      provider: origin,
    },
    ...(actor || account
      ? { user: { ...(actor ? userOf(actor) : {}), ...(account ? { target: userOf(account) } : {}) } }
      : {}),
    related: { user: [...new Set([actor, account].flatMap((one) => (one ? [one.slack] : [])))] },
    observer: { vendor: 'Daypass', product: 'Daypass', name: origin, type: 'access-management' },
    ...(resource === null ? {} : { service: { target: { id: resource, name: resource } } }),
    daypass: own(event),
  }
}

function categoryOf(meaning: Meaning): { category: string; type: readonly string[] } {
  switch (meaning.class) {
    case 'entity':
      return { category: meaning.about, type: [entityType(meaning)] }
    case 'access':
    case 'account':
      return { category: 'iam', type: ['user', meaning.activity === 'other' ? 'info' : 'change'] }
    case 'authentication':
      return { category: 'authentication', type: ['info'] }
    case 'operation':
      return {
        category: 'api',
        type: [{ read: 'access', update: 'change', other: 'info' }[meaning.activity]],
      }
    case 'finding':
      return { category: 'intrusion_detection', type: ['info'] }
  }
}

function entityType({ activity, about }: Meaning & { class: 'entity' }): string {
  // The category `iam` has no type for reading.
  const read = about === 'configuration' ? 'access' : 'info'
  return { create: 'creation', read, update: 'change', delete: 'deletion', other: 'info' }[activity]
}

/** The Slack workspace is the domain. */
function userOf({ slack }: LeafAccount): Fields {
  const [domain = ''] = slack.split('/')
  return { id: slack, domain }
}

function own(event: LeafEvent): Fields {
  const { subject, request, grant, resource, entitlement, policy, said } = event
  return {
    ...(subject ? { subject: { ...subject } } : {}),
    ...(request ? { request: { ...request } } : {}),
    ...(grant === null ? {} : { grant }),
    ...(resource === null ? {} : { resource }),
    ...(entitlement === null ? {} : { entitlement }),
    ...(policy === null ? {} : { policy }),
    ...(said === null ? {} : { said: { ...said } }),
    details: plainDetails(event),
  }
}
