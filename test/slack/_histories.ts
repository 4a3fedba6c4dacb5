import type { Account } from '../../src/domain/account.ts'
import { type LeaseActivity, withFailure, withLook } from '../../src/domain/activity.ts'
import { ownersPlan } from '../../src/domain/approval-plan.ts'
import type { Evidence } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import type { Grant, Revocation } from '../../src/domain/grant.ts'
import type { PolicyResult } from '../../src/domain/policy.ts'
import type { AccessRequest, Decision } from '../../src/domain/request.ts'
import type { RequestHistory } from '../../src/domain/request-history.ts'

/** Texts that somebody can put into a history. */
export interface Texts {
  readonly justification: string
  readonly ticket: string | null
  readonly reason: string
  readonly name: string
  readonly displayName: string
  readonly sentence: string
  readonly failure: string
}

export const usualTexts: Texts = {
  justification: 'Fixing the totals of INC-42',
  ticket: 'OPS-12',
  reason: 'Use the read replica, please',
  name: 'Read orders',
  displayName: 'Carl',
  sentence: 'Contractors may ask for what is offered.',
  failure: 'The target does not answer.',
}

export const at = (minutes: number) => new Date(Date.UTC(2026, 10, 22, 9, minutes))

function account(userId: string, kind: Account['kind'], displayName: string): Account {
  return {
    id: userId,
    personId: userId,
    teamId: 'T0ACME',
    userId,
    kind,
    displayName,
    confirmedEmail: null,
    timeZone: 'Europe/Lisbon',
    isGuest: kind === 'contractor',
    isDeactivated: false,
    guestExpiresAt: kind === 'contractor' ? at(100_000) : null,
  }
}

/** A request in every state that it can be seen in, by a name for the state. */
export function historiesOf(texts: Texts = usualTexts, approvers = 2): Record<string, RequestHistory> {
  const policy: PolicyResult = {
    action: 'request',
    allowed: true,
    outcome: 'permitted',
    decidedBy: [{ id: 'contractors-may-request', effect: 'permit', reason: texts.sentence }],
    errors: [],
    sentence: texts.sentence,
  }
  const base = {
    id: '0b0e9a52-1f6c-4b0e-9a52-1f6c4b0e9a52',
    reference: 'AR-1042' as const,
    requesterId: 'U0CARL',
    asksFor: { kind: 'entitlement' as const, resourceId: 'orders-db', entitlementId: 'read-orders' },
    terms: {
      resourceName: texts.name,
      environment: texts.name,
      entitlementName: texts.name,
      risk: 'high' as const,
      approvals: ownersPlan(approvers),
      tell: [],
      selfServePerPersonAndDay: 3,
      breakGlassSeconds: 1_800,
      content: contentFromJson({}),
    },
    durationSeconds: 7_200,
    startsAt: null,
    justification: texts.justification,
    ticket: texts.ticket,
    ticketCheck: null,
    policy,
    how: 'approval' as const,
    preApprovalId: null,
    submittedAt: at(0),
    expiresAt: at(480),
  }
  const requester = account('U0CARL', 'contractor', texts.displayName)
  const decision = (approver: string, verdict: Decision['verdict']) => ({
    requestId: base.id,
    approverId: approver,
    approverPerson: approver,
    verdict,
    stage: 0,
    countsAs: ['owners'],
    durationSeconds: null,
    reason: verdict === 'deny' ? texts.reason : null,
    policy,
    stepUpId: null,
    decidedAt: at(5),
    approver: account(approver, 'employee', texts.displayName),
  })
  const approvals = Array.from({ length: approvers }, (_, number) =>
    decision(`U0APPROVER${number}`, 'approve'),
  )
  const closed = (status: 'approved' | 'denied' | 'cancelled' | 'expired'): AccessRequest => ({
    ...base,
    status,
    closedAt: at(10),
  })
  const request = (state: AccessRequest, decisions: RequestHistory['decisions'] = []): RequestHistory => ({
    request: state,
    requester,
    engagement: null,
    decisions,
    grant: null,
    revoker: null,
    review: null,
    usedPreApproval: null,
    madePreApproval: null,
    extends: null,
    extensions: [],
    tasks: [],
    absences: [],
    calls: [],
    run: null,
    preview: null,
    cancelledBy: null,
  })
  const granted = (grant: Grant | null, revoker: Account | null = null): RequestHistory => ({
    ...request(closed('approved'), approvals),
    grant,
    revoker,
  })

  /** With a planned start, and a ticket that was checked. */
  const planned = (grant: Grant, revoker: Account | null = null): RequestHistory => {
    const history = granted(grant, revoker)
    const assignees = [{ login: 'carl', displayName: texts.displayName }]
    const found = { status: texts.name, isOpen: true, assignees }
    const ticketCheck = {
      trackerId: 'jira',
      trackerName: 'Jira',
      key: 'OPS-12',
      outcome: 'checked',
      found,
    } as const
    return { ...history, request: { ...history.request, startsAt: at(60), ticketCheck } }
  }

  const seen = (summary: string): Evidence => ({ readAt: at(70), summary, facts: {} })
  const grant = {
    id: 'grant',
    requestId: base.id,
    holderId: 'U0CARL',
    resourceId: 'orders-db',
    entitlementId: 'read-orders',
    approvedContent: contentFromJson({}),
    durationSeconds: 7_200,
    generation: 1,
    createdAt: at(10),
  }
  const lease = { activatedAt: at(11), endsAt: at(131) }
  const revocation = (cause: Revocation['cause'], reason: string | null = null): Revocation => ({
    cause,
    byId: cause === 'revoked' ? 'U0LEAD' : null,
    reason,
    startedAt: at(69),
  })
  const failure = { code: 'unreachable', message: texts.failure, at: at(71) }
  /** What the holder chose to be seen. */
  const activity: LeaseActivity = withLook(null, {
    ...{ at: at(70), unit: 'statement', lastUsedAt: at(60), isCounted: false, refused: 3 },
    sessions: [{ id: '1', address: texts.displayName, openedAt: at(20) }],
    operations: [1, 2, 3].map((count) => ({
      ...{ text: `${count} ${texts.name}`, kind: 'read' as const, objects: [texts.name], count, rows: 7 },
    })),
    limits: [texts.sentence],
  })
  const removed = seen('the role is gone, no session is left')
  const lead = account('U0LEAD', 'employee', texts.displayName)
  return {
    pending: request({ ...base, status: 'pending' }, approvals.slice(0, approvers - 1)),
    denied: request(closed('denied'), [decision('U0DANA', 'deny')]),
    cancelled: request(closed('cancelled')),
    expired: request(closed('expired')),
    'approved, no grant yet': granted(null),
    scheduled: planned({ ...grant, status: 'scheduled', startsAt: at(60) }),
    'cancelled before its start': planned(
      {
        ...grant,
        status: 'cancelled',
        startsAt: at(60),
        revocation: revocation('revoked', texts.reason),
        endedAt: at(20),
      },
      lead,
    ),
    'active and idle': granted({
      ...grant,
      status: 'active',
      lease,
      granted: seen('the role is there'),
      idleAskedAt: at(60),
    }),
    'ended with its ticket': granted({
      ...grant,
      status: 'revoked',
      lease,
      revocation: revocation('ticket_closed', texts.reason),
      endedAt: at(70),
      removed,
    }),
    'ended as idle': granted({
      ...grant,
      status: 'revoked',
      lease,
      revocation: revocation('idle'),
      endedAt: at(70),
      removed,
    }),
    activating: granted({ ...grant, status: 'activating', attempts: 1 }),
    active: {
      ...granted({ ...grant, status: 'active', lease, granted: seen('the role is there') }),
      activity,
    },
    'activation failed': granted({ ...grant, status: 'activation_failed', failure, endedAt: at(20) }),
    'activation failed, cleaning up': granted({
      ...grant,
      status: 'revoking',
      lease: null,
      attempts: 1,
      revocation: revocation('activation_failed', texts.failure),
    }),
    revoking: granted({
      ...grant,
      status: 'revoking',
      lease,
      attempts: 1,
      revocation: revocation('lease_ended'),
    }),
    'revocation failed': granted({
      ...grant,
      status: 'revocation_failed',
      lease,
      attempts: 4,
      revocation: revocation('lease_ended'),
      failure,
    }),
    ended: {
      ...granted({
        ...grant,
        status: 'ended',
        lease,
        revocation: revocation('lease_ended'),
        endedAt: at(132),
        removed,
      }),
      activity: withFailure(activity, texts.failure, at(132)),
    },
    released: granted({
      ...grant,
      status: 'revoked',
      lease,
      revocation: revocation('released'),
      endedAt: at(70),
      removed,
    }),
    revoked: granted(
      {
        ...grant,
        status: 'revoked',
        lease,
        revocation: revocation('revoked', texts.reason),
        endedAt: at(70),
        removed,
      },
      lead,
    ),
    offboarded: granted({
      ...grant,
      status: 'revoked',
      lease,
      revocation: revocation('offboarded'),
      endedAt: at(70),
      removed,
    }),
  }
}

/** The texts that an attacker would choose: mentions, links, formatting, line breaks, and as long as they are let. */
export const hostileTexts: Texts = {
  justification: '<!channel> <@U0DANA> <https://evil.test|Approve> *bold* `code`\n> quoted & :tada: ~x~ _y_',
  ticket: '<!here> & <https://evil.test|OPS-1>',
  reason: '<!everyone> ```rm -rf``` <#C0SECRET>\n*no*',
  name: "<!channel> Robert'); drop table x; --",
  displayName: '<!channel>\n*Dana*',
  sentence: '<!here> <https://evil.test|said policy> & more',
  failure: 'FATAL: <!channel> role "x`y" \n failed',
}

export const longestTexts: Texts = {
  justification: '&<😀'.repeat(500),
  ticket: '<'.repeat(100),
  reason: '&'.repeat(2_000),
  name: '<&>'.repeat(200),
  displayName: '<'.repeat(80),
  sentence: '&'.repeat(2_000),
  failure: '<'.repeat(2_000),
}
