import { type AuditListQuery, type AuditQuery, auditPageSize } from '../../src/usecases/audit/query-audit.ts'
import { approvers, slack } from '../world/people.ts'
import { pastPerson, type YearsSize } from '../world/years.ts'

/** One kind of question, and its bare SQL: the rows of the first page alone. */
export interface Question {
  readonly name: string
  readonly by: string
  readonly query: AuditQuery
  /** A condition on `requests r` and `grants g`. */
  readonly bare: string
}

const dayMs = 86_400_000
const everything: AuditListQuery = {
  kind: 'list',
  scope: 'any',
  userId: null,
  resourceId: null,
  from: null,
  to: null,
  place: { kind: 'page', page: 1 },
}

/** Every kind of question about the past of `makeYears`, which ends at `now`. */
export function auditQuestions(now: Date, { days, requests }: YearsSize): Question[] {
  const middle = Math.round(requests / 2)
  const ago = (daysAgo: number) => new Date(now.getTime() - daysAgo * dayMs)
  const week = { from: ago(days / 2), to: ago(days / 2 - 7) }
  const list = (name: string, changes: Partial<AuditListQuery>, by: string = slack.lead): Question => {
    const query = { ...everything, ...changes }
    return { name, by, query, bare: bareCondition(query) }
  }
  const [one, several] = [approvers[0] ?? '', approvers[1] ?? '']
  return [
    list('active now', { scope: 'live' }),
    list('active now on one resource', { scope: 'live', resourceId: 'resource-0' }),
    list('everything', {}),
    list('a person', { userId: pastPerson(77) }),
    list('the busiest person', { userId: pastPerson(0) }),
    list('a resource', { resourceId: 'resource-42' }),
    list('the busiest resource', { resourceId: 'resource-0' }),
    list('a person on a resource', { userId: pastPerson(0), resourceId: 'resource-42' }),
    list('the last week', { from: ago(7) }),
    list('a week half-way back', week),
    list('the first half', { to: ago(days / 2) }),
    list('the second half', { from: ago(days / 2) }),
    list('a person in that week', { ...week, userId: pastPerson(77) }),
    list('a resource in that week', { ...week, resourceId: 'resource-42' }),
    list('a person on a resource in that half', {
      from: week.from,
      userId: pastPerson(0),
      resourceId: 'resource-0',
    }),
    list('everything, of one resource only', {}, one),
    list('everything, of 30 resources only', {}, several),
    list('that week, of 30 resources only', week, several),
    list('page 100 of 30 resources only', { place: { kind: 'page', page: 100 } }, several),
    list('page 100 of everything', { place: { kind: 'page', page: 100 } }),
    list('everything, half-way back', {
      place: { kind: 'older', than: { submittedAt: ago(days / 2), number: middle } },
    }),
    {
      name: 'one request with its history',
      by: slack.lead,
      query: { kind: 'history', reference: `AR-${middle}` },
      bare: `r.number = ${middle}`,
    },
  ]
}

function bareCondition({ scope, userId, resourceId, from, to }: AuditListQuery): string {
  const conditions = [
    ...(scope === 'live' ? [`g.status in ('activating', 'active', 'revoking', 'revocation_failed')`] : []),
    ...(userId === null ? [] : [`r.requester_id = (select id from accounts where user_id = '${userId}')`]),
    ...(resourceId === null ? [] : [`r.resource_id = '${resourceId}'`]),
    ...(from ? [`r.submitted_at >= '${from.toISOString()}'`] : []),
    ...(to ? [`r.submitted_at < '${to.toISOString()}'`] : []),
  ]
  return conditions.length > 0 ? conditions.join(' and ') : 'true'
}

/** By bare SQL: the newest requests that were submitted within the range, with their people and grants, and nothing counted. */
export function bareStatement({ bare }: Question): string {
  return `select r.*, g.*, a.display_name from requests r join accounts a on a.id = r.requester_id
    left join grants g on g.request_id = r.id where ${bare}
    order by r.submitted_at desc, r.number desc limit ${auditPageSize}`
}
