import type { PolicyResult } from '../../src/domain/policy.ts'
import type { RequestHistory } from '../../src/domain/request-history.ts'
import { at, historiesOf, type Texts } from './_histories.ts'

/** Requests that nobody was asked about, and a pre-approval, by a name for the state. */
export function withoutAskingOf(texts: Texts): Record<string, RequestHistory> {
  const { active, ended, revoked, pending } = historiesOf(texts, 1)
  if (!active || !ended || !revoked || !pending) throw new Error('a history is missing')
  const policy: PolicyResult = { ...active.request.policy, action: 'breakGlass' }
  const dana = { ...active.requester, id: 'U0DANA', userId: 'U0DANA' }
  const review = { requestId: active.request.id, openedAt: at(0), dueAt: at(1440), outcome: null }
  const outcome = (verdict: 'justified' | 'not_justified') => ({
    byId: 'U0DANA',
    reviewer: dana,
    at: at(200),
    verdict,
    finding: texts.reason,
    policy,
  })
  const broken = (history: RequestHistory): RequestHistory => ({
    ...history,
    decisions: [],
    request: { ...history.request, how: 'break_glass', policy },
    review,
  })
  const preApproval = {
    id: 'pre-approval',
    reference: 'PA-1' as const,
    requestId: active.request.id,
    madeById: 'U0DANA',
    maker: dana,
    madeAt: at(5),
    goodThrough: at(10_000),
    maxDurationSeconds: 7_200,
    reason: texts.reason,
    engagementId: null,
    policy,
    withdrawal: null,
  }
  const withdrawal = { byId: 'U0DANA', by: dana, at: at(90) }
  return {
    'break-glass, active': broken(active),
    'break-glass, to be reviewed': broken(ended),
    'break-glass, justified': { ...broken(ended), review: { ...review, outcome: outcome('justified') } },
    'break-glass, not justified': {
      ...broken(revoked),
      review: { ...review, outcome: outcome('not_justified') },
    },
    'by rule, active': { ...active, decisions: [], request: { ...active.request, how: 'self_serve' } },
    'by a pre-approval, active': {
      ...active,
      decisions: [],
      request: { ...active.request, how: 'pre_approval', preApprovalId: preApproval.id },
      usedPreApproval: preApproval,
    },
    'pre-approved': { ...active, madePreApproval: preApproval },
    'pre-approved, withdrawn': { ...active, madePreApproval: { ...preApproval, withdrawal } },
    'pending, one approval': pending,
  }
}
