import type postgres from 'postgres'

/**
 * Adds active leases like the one that there is, at this resource, which end in so many seconds. Nothing is made at the target.
 * Deletes all effects except the revocations of leases.
 */
export async function addLeases(
  database: postgres.Sql,
  { resource, count, endsInSeconds }: { resource: string; count: number; endsInSeconds: number },
): Promise<void> {
  const tag = `more-${resource}-`
  await database.begin(async (sql) => {
    // The limits on how leases come about are not the subject here.
    await sql`set local session_replication_role = replica`
    await sql`
      insert into requests (submission_key, requester_id, asks_for_kind, resource_id, entitlement_id, terms, duration_seconds, justification,
        policy, status, submitted_at, expires_at, closed_at)
      select ${tag} || n, requester_id, asks_for_kind, ${resource}, entitlement_id, terms, duration_seconds, justification,
        policy, 'approved', submitted_at, expires_at, now()
      from requests, generate_series(1, ${count}::integer) as n where submission_key not like 'more-%'`
    await sql`
      insert into grants (id, request_id, holder_id, resource_id, entitlement_id, approved_content, duration_seconds, generation,
        created_at, status, activated_at, lease_ends_at, granted)
      select gen_random_uuid(), id, requester_id, resource_id, entitlement_id, terms -> 'content', duration_seconds, 1, now(),
        'active', now() - interval '1 hour',
        date_trunc('milliseconds', clock_timestamp()) + make_interval(secs => ${endsInSeconds}),
        (select granted from grants where granted is not null limit 1)
      from requests where submission_key like ${`${tag}%`}`
    await sql`
      insert into outbox (effect, due_at)
      select jsonb_build_object('kind', 'revoke_grant', 'grantId', grants.id, 'generation', 1, 'resourceId', grants.resource_id), lease_ends_at
      from grants, requests where requests.id = request_id and submission_key like ${`${tag}%`}`
    await sql`delete from outbox where kind <> 'revoke_grant'`
  })
}
