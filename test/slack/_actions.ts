import type { RunOutput } from '../../src/domain/connector.ts'
import type { AccessRequest } from '../../src/domain/request.ts'
import type { RequestHistory } from '../../src/domain/request-history.ts'
import type { Run } from '../../src/domain/run.ts'
import { at, historiesOf, type Texts, usualTexts } from './_histories.ts'

/** Requests for an action in every state, with a text and a preview as long as they may be, by a name for the state. */
export function actionsOf(texts: Texts = usualTexts, approvers = 2): Record<string, RequestHistory> {
  const histories = historiesOf(texts, approvers)
  const value = texts.justification.slice(0, 1_000)
  const asAction = (request: AccessRequest): AccessRequest => ({
    ...request,
    asksFor: {
      kind: 'action',
      resourceId: 'orders-db',
      entitlementId: 'read-orders',
      action: {
        values: { note: value },
        text: `${value}\n${'x'.repeat(2_800)}`.slice(0, 2_800),
        textHash: 'a'.repeat(64),
      },
    },
    durationSeconds: 900,
    startsAt: null,
  })
  const rows = Array.from({ length: 5 }, () => [texts.displayName, null, texts.reason.slice(0, 600)])
  const sample: RunOutput = { kind: 'table', columns: ['id', 'note', 'more'], rows, isCut: true }
  const state = (name: string): RequestHistory => {
    const history = histories[name]
    if (!history) throw new Error(`no history ${name}`)
    const { request } = history
    const preview = { requestId: request.id, at: at(1), rows: 5, before: sample, after: sample }
    return { ...history, request: asAction(request), preview }
  }
  const ran = (run: Run): RequestHistory => ({ ...state('approved, no grant yet'), run })
  const base = { id: histories.pending?.request.id ?? '', approvedAt: at(10), lapsesAt: at(25) }
  const began = { ...base, startedAt: at(11) }
  const failure = { code: 'row_count', message: texts.failure }
  const undone = { ...began, endedAt: at(12), failure, mark: null }
  const output = { sha256: 'b'.repeat(64), bytes: 12_345, isCut: false, keptUntil: at(600) }
  const refused = { requestId: base.id, at: at(1), failure }
  return {
    'action, pending': state('pending'),
    'action, denied': state('denied'),
    'action, cancelled': state('cancelled'),
    'action, expired': state('expired'),
    'action, that cannot be run': { ...state('cancelled'), preview: refused },
    'action, approved': ran({ ...base, status: 'waiting' }),
    'action, running': ran({
      ...began,
      status: 'running',
      beatAt: at(11),
      mark: {},
      isFollowed: true,
      progress: texts.failure.slice(0, 200),
      cancelAskedAt: at(12),
    }),
    'action, done': ran({
      ...began,
      status: 'done',
      endedAt: at(12),
      summary: texts.failure,
      rows: 5,
      output,
      wentWrong: false,
    }),
    'action, done and failed': ran({
      ...began,
      status: 'done',
      endedAt: at(12),
      summary: texts.failure,
      rows: null,
      output: null,
      wentWrong: true,
    }),
    'action, failed': ran({ ...undone, status: 'failed' }),
    'action, lapsed': ran({ ...undone, status: 'lapsed', startedAt: null }),
    'action, run cancelled': ran({ ...undone, status: 'cancelled' }),
    'action, outcome unknown': ran({ ...undone, status: 'outcome_unknown' }),
  }
}
