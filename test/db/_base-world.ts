import { randomUUID } from 'node:crypto'
import type { Account, SlackAccount } from '../../src/domain/account.ts'
import { ownersPlan } from '../../src/domain/approval-plan.ts'
import type { AuditEvent } from '../../src/domain/audit-event.ts'
import { daypass } from '../../src/domain/audit-event.ts'
import type { Evidence } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import type { ActivatingGrant, Grant } from '../../src/domain/grant.ts'
import type { PolicyResult } from '../../src/domain/policy.ts'
import type { ClosedRequest, Decision, PendingRequest } from '../../src/domain/request.ts'
import type { Store } from '../../src/domain/store.ts'
import type { NewRequest } from '../../src/domain/transaction.ts'

export const noon = new Date('2026-03-02T12:00:00.123Z')

export function minutesAfter(start: Date, minutes: number): Date {
  return new Date(start.getTime() + minutes * 60_000)
}

export function member(userId: string, changes: Partial<SlackAccount> = {}): SlackAccount {
  return {
    teamId: 'T1',
    userId,
    displayName: `Name of ${userId}`,
    confirmedEmail: `${userId.toLowerCase()}@example.com`,
    timeZone: 'Europe/Lisbon',
    isDeactivated: false,
    isBot: false,
    isGuest: false,
    isStranger: false,
    guestExpiresAt: null,
    fetchedAt: noon,
    ...changes,
  }
}

export function permitted(action: PolicyResult['action']): PolicyResult {
  return {
    action,
    allowed: true,
    outcome: 'permitted',
    decidedBy: [{ id: 'p', effect: 'permit', reason: 'Because.' }],
    errors: [],
    sentence: 'Because.',
  }
}

export function asksFor(resourceId: string): NewRequest['asksFor'] {
  return { kind: 'entitlement', resourceId, entitlementId: 'read-orders' }
}

export function newRequest(requester: Account, changes: Partial<NewRequest> = {}): NewRequest {
  return {
    status: 'pending',
    submissionKey: randomUUID(),
    requesterId: requester.id,
    asksFor: asksFor('orders-db'),
    terms: {
      resourceName: 'Orders database',
      environment: 'production',
      entitlementName: 'Read orders',
      risk: 'low',
      approvals: ownersPlan(1),
      tell: [],
      selfServePerPersonAndDay: 3,
      breakGlassSeconds: null,
      content: contentFromJson({ privileges: [] }),
    },
    durationSeconds: 3600,
    justification: 'Fixing INC-42',
    startsAt: null,
    ticket: null,
    ticketCheck: null,
    policy: permitted('request'),
    preApprovalId: null,
    submittedAt: noon,
    expiresAt: minutesAfter(noon, 480),
    ...changes,
  }
}

export function decisionOf(
  request: PendingRequest,
  approver: Account,
  changes: Partial<Decision> = {},
): Decision {
  return {
    requestId: request.id,
    approverId: approver.id,
    approverPerson: approver.personId,
    verdict: 'approve',
    stage: 0,
    countsAs: ['owners'],
    durationSeconds: null,
    reason: null,
    policy: permitted('approve'),
    stepUpId: null,
    decidedAt: minutesAfter(noon, 1),
    ...changes,
  }
}

export function closed(request: PendingRequest, status: ClosedRequest['status']): ClosedRequest {
  return { ...request, status, closedAt: minutesAfter(noon, 2) }
}

export function grantOf(request: PendingRequest): ActivatingGrant {
  return {
    id: randomUUID(),
    requestId: request.id,
    holderId: request.requesterId,
    resourceId: request.asksFor.resourceId,
    entitlementId: request.asksFor.entitlementId,
    approvedContent: contentFromJson({ privileges: [{ on: 'table public.orders', allow: ['SELECT'] }] }),
    durationSeconds: request.durationSeconds,
    generation: 1,
    createdAt: minutesAfter(noon, 2),
    status: 'activating',
    attempts: 0,
  }
}

const seen: Evidence = {
  readAt: minutesAfter(noon, 3),
  summary: 'Seen.',
  facts: { role: 'daypass_x', members: ['a'] },
}

export function active(grant: ActivatingGrant) {
  const { attempts: _, ...base } = grant
  const lease = { activatedAt: minutesAfter(noon, 3), endsAt: minutesAfter(noon, 63) }
  return { ...base, status: 'active', lease, granted: seen } as const satisfies Grant
}

export function revoking(grant: ReturnType<typeof active>, byId: string | null = null) {
  const cause = byId === null ? 'lease_ended' : 'revoked'
  const revocation = { cause, byId, reason: byId && 'Enough.', startedAt: minutesAfter(noon, 63) } as const
  return { ...grant, status: 'revoking', revocation, attempts: 0 } as const satisfies Grant
}

export function ended(grant: ReturnType<typeof revoking>) {
  const { attempts: _, granted: __, ...base } = grant
  const status = grant.revocation.cause === 'lease_ended' ? 'ended' : 'revoked'
  return { ...base, status, endedAt: minutesAfter(noon, 64), removed: seen } as const satisfies Grant
}

export function event(changes: Partial<AuditEvent> = {}): AuditEvent {
  return {
    at: noon,
    actor: daypass,
    action: 'audit.queried',
    subject: null,
    requestId: null,
    grantId: null,
    accountId: null,
    resourceId: null,
    entitlementId: null,
    policy: null,
    details: {},
    ...changes,
  }
}

/** One contractor with a pending request, and one approver who has not decided. */
export async function pendingRequest(store: Store, changes: Partial<NewRequest> = {}) {
  return store.transaction(async (tx) => {
    const requester = await tx.accounts.upsert(member(`UC${randomUUID()}`, { isGuest: true }))
    const approver = await tx.accounts.upsert(member(`UA${randomUUID()}`))
    const request = await tx.requests.insert(newRequest(requester, changes))
    if (!request) throw new Error('not inserted')
    return { requester, approver, request }
  })
}

/** The same with an approved request and its activating grant. */
export async function activatingGrant(store: Store, changes: Partial<NewRequest> = {}) {
  const world = await pendingRequest(store, changes)
  const grant = grantOf(world.request)
  await store.transaction(async (tx) => {
    await tx.decisions.insert(decisionOf(world.request, world.approver))
    await tx.requests.save(closed(world.request, 'approved'))
    await tx.grants.insert(grant)
  })
  return { ...world, grant }
}
