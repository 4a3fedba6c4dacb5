import type postgres from 'postgres'
import { type Environment, emptyTemplate } from './environment.ts'
import { slack } from './people.ts'
import { once } from './server.ts'

/** The size of the past that `makeYears` writes. */
export interface YearsSize {
  readonly requests: number
  /** Days from the first request until now. */
  readonly days: number
}

/** People who requested, in equal shares, except the first, who has a tenth of all requests. */
const pastPeople = 2_000
/** The Slack user id of one of them. */
export function pastPerson(number: number): string {
  return `U0PAST${number.toString().padStart(5, '0')}`
}
/** Resources of the past. `resource-0` has a fifth of all requests, and the others have equal shares. */
export const pastResources = 100

/**
 * Creates a database with years of records, with a few statements: five audit events for each request, and grants for 85 % of the
 * requests. Most leases last hours, one of twenty lasts up to a month, and one of a thousand a quarter.
 */
export async function makeYears(
  { server }: Pick<Environment, 'server'>,
  database: string,
  { requests, days }: YearsSize,
): Promise<string> {
  const url = await server.create(database, emptyTemplate)
  await once(url, async (sql) => {
    // Set statements write what the use-cases would write, so the triggers for each row are not needed.
    await sql`set session_replication_role = replica`
    await sql`set synchronous_commit = off`
    await sql`
      with made as (
        insert into persons select from generate_series(1, ${pastPeople}) returning id
      ), numbered as (
        select id, row_number() over () - 1 as n from made
      )
      insert into accounts (person_id, team_id, user_id, kind, display_name, is_guest, is_deactivated)
      select id, ${slack.teamId}, 'U0PAST' || lpad(n::text, 5, '0'), 'employee', 'person ' || n, false, false
      from numbered`
    const indexes = await withoutIndexes(sql)
    await sql`
      insert into requests (submission_key, requester_id, asks_for_kind, resource_id, entitlement_id, terms, duration_seconds,
        justification, policy, status, submitted_at, expires_at, closed_at)
      select 'past ' || n, p.id, 'entitlement', 'resource-' || resource, 'read-orders', ${terms}::text::jsonb, seconds, 'Fixing INC-' || n,
        ${policy}::text::jsonb, case when n % 20 < 17 then 'approved' when n % 20 < 19 then 'denied' else 'expired' end,
        at, at + interval '8 hours', at + make_interval(secs => 30 + n % 3600)
      from (
        select n, case when n % 10 = 3 then 0 else (hashint4(n) & 2147483647) % ${pastPeople} end as person,
          case when n % 5 = 1 then 0 else (hashint4(-n) & 2147483647) % ${pastResources} end as resource,
          case when n % 1000 = 0 then 7776000 when n % 20 = 0 then 86400 * (1 + n / 20 % 30) else 1800 + n * 31 % 26000 end as seconds,
          date_trunc('milliseconds', now() - make_interval(secs => (${requests} - n) * (${days} * 86400.0 / ${requests}))) as at
        from generate_series(1, ${requests}) as n
      ) as past join (select id, row_number() over (order by user_id) - 1 as place from accounts) as p on p.place = past.person
      order by n`
    await sql`
      insert into grants (id, request_id, holder_id, resource_id, entitlement_id, approved_content, duration_seconds, generation,
        created_at, requested_at, status, activated_at, lease_ends_at, granted, revocation_cause, revocation_started_at, ended_at, removed)
      select gen_random_uuid(), id, requester_id, resource_id, entitlement_id, terms -> 'content', duration_seconds, 1, closed_at,
        submitted_at, case when gone then 'ended' else 'active' end, closed_at, ends_at, ${evidence}::text::jsonb,
        case when gone then 'lease_ended' end, case when gone then ends_at end, case when gone then ends_at + interval '1 second' end,
        case when gone then ${evidence}::text::jsonb end
      from (
        select *, closed_at + make_interval(secs => duration_seconds) as ends_at,
          closed_at + make_interval(secs => duration_seconds + 1) < now() as gone
        from requests where status = 'approved' and closed_at < now()
      ) as approved
      order by number`
    await sql`
      insert into audit_events (at, actor_id, action, subject_kind, subject_id, request_id, resource_id, entitlement_id, policy, details)
      select submitted_at, requester_id, happened.action, 'request', id::text, id, resource_id, entitlement_id, policy, ${details}::text::jsonb
      from requests, unnest(array['request.submitted', 'decision.recorded', 'request.approved', 'grant.activated', 'grant.ended'])
        as happened (action)
      order by number`
    for (const index of indexes) await sql.unsafe(index)
    await sql`vacuum (analyze) accounts, requests, grants, audit_events`
  })
  return url
}

/** Drops the indexes that enforce nothing, because rows are written faster without them. Returns the statements that create them. */
async function withoutIndexes(sql: postgres.Sql): Promise<string[]> {
  const indexes = await sql<{ name: string; definition: string }[]>`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
    from pg_index where not indisunique and indrelid in ('requests'::regclass, 'grants'::regclass, 'audit_events'::regclass)`
  for (const { name } of indexes) await sql.unsafe(`drop index ${name}`)
  return indexes.map(({ definition }) => definition)
}

export const terms = JSON.stringify({
  resourceName: 'Orders database',
  environment: 'production',
  entitlementName: 'Read orders',
  risk: 'low',
  approvals: 1,
  content: {
    privileges: [{ on: 'table public.orders', allow: ['SELECT'], columns: ['id', 'status', 'total'] }],
  },
})
export const policy = JSON.stringify({
  action: 'request',
  allowed: true,
  outcome: 'permitted',
  decidedBy: [
    { id: 'employees-may-request', effect: 'permit', reason: 'Active employees may request access.' },
  ],
  errors: [],
  sentence: 'Active employees may request access.',
})
export const evidence = JSON.stringify({
  readAt: '2026-11-01T12:00:00.000Z',
  summary: 'The role and its membership were seen there.',
  facts: { role: 'daypass_past' },
})
const details = JSON.stringify({ durationSeconds: 3600, justification: 'Fixing INC-42' })
