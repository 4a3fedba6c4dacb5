import type { PastResult } from '../domain/past-result.ts'
import type { Database } from './database.ts'
import { policyResult, readJson } from './mapping/stored-json.ts'

interface Row {
  readonly kind: PastResult['kind']
  readonly id: string
  readonly at: Date
  readonly number: number | null
  readonly resourceId: string
  readonly entitlementId: string
  readonly policy: unknown
}

const rowsAtOnce = 500

/** The results about requests since then, in the order of time. Read in parts, because there may be very many. */
export async function* readPastResults({ sql }: Database, since: Date): AsyncGenerator<PastResult> {
  const rows = sql<Row[]>`
    select 'request' as kind, id::text, submitted_at as at, number, resource_id, entitlement_id, policy
      from requests where submitted_at >= ${since}
    union all
    select 'refusal', id::text, at, null, resource_id, entitlement_id, policy
      from audit_events where action = 'request.refused' and at >= ${since} and policy is not null
        and resource_id is not null and entitlement_id is not null
    union all
    select 'decision', requests.id::text, decided_at, requests.number, requests.resource_id,
      requests.entitlement_id, decisions.policy
      from decisions join requests on requests.id = request_id where decided_at >= ${since}
    order by at, number`.cursor(rowsAtOnce)
  for await (const part of rows) yield* part.map(toResult)
}

function toResult({ id, number, policy, ...row }: Row): PastResult {
  const reference = number === null ? null : `AR-${number}`
  return { ...row, reference, policy: readJson(policyResult, policy, row.kind, id, 'policy') }
}
