import type { Json } from '../domain/json.ts'
import type { LeafAccount, LeafEvent } from '../domain/record/leaf.ts'
import { type Meaning, meaningOf, type Severity } from './meanings.ts'
import { idOf, plainDetails, type StreamedEvent, sentenceOf } from './streamed-event.ts'

/** Versions of https://schema.ocsf.io. In 1.9 one class stands for access and accounts of users: User Management. */
export const ocsfVersions = ['1.8', '1.9'] as const
export type OcsfVersion = (typeof ocsfVersions)[number]

/** As `metadata.version` says it. 1.9 is not released yet. */
const exactVersions: Readonly<Record<OcsfVersion, string>> = { '1.8': '1.8.0', '1.9': '1.9.0-dev' }

type Fields = { readonly [key: string]: Json }

/** The event as OCSF has it. Our own details are in `unmapped`. */
export function toOcsf(streamed: StreamedEvent, version: OcsfVersion): Fields {
  const { event, hash } = streamed
  const meaning = meaningOf(event)
  const { category, uid, name, activity, own } = classOf(streamed, meaning, version)
  const activityName = activity.name
  const status =
    meaning.class === 'finding' ? findingStatuses[meaning.activity] : meaning.failed ? failure : success
  return {
    activity_id: activity.id,
    activity_name: activityName,
    category_uid: category.uid,
    category_name: category.name,
    class_uid: uid,
    class_name: name,
    type_uid: uid * 100 + activity.id,
    type_name: `${name}: ${activityName}`,
    severity_id: meaning.severity,
    severity: severities[meaning.severity],
    status_id: status.id,
    status: status.name,
    status_code: event.action,
    time: Date.parse(event.at),
    message: sentenceOf(streamed),
    ...own,
    // A finding has an actor only where a program on a host is meant: https://schema.ocsf.io/1.8.0/profiles/host
    ...(meaning.class === 'finding' ? {} : { actor: actorOf(event) }),
    metadata: metadataOf(streamed, version),
    ...(version === '1.9' ? { attestation_list: [attestation(streamed)] } : {}),
    unmapped: unmapped(event, hash),
  }
}

const success = { id: 1, name: 'Success' }
const failure = { id: 2, name: 'Failure' }

/** A finding has no outcome: it is open or closed. */
const findingStatuses = {
  create: { id: 1, name: 'New' },
  update: { id: 2, name: 'In Progress' },
  close: { id: 4, name: 'Resolved' },
} as const

const severities: Readonly<Record<Severity, string>> = {
  1: 'Informational',
  2: 'Low',
  3: 'Medium',
  4: 'High',
  5: 'Critical',
}

interface OcsfClass {
  readonly category: { readonly uid: number; readonly name: string }
  readonly uid: number
  readonly name: string
  readonly activity: { readonly id: number; readonly name: string }
  /** The attributes that this class has and others do not. */
  readonly own: Fields
}

const identity = { uid: 3, name: 'Identity & Access Management' }
const findings = { uid: 2, name: 'Findings' }
const application = { uid: 6, name: 'Application Activity' }

function classOf(streamed: StreamedEvent, meaning: Meaning, version: OcsfVersion): OcsfClass {
  const { event } = streamed
  switch (meaning.class) {
    case 'entity':
      return {
        category: identity,
        uid: 3004,
        name: 'Entity Management',
        activity: activityIn(entityActivities, meaning.activity, event),
        own: { entity: entityOf(streamed, meaning.entity) },
      }
    case 'access':
      return accessClass(event, meaning.activity, version)
    case 'account':
      return accountClass(event, meaning.activity, version)
    case 'authentication':
      return {
        category: identity,
        uid: 3002,
        name: 'Authentication',
        activity: other('Step-up'),
        own: { user: holderOf(event), service: { name: 'Daypass' } },
      }
    case 'operation':
      return {
        category: application,
        uid: 6003,
        name: 'API Activity',
        activity: activityIn(operationActivities, meaning.activity, event),
        own: {
          api: {
            operation: event.entitlement ?? event.action,
            ...(event.resource === null ? {} : { service: { uid: event.resource, name: event.resource } }),
          },
          // Daypass itself performs it: people have no endpoint here.
          src_endpoint: { name: 'Daypass', uid: streamed.origin },
          ...(event.resource === null ? {} : { dst_endpoint: { name: event.resource } }),
          resources: resourcesOf(event),
        },
      }
    case 'finding':
      return {
        category: findings,
        uid: 2004,
        name: 'Detection Finding',
        activity: activityIn(findingActivities, meaning.activity, event),
        own: {
          finding_info: {
            uid: event.subject ? `${event.subject.kind}:${event.subject.id}` : idOf(streamed),
            title: sentenceOf(streamed),
            analytic: { type_id: 1, type: 'Rule', uid: event.action, name: event.action },
          },
          resources: resourcesOf(event),
        },
      }
  }
}

/** https://schema.ocsf.io/1.8.0/classes/user_access, and its successor in 1.9. */
function accessClass(event: LeafEvent, activity: 'assign' | 'revoke', version: OcsfVersion): OcsfClass {
  const own = {
    user: holderOf(event),
    privileges: [event.entitlement ?? 'Unknown'],
    resources: resourcesOf(event),
  }
  if (version === '1.9') return userManagement(userActivities[activity], own)
  return {
    category: identity,
    uid: 3005,
    name: 'User Access Management',
    activity: { assign: { id: 1, name: 'Assign Privileges' }, revoke: { id: 2, name: 'Revoke Privileges' } }[
      activity
    ],
    own,
  }
}

/** https://schema.ocsf.io/1.8.0/classes/account_change, and its successor in 1.9. */
function accountClass(
  event: LeafEvent,
  activity: (Meaning & { class: 'account' })['activity'],
  version: OcsfVersion,
): OcsfClass {
  const hasFactor = activity === 'enable_factor' || activity === 'disable_factor'
  const own = {
    user: holderOf(event),
    ...(hasFactor ? { auth_factors: [{ factor_type_id: 10, factor_type: 'WebAuthn' }] } : {}),
  }
  if (version === '1.9') return userManagement(userActivities[activity] ?? other(titleOf(event)), own)
  const activities = {
    disable: { id: 5, name: 'Disable' },
    enable_factor: { id: 10, name: 'MFA Factor Enable' },
    disable_factor: { id: 11, name: 'MFA Factor Disable' },
    credentials: null,
    other: null,
  }
  return {
    category: identity,
    uid: 3001,
    name: 'Account Change',
    activity: activities[activity] ?? other(titleOf(event)),
    own,
  }
}

/** https://schema.ocsf.io/1.9.0-dev/classes/user_management */
function userManagement(activity: OcsfClass['activity'], own: Fields): OcsfClass {
  return { category: identity, uid: 3007, name: 'User Management', activity, own }
}

const userActivities = {
  assign: { id: 14, name: 'Assign Privileges' },
  revoke: { id: 15, name: 'Remove Privileges' },
  disable: { id: 5, name: 'Disable' },
  enable_factor: { id: 12, name: 'Enable MFA Factors' },
  disable_factor: { id: 13, name: 'Disable MFA Factors' },
  credentials: { id: 18, name: 'Add Programmatic Credentials' },
  other: null,
} as const

const entityActivities = { create: 1, read: 2, update: 3, delete: 4 }
const operationActivities = { read: 2, update: 3 }
const findingActivities = { create: 1, update: 2, close: 3 }

function activityIn(
  known: Readonly<Record<string, number>>,
  activity: string,
  event: LeafEvent,
): OcsfClass['activity'] {
  const id = known[activity]
  if (id === undefined) return other(titleOf(event))
  return { id, name: `${activity[0]?.toUpperCase()}${activity.slice(1)}` }
}

/** 99: the schema has no word for it, and the name is ours. */
function other(name: string): OcsfClass['activity'] {
  return { id: 99, name }
}

/** `grant.expiry_notified` is "Expiry notified". */
function titleOf({ action }: LeafEvent): string {
  const words = action.slice(action.indexOf('.') + 1).replaceAll('_', ' ')
  return `${words[0]?.toUpperCase()}${words.slice(1)}`
}

function entityOf(streamed: StreamedEvent, type: string): Fields {
  const { event } = streamed
  const { subject, request, account } = event
  return {
    type_id: 99,
    type,
    uid: subject?.id ?? streamed.origin,
    name: request?.reference ?? (subject ? `${subject.kind} ${subject.id}` : type),
    ...(account ? { user: userOf(account) } : {}),
  }
}

function actorOf({ actor }: LeafEvent): Fields {
  return actor ? { user: userOf(actor) } : { app_name: 'Daypass' }
}

/** The person whose access it is about. An emergency revocation may not know them. */
function holderOf({ account, actor }: LeafEvent): Fields {
  const known = account ?? actor
  return known ? userOf(known) : { uid: 'unknown', type_id: 0, type: 'Unknown' }
}

function userOf({ id, slack }: LeafAccount): Fields {
  return { uid: slack, uid_alt: id, type_id: 1, type: 'User' }
}

function resourcesOf({ resource, grant }: LeafEvent): Json[] {
  return [
    ...(resource === null ? [] : [{ uid: resource, name: resource, type: 'resource' }]),
    ...(grant === null ? [] : [{ uid: grant, type: 'grant' }]),
  ]
}

function metadataOf(streamed: StreamedEvent, version: OcsfVersion): Fields {
  const { origin, position, event } = streamed
  return {
    version: exactVersions[version],
    product: { name: 'Daypass', vendor_name: 'Daypass' },
    uid: idOf(streamed),
    sequence: position,
    event_code: event.action,
    log_name: 'audit',
    log_provider: origin,
    ...(event.request ? { correlation_uid: event.request.reference } : {}),
    ...(version === '1.9' ? { profiles: ['record_integrity'] } : {}),
  }
}

/** The hash by which the signed log holds this event. Its algorithm is SHA-256 over a byte 0 and the event (RFC 6962). */
function attestation({ origin, position, hash }: StreamedEvent): Fields {
  return {
    uid: String(position),
    chain_uid: origin,
    fingerprint: { algorithm_id: 99, algorithm: 'RFC 6962 leaf, SHA-256', value: hash },
  }
}

function unmapped(event: LeafEvent, hash: string): Fields {
  const { subject, request, grant, resource, entitlement, policy, said } = event
  return {
    leaf_hash: hash,
    actor: event.actor?.slack ?? 'Daypass',
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
