import { createHash } from 'node:crypto'
import type { Account } from '../../domain/account.ts'
import { findEntitlement } from '../../domain/catalog.ts'
import { formatDuration } from '../../domain/duration.ts'
import type { NamedScope, Scope } from '../../domain/freeze.ts'
import { localText } from '../../domain/local-time.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RequestHistory } from '../../domain/request-history.ts'
import type { StatedTerms } from '../../domain/stated-terms.ts'
import type { Intent } from '../../domain/step-up.ts'
import { freshEnoughToShow } from '../_shared/person.ts'
import { readOffer } from '../_shared/read-offer.ts'

export type StatePorts = Pick<Ports, 'store' | 'catalog' | 'directory'>

/**
 * What the person is about to confirm, as it is now. The link is bound to the hash of it, so a link of something that changed
 * since proves nothing. Null: it is not there any more.
 */
export async function stateTerms(
  ports: StatePorts,
  by: Pick<Account, 'teamId' | 'personId'>,
  intent: Intent,
): Promise<StatedTerms | null> {
  switch (intent.kind) {
    case 'decide':
    case 'pre_approve':
    case 'extend':
    case 'credentials': {
      const history = await ports.store.histories.byRequest(intent.requestId)
      return history && ofRequest(history, intent)
    }
    case 'request':
    case 'break_glass':
      return ofAsk(ports, intent)
    case 'panic':
      return ofPanic(ports, by.teamId, intent)
    case 'lift_freeze':
      return ofLift(ports, intent)
    case 'add_passkey':
      return { ...ofNoEntitlement, title: 'Add a passkey' }
    case 'remove_passkey': {
      const passkey = (await ports.store.passkeysOf(by.personId)).find(({ id }) => id === intent.passkeyId)
      if (!passkey) return null
      const lines = [{ label: 'Passkey', text: passkey.name }]
      return {
        ...ofNoEntitlement,
        title: 'Remove a passkey',
        lines,
        facts: { passkey: passkey.credentialId },
      }
    }
    case 'issue_code':
    case 'link_sign_in':
      return ofPerson(ports, intent)
  }
}

const ofNoEntitlement = { lines: [], facts: {}, words: '', risk: null, requestId: null } as const

type OfRequest = Extract<Intent, { requestId: string }>

function ofRequest(history: RequestHistory, intent: OfRequest): StatedTerms {
  const { request, requester, grant } = history
  const { terms, asksFor } = request
  const approved = history.decisions.map(({ durationSeconds }) => durationSeconds ?? request.durationSeconds)
  const durationSeconds = Math.min(request.durationSeconds, ...approved)
  const typed = 'duration' in intent && intent.duration ? intent.duration : null
  const isMore = asksFor.kind === 'extension'
  const key =
    intent.kind === 'credentials' && intent.publicKey !== null ? fingerprint(intent.publicKey) : null
  const action = asksFor.kind === 'action' ? asksFor.action : null
  const lines = [
    { label: 'Request', text: request.reference },
    { label: 'Who', text: `${requester.displayName} (${requester.userId})` },
    { label: action ? 'Action' : 'Access', text: `${terms.entitlementName} on ${terms.resourceName}` },
    ...(terms.environment === null ? [] : [{ label: 'Environment', text: terms.environment }]),
    { label: 'Risk', text: terms.risk },
    ...(action ? [{ label: 'Will be run', text: action.text }] : []),
    {
      label: isMore ? 'More time' : action ? 'Within' : 'For',
      text: typed ?? formatDuration(durationSeconds),
    },
    ...startLine(request.startsAt ?? null),
    ...moreLines(intent),
    ...(key === null ? [] : [{ label: 'For the public key', text: key }]),
    { label: 'Why', text: request.justification },
    ...(request.ticket === null ? [] : [{ label: 'Ticket', text: request.ticket }]),
  ]
  const facts = {
    request: request.reference,
    request_id: request.id,
    status: grant?.status ?? request.status,
    requester: { team_id: requester.teamId, user_id: requester.userId, person_id: requester.personId },
    resource: asksFor.resourceId,
    entitlement: asksFor.entitlementId,
    asks_for: asksFor.kind,
    risk: terms.risk,
    environment: terms.environment,
    content_sha256: sha256(JSON.stringify(terms.content)),
    duration_seconds: durationSeconds,
    ...(action ? { action_sha256: action.textHash } : {}),
    ...(history.preview && 'rows' in history.preview ? { preview_rows: history.preview.rows } : {}),
    ...(request.startsAt ? { starts_at: request.startsAt.toISOString() } : {}),
    ...(intent.kind === 'decide' ? { verdict: intent.verdict } : {}),
    ...(typed === null ? {} : { duration: typed }),
    ...(key === null ? {} : { public_key: key }),
    ...(intent.kind === 'pre_approve' ? { last_day: intent.lastDay } : {}),
  }
  const reason = 'reason' in intent ? (intent.reason ?? '') : ''
  const words = [request.justification, request.ticket ?? '', reason, wordsOf(intent)].join('\n')
  return {
    title: titleOf(intent, request.reference),
    lines,
    facts,
    words,
    risk: terms.risk,
    requestId: request.id,
  }
}

/** As `ssh-keygen -l` prints it, so that the person can compare: https://man.openbsd.org/ssh-keygen#l */
function fingerprint(publicKey: string): string {
  const [kind = '', blob = ''] = publicKey.trim().split(/\s+/)
  const hash = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')
  return `SHA256:${hash} (${kind})`
}

function titleOf(intent: OfRequest, reference: string): string {
  switch (intent.kind) {
    case 'decide':
      return `${intent.verdict === 'approve' ? 'Approve' : 'Deny'} ${reference}`
    case 'pre_approve':
      return `Approve requests like ${reference} in advance`
    case 'extend':
      return `Ask for more time with ${reference}`
    case 'credentials':
      return `Show the credentials of ${reference}`
  }
}

function moreLines(intent: OfRequest) {
  if (intent.kind === 'pre_approve') return [{ label: 'Until the end of', text: intent.lastDay }]
  if (intent.kind === 'extend') return [{ label: 'Why more time', text: intent.justification }]
  return intent.kind === 'decide' && intent.reason ? [{ label: 'Reason', text: intent.reason }] : []
}

/** In UTC, because the page knows no zone. */
function startLine(startsAt: Date | null) {
  return startsAt ? [{ label: 'Starts', text: `${localText(startsAt, 'UTC')} UTC` }] : []
}

function wordsOf(intent: OfRequest): string {
  return intent.kind === 'extend' ? `${intent.justification}\n${intent.ticket ?? ''}` : ''
}

function ofAsk(
  { catalog }: Pick<StatePorts, 'catalog'>,
  intent: Extract<Intent, { kind: 'request' | 'break_glass' }>,
): StatedTerms | null {
  const offer = findEntitlement(catalog, intent.resourceId, intent.entitlementId)
  if (!offer) return null
  const { resource, entitlement } = offer
  const isEmergency = intent.kind === 'break_glass'
  const startsAt = intent.kind === 'request' && intent.startsAt !== null ? new Date(intent.startsAt) : null
  const usual = formatDuration(entitlement.defaultDurationSeconds)
  const read = entitlement.action ? readOffer(resource, entitlement, intent) : null
  // The catalog has other parameters now.
  if (read && 'problems' in read) return null
  const action = read?.asked.action ?? null
  const lines = [
    { label: action ? 'Action' : 'Access', text: `${entitlement.name} on ${resource.name}` },
    ...(resource.environment === null ? [] : [{ label: 'Environment', text: resource.environment }]),
    { label: 'Risk', text: entitlement.risk },
    ...(action ? [{ label: 'Will be run', text: action.text }] : []),
    { label: action ? 'Within' : 'For', text: intent.duration ?? usual },
    ...startLine(startsAt),
    { label: 'Why', text: intent.justification },
    ...(intent.ticket === null ? [] : [{ label: 'Ticket', text: intent.ticket }]),
  ]
  const facts = {
    resource: resource.id,
    entitlement: entitlement.id,
    risk: entitlement.risk,
    environment: resource.environment,
    content_sha256: sha256(JSON.stringify(entitlement.content)),
    duration: intent.duration ?? usual,
    ...(action ? { action_sha256: action.textHash } : {}),
    ...(startsAt ? { starts_at: startsAt.toISOString() } : {}),
  }
  const words = `${intent.justification}\n${intent.ticket ?? ''}`
  const title = isEmergency ? 'Take access in an emergency' : action ? 'Ask for an action' : 'Ask for access'
  return { title, lines, facts, words, risk: entitlement.risk, requestId: null }
}

/** Counts as critical: a stranger with such a click stops everybody's work. What is open changes by the second, so it is no part of it. */
async function ofPanic(
  ports: StatePorts,
  teamId: string,
  { named, reason, freezeUntil }: Extract<Intent, { kind: 'panic' }>,
): Promise<StatedTerms> {
  const until = freezeUntil === '' ? 'until a security lead lifts it' : freezeUntil
  return {
    ...ofNoEntitlement,
    title: 'Take access back',
    lines: [
      { label: 'What', text: await nameScope(ports, named) },
      { label: 'Frozen afterwards', text: until ?? 'no' },
      { label: 'Why', text: reason },
    ],
    facts: { scope: named.kind, ...(named.kind === 'all' ? {} : scopeFacts(named, teamId)) },
    words: `${reason}\n${freezeUntil ?? 'no freeze'}`,
    risk: 'critical',
  }
}

/** Counts as critical: what security stopped goes on after it. */
async function ofLift(
  ports: StatePorts,
  { freezeId }: Extract<Intent, { kind: 'lift_freeze' }>,
): Promise<StatedTerms | null> {
  const freeze = await ports.store.transaction((tx) => tx.freezes.find(freezeId))
  if (!freeze || freeze.closed) return null
  const { scope, reason, madeAt, endsAt } = freeze
  const until = endsAt === null ? '' : `, until ${localText(endsAt, 'UTC')} UTC`
  return {
    ...ofNoEntitlement,
    title: 'Lift a freeze',
    lines: [
      { label: 'What', text: await nameFrozen(ports, scope) },
      { label: 'Frozen', text: `since ${localText(madeAt, 'UTC')} UTC${until}` },
      { label: 'Why it was frozen', text: reason },
    ],
    facts: { freeze: freezeId, scope: scope.kind },
    words: reason,
    risk: 'critical',
  }
}

async function nameFrozen({ directory, catalog }: StatePorts, scope: Scope): Promise<string> {
  switch (scope.kind) {
    case 'all':
      return 'All systems'
    case 'resource':
      return catalog.resources.get(scope.resourceId)?.name ?? scope.resourceId
    case 'person': {
      const { userId } = scope.account
      const account = await directory.account(userId, freshEnoughToShow)
      return account ? `${account.displayName} (${userId})` : userId
    }
  }
}

async function nameScope({ directory, catalog }: StatePorts, named: NamedScope): Promise<string> {
  switch (named.kind) {
    case 'all':
      return 'All access to all systems, from everybody'
    case 'resource':
      return `All access to ${catalog.resources.get(named.resourceId)?.name ?? named.resourceId}, from everybody`
    case 'person': {
      const account = await directory.account(named.userId, freshEnoughToShow)
      // An account that left Slack may still have access.
      return `All access of ${account ? `${account.displayName} (${named.userId})` : named.userId}`
    }
  }
}

function scopeFacts(named: Exclude<NamedScope, { kind: 'all' }>, teamId: string) {
  return named.kind === 'resource'
    ? { resource: named.resourceId }
    : { person: { team_id: teamId, user_id: named.userId } }
}

/** What a security lead does for another person counts as critical: it decides who is who. */
async function ofPerson(
  { directory }: Pick<StatePorts, 'directory'>,
  intent: Extract<Intent, { kind: 'issue_code' | 'link_sign_in' }>,
): Promise<StatedTerms | null> {
  const account = await directory.account(intent.userId, freshEnoughToShow)
  if (!account) return null
  const who = { label: 'For', text: `${account.displayName} (${account.userId})` }
  const facts = { for: { team_id: account.teamId, user_id: account.userId } }
  if (intent.kind === 'issue_code')
    return { ...ofNoEntitlement, title: 'Let somebody add a passkey', lines: [who], facts, risk: 'critical' }
  return {
    ...ofNoEntitlement,
    title: 'Say who somebody is in the company’s sign-in',
    lines: [who, { label: 'Subject', text: intent.subject }],
    facts: { ...facts, subject: intent.subject },
    risk: 'critical',
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
