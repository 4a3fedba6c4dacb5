CREATE INDEX "audit_events_removed_of" ON "audit_events" USING gin (("details" -> 'requests')) WHERE action = 'record.removed';
--> statement-breakpoint
-- As before, and two things more. The event says of which requests events were removed, and how many. And the newest of the old events
-- stays, after those that are removed: so a verification finds a removal that somebody invents for the first event after a long pause.
create or replace function remove_audit_events(
  rule text, actions text[], before timestamptz, at timestamptz, most integer, after bigint)
  returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  signed constant bigint := coalesce((select max(size) from record_checkpoints), 0);
  due bigint[];
  held bigint[] := '{}';
  kept jsonb := '{}';
  ids bigint[];
  ranges jsonb;
  of_requests jsonb;
  newest bigint;
begin
  if before > now() - interval '90 days' or before > remove_audit_events.at - interval '90 days' then
    raise exception 'events are kept for 90 days at the least'
      using errcode = 'check_violation', constraint = 'audit_events_kept_90_days', table = 'audit_events';
  end if;
  if exists (select from unnest(actions) as action where action ~ '^(record|passkey|erasure|stream|hold)[.]') then
    raise exception 'the log needs these events to be verified'
      using errcode = 'check_violation', constraint = 'audit_events_kept_for_verification', table = 'audit_events';
  end if;
  set local lock_timeout = '2s';
  -- Nobody places a hold meanwhile.
  lock table legal_holds in share mode;
  select l.position into newest from audit_events e join record_leaves l on l.event_id = e.id
    where e.at < before order by e.at desc, e.id desc limit 1;
  due := array(
    select e.id from audit_events e join record_leaves l on l.event_id = e.id
    where e.action = any(actions) and e.at < before and l.position < least(signed, newest) and e.id > after
      and not exists (
        select from grants g where g.request_id = e.request_id
          and g.status in ('scheduled', 'activating', 'active', 'revoking', 'revocation_failed'))
    order by e.id limit least(most, 1000));
  if exists (select from legal_holds where lifted_at is null) then
    with covered as (
      select e.id, h.number
        from (select distinct request_id from audit_events where id = any(due) and request_id is not null) due_of
        cross join lateral holds_on_request(due_of.request_id) h
        join audit_events e on e.request_id = due_of.request_id and e.id = any(due)
      union all
      select e.id, h.number from audit_events e cross join lateral holds_on(array[e.actor_id, e.account_id], e.resource_id, e.at) h
        where e.id = any(due) and e.request_id is null)
    select coalesce((select array_agg(distinct id) from covered), '{}'),
        coalesce((select jsonb_object_agg('LH-' || number, count) from (
          select number, count(*) as count from covered group by number) counts), '{}')
      into held, kept;
  end if;
  ids := array(select id from unnest(due) as id where id <> all(held) order by id);
  if cardinality(ids) > 0 then
    select jsonb_agg(jsonb_build_array(first, last) order by first) into ranges from (
      select min(position) as first, max(position) as last from (
        select position, position - row_number() over (order by position) as island
        from record_leaves where event_id = any(ids)) placed
      group by island) islands;
    select coalesce(jsonb_object_agg('AR-' || number, count), '{}') into of_requests from (
      select r.number, count(*) as count from audit_events e join requests r on r.id = e.request_id
      where e.id = any(ids) group by r.number) counts;
    alter table audit_events disable trigger audit_events_append_only_row;
    alter table audit_events disable trigger audit_events_append_only;
    delete from audit_events where id = any(ids);
    alter table audit_events enable always trigger audit_events_append_only_row;
    alter table audit_events enable always trigger audit_events_append_only;
    insert into audit_events (at, action, details) values (remove_audit_events.at, 'record.removed', jsonb_build_object(
      'rule', rule, 'before', to_char(before at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'count', cardinality(ids), 'positions', ranges, 'requests', of_requests) || case when kept = '{}' then '{}'::jsonb
        else jsonb_build_object('kept_by_holds', kept) end);
  end if;
  return jsonb_build_object('removed', cardinality(ids), 'looked', cardinality(due), 'last', due[cardinality(due)], 'kept', kept);
end $$;
