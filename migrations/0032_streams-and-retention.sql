CREATE TABLE "audit_streams" (
	"id" text PRIMARY KEY NOT NULL,
	"position" bigint NOT NULL,
	"holder" uuid,
	"held_until" timestamp (3) with time zone,
	"delivered_at" timestamp (3) with time zone,
	"failures" integer DEFAULT 0 NOT NULL,
	"failing_since" timestamp (3) with time zone,
	"problem" text,
	"retry_at" timestamp (3) with time zone,
	"told_at" timestamp (3) with time zone,
	CONSTRAINT "audit_streams_position_not_negative" CHECK ("audit_streams"."position" >= 0),
	CONSTRAINT "audit_streams_failing_say_why" CHECK (("audit_streams"."failures" > 0) = ("audit_streams"."problem" is not null))
);
--> statement-breakpoint
ALTER TABLE "record_leaves" DROP CONSTRAINT "record_leaves_event_id_audit_events_id_fk";
--> statement-breakpoint
-- Removes events whose time is over, and says so in an event of the same transaction, which names their positions. Their hashes stay
-- in `record_leaves`, so every proof holds. It runs as the owner of the table: the application's role may delete no event. So the
-- function itself refuses young events, by the database's clock, and the events that a verification needs. Only signed events are
-- removed: an auditor has a checkpoint that holds their hashes. The append-only triggers are off meanwhile, and nobody else can
-- write to the table.
create function remove_audit_events(rule text, actions text[], before timestamptz, at timestamptz, most integer)
  returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
  signed constant bigint := coalesce((select max(size) from record_checkpoints), 0);
  ids bigint[];
  ranges jsonb;
begin
  if before > now() - interval '90 days' or before > remove_audit_events.at - interval '90 days' then
    raise exception 'events are kept for 90 days at the least'
      using errcode = 'check_violation', constraint = 'audit_events_kept_90_days', table = 'audit_events';
  end if;
  if exists (select from unnest(actions) as action where action ~ '^(record|passkey|erasure|stream)[.]') then
    raise exception 'the log needs these events to be verified'
      using errcode = 'check_violation', constraint = 'audit_events_kept_for_verification', table = 'audit_events';
  end if;
  set local lock_timeout = '2s';
  select array_agg(id) into ids from (
    select e.id from audit_events e join record_leaves l on l.event_id = e.id
    where e.action = any(actions) and e.at < before and l.position < signed
      and not exists (
        select from grants g where g.request_id = e.request_id
          and g.status in ('scheduled', 'activating', 'active', 'revoking', 'revocation_failed'))
    order by e.id limit least(most, 1000)) old;
  if ids is null then
    return 0;
  end if;
  select jsonb_agg(jsonb_build_array(first, last) order by first) into ranges from (
    select min(position) as first, max(position) as last from (
      select position, position - row_number() over (order by position) as island
      from record_leaves where event_id = any(ids)) placed
    group by island) islands;
  alter table audit_events disable trigger audit_events_append_only_row;
  alter table audit_events disable trigger audit_events_append_only;
  delete from audit_events where id = any(ids);
  alter table audit_events enable always trigger audit_events_append_only_row;
  alter table audit_events enable always trigger audit_events_append_only;
  insert into audit_events (at, action, details) values (remove_audit_events.at, 'record.removed', jsonb_build_object(
    'rule', rule, 'before', to_char(before at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'count', cardinality(ids), 'positions', ranges));
  return cardinality(ids);
end $$;
--> statement-breakpoint
revoke execute on function remove_audit_events(text, text[], timestamptz, timestamptz, integer) from public;
