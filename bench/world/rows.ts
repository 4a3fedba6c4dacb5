import type postgres from 'postgres'
import { evidence, policy, terms } from './years.ts'

/** Requests that `addRequests` writes. */
export interface RequestRows {
  /** Begins their submission keys. */
  readonly tag: string
  readonly count: number
  /** Slack user ids of the requesters, who take turns. */
  readonly by: readonly string[]
  /** They are spread over `resource-0`, `resource-1`, ... */
  readonly resources: number
  readonly status: 'pending' | 'approved' | 'denied'
  readonly isBreakGlass?: boolean
  /** Absent: none. */
  readonly grant?: 'active' | 'revocation_failed'
  /** Seconds until the first lease ends. The others end within the second after it. */
  readonly endsInSeconds?: number
}

/** Writes requests and their grants in two statements, without triggers. */
export async function addRequests(sql: postgres.Sql, rows: RequestRows): Promise<void> {
  const { tag, count, by, resources, status, isBreakGlass = false, grant, endsInSeconds = 7_200 } = rows
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await tx`
      insert into requests (submission_key, requester_id, asks_for_kind, resource_id, entitlement_id, terms, duration_seconds,
        justification, policy, status, submitted_at, expires_at, closed_at)
      select ${tag} || n, p.id, 'entitlement', 'resource-' || n % ${resources}, 'read-orders',
        ${terms}::text::jsonb || '{"breakGlassSeconds": 3600}', 3600, 'Fixing INC-42',
        ${isBreakGlass ? policy.replace('"request"', '"breakGlass"') : policy}::text::jsonb, ${status},
        now() - interval '2 hours' + make_interval(secs => n / 1000.0), now() + interval '1 day',
        case when ${status} <> 'pending' then now() - interval '1 hour' end
      from generate_series(1, ${count}::integer) as n
      join (
        select id, row_number() over (order by user_id) - 1 as place, count(*) over () as many
        from accounts where user_id = any(${[...by]})
      ) as p on p.place = n % p.many`
    if (!grant) return
    const failed = grant === 'revocation_failed'
    await tx`
      insert into grants (id, request_id, holder_id, resource_id, entitlement_id, approved_content, duration_seconds, generation,
        created_at, requested_at, status, activated_at, lease_ends_at, granted, revocation_cause, revocation_started_at,
        failure_code, failure_message, failed_at)
      select gen_random_uuid(), id, requester_id, resource_id, entitlement_id, terms -> 'content', duration_seconds, 1, now(),
        submitted_at, ${grant}, now() - interval '1 hour',
        date_trunc('milliseconds', now()) + make_interval(secs => ${endsInSeconds} + row_number() over (order by number) / ${count}::float8),
        ${evidence}::text::jsonb, case when ${failed} then 'lease_ended' end, case when ${failed} then now() end,
        case when ${failed} then 'unreachable' end, case when ${failed} then 'It did not answer.' end, case when ${failed} then now() end
      from requests where submission_key like ${`${tag}%`}`
  })
}
