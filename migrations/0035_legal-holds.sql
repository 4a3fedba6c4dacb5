CREATE TABLE "legal_holds" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"number" integer GENERATED ALWAYS AS IDENTITY (sequence name "legal_holds_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"scope" text NOT NULL,
	"account_id" uuid,
	"resource_id" text,
	"request_id" uuid,
	"reason" text NOT NULL,
	"from_at" timestamp (3) with time zone,
	"to_at" timestamp (3) with time zone,
	"placed_at" timestamp (3) with time zone NOT NULL,
	"placed_by_id" uuid NOT NULL,
	"lift_asked_at" timestamp (3) with time zone,
	"lift_asked_by_id" uuid,
	"lifted_at" timestamp (3) with time zone,
	"lifted_by_id" uuid,
	CONSTRAINT "legal_holds_one_per_number" UNIQUE("number"),
	CONSTRAINT "legal_holds_scope_known" CHECK ("legal_holds"."scope" in ('person', 'resource', 'request', 'all')),
	CONSTRAINT "legal_holds_name_their_scope" CHECK (("legal_holds"."scope" = 'person') = ("legal_holds"."account_id" is not null) and ("legal_holds"."scope" = 'resource') = ("legal_holds"."resource_id" is not null)
        and ("legal_holds"."scope" = 'request') = ("legal_holds"."request_id" is not null)),
	CONSTRAINT "legal_holds_say_why" CHECK (btrim("legal_holds"."reason") <> ''),
	CONSTRAINT "legal_holds_end_after_they_begin" CHECK ("legal_holds"."to_at" > "legal_holds"."from_at"),
	CONSTRAINT "legal_holds_lift_asked_say_who" CHECK (("legal_holds"."lift_asked_at" is null) = ("legal_holds"."lift_asked_by_id" is null)),
	CONSTRAINT "legal_holds_lifted_say_who" CHECK (("legal_holds"."lifted_at" is null) = ("legal_holds"."lifted_by_id" is null) and ("legal_holds"."lifted_at" is null or "legal_holds"."lift_asked_at" is not null))
);
--> statement-breakpoint
ALTER TABLE "audit_events" DROP CONSTRAINT "audit_events_subject_known";--> statement-breakpoint
ALTER TABLE "slack_messages" DROP CONSTRAINT "slack_messages_subject_known";--> statement-breakpoint
ALTER TABLE "legal_holds" ADD CONSTRAINT "legal_holds_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "legal_holds" ADD CONSTRAINT "legal_holds_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "legal_holds" ADD CONSTRAINT "legal_holds_placed_by_id_accounts_id_fk" FOREIGN KEY ("placed_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "legal_holds" ADD CONSTRAINT "legal_holds_lift_asked_by_id_accounts_id_fk" FOREIGN KEY ("lift_asked_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "legal_holds" ADD CONSTRAINT "legal_holds_lifted_by_id_accounts_id_fk" FOREIGN KEY ("lifted_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_subject_known" CHECK ("audit_events"."subject_kind" in ('request', 'grant', 'account', 'person', 'engagement', 'resource', 'freeze', 'panic', 'campaign', 'hold'));--> statement-breakpoint
ALTER TABLE "slack_messages" ADD CONSTRAINT "slack_messages_subject_known" CHECK ("slack_messages"."subject_kind" in ('request', 'grant', 'account', 'person', 'engagement', 'resource', 'freeze', 'panic', 'campaign', 'hold'));
--> statement-breakpoint
-- The legal holds that cover a request with all that belongs to it: its events, its texts, its lease, its run. A hold with a time
-- covers requests that were open, or had access, at any moment of it. A hold on a person covers what they asked for, decided or did.
create function holds_on_request(request uuid) returns setof legal_holds
  language sql stable set search_path = public, pg_temp as $$
  select h.* from legal_holds h join requests r on r.id = request
  where h.lifted_at is null
    and (h.to_at is null or r.submitted_at <= h.to_at)
    and (h.from_at is null or h.from_at <= greatest(coalesce(r.closed_at, 'infinity'),
      (select max(e.at) from audit_events e where e.request_id = r.id and e.action !~ '^(hold|erasure|audit|record)[.]'),
      (select max(case when g.status in ('scheduled', 'activating', 'active', 'revoking', 'revocation_failed')
        then 'infinity'::timestamptz else g.ended_at end) from grants g where g.request_id = r.id),
      (select max(case when u.status in ('waiting', 'running') then 'infinity'::timestamptz else u.ended_at end) from runs u
        where u.id = r.id)))
    and case h.scope
      when 'all' then true
      when 'request' then h.request_id = r.id
      when 'resource' then h.resource_id = r.resource_id
      else exists (
        select from accounts held join accounts a on a.id = held.id or a.person_id = held.person_id
        where held.id = h.account_id and (a.id = r.requester_id
          or exists (select from decisions d where d.request_id = r.id and d.approver_id = a.id)
          or exists (select from audit_events e where e.request_id = r.id and a.id in (e.actor_id, e.account_id)))) end
  order by h.number
$$;
--> statement-breakpoint
-- The legal holds that cover something of no request, by its people, its resource and its time.
create function holds_on(people uuid[], resource text, at timestamptz) returns setof legal_holds
  language sql stable set search_path = public, pg_temp as $$
  select h.* from legal_holds h
  where h.lifted_at is null and (h.from_at is null or h.from_at <= at) and (h.to_at is null or at <= h.to_at)
    and case h.scope
      when 'all' then true
      when 'resource' then h.resource_id = resource
      when 'person' then exists (
        select from accounts held join accounts a on a.id = held.id or a.person_id = held.person_id
        where held.id = h.account_id and a.id = any(people))
      else false end
  order by h.number
$$;
--> statement-breakpoint
-- A hold begins as one that stands. Two security leads lift it, and nobody lifts one about themselves. It stays on record.
create function legal_holds_by_two_people() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if num_nonnulls(new.lift_asked_at, new.lifted_at) > 0 then
      raise exception 'a legal hold begins as one that stands'
        using errcode = 'check_violation', constraint = 'legal_holds_begin_standing', table = 'legal_holds';
    end if;
    return new;
  end if;
  if tg_op = 'DELETE' or old.lifted_at is not null
    or to_jsonb(new) - '{lift_asked_at,lift_asked_by_id,lifted_at,lifted_by_id}'::text[]
      is distinct from to_jsonb(old) - '{lift_asked_at,lift_asked_by_id,lifted_at,lifted_by_id}'::text[]
  then
    raise exception 'LH-% keeps what it says, and is lifted once', old.number
      using errcode = 'check_violation', constraint = 'legal_holds_stay', table = 'legal_holds';
  end if;
  if new.lifted_at is not null and (old.lift_asked_by_id is null or new.lift_asked_by_id <> old.lift_asked_by_id or exists (
    select from accounts asking join accounts lifting on lifting.person_id = asking.person_id
    where asking.id = old.lift_asked_by_id and lifting.id = new.lifted_by_id))
  then
    raise exception 'LH-% is lifted by two people: one asks, and another one confirms', old.number
      using errcode = 'check_violation', constraint = 'legal_holds_by_two_people', table = 'legal_holds';
  end if;
  if exists (
    select from accounts held join accounts acting on acting.person_id = held.person_id
    where held.id = old.account_id
      and (acting.id = new.lifted_by_id or acting.id = new.lift_asked_by_id and old.lift_asked_by_id is null))
  then
    raise exception 'nobody lifts a legal hold about themselves'
      using errcode = 'check_violation', constraint = 'legal_holds_not_lifted_by_subject', table = 'legal_holds';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger legal_holds_by_two_people before insert or update or delete on legal_holds
  for each row execute function legal_holds_by_two_people();
--> statement-breakpoint
-- A hold is placed and lifted together with its event, by the person of that event. So the signed log shows each lift, also one that
-- somebody makes with the rights of the application.
create function legal_holds_on_record() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  wanted text;
  person uuid;
begin
  if new.lifted_at is not null then
    wanted := 'hold.lifted';
    person := new.lifted_by_id;
  elsif new.lift_asked_at is not null then
    wanted := 'hold.lift_asked';
    person := new.lift_asked_by_id;
  elsif tg_op = 'UPDATE' then
    wanted := 'hold.lift_declined';
  else
    wanted := 'hold.placed';
    person := new.placed_by_id;
  end if;
  if not exists (
    select from audit_events where subject_kind = 'hold' and subject_id = new.id::text and action = wanted
      and (person is null or actor_id = person))
  then
    raise exception 'LH-% changes only with an event of it', new.number
      using errcode = 'check_violation', constraint = 'legal_holds_on_record', table = 'legal_holds';
  end if;
  return null;
end $$;
--> statement-breakpoint
-- Only when the row says something else: an erasure of its reason is on record as such.
create constraint trigger legal_holds_placed_on_record after insert on legal_holds
  deferrable initially deferred for each row execute function legal_holds_on_record();
--> statement-breakpoint
create constraint trigger legal_holds_lifted_on_record after update on legal_holds
  deferrable initially deferred for each row
  when ((new.lift_asked_at, new.lift_asked_by_id, new.lifted_at) is distinct from (old.lift_asked_at, old.lift_asked_by_id, old.lifted_at))
  execute function legal_holds_on_record();
--> statement-breakpoint
-- Refuses to remove what a hold keeps. The argument is the column with the request, or with the grant.
create function refuse_held() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  request uuid := (to_jsonb(old) ->> tg_argv[0])::uuid;
  holding integer;
begin
  if tg_argv[0] = 'grant_id' then
    select g.request_id into request from grants g where g.id = request;
  end if;
  select h.number into holding from holds_on_request(request) h limit 1;
  if holding is not null then
    raise exception 'the legal hold LH-% keeps this', holding
      using errcode = 'check_violation', constraint = tg_table_name || '_held', table = tg_table_name;
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
--> statement-breakpoint
create trigger run_outputs_held before delete on run_outputs for each row execute function refuse_held('run_id');
--> statement-breakpoint
create trigger run_outputs_stay before update on run_outputs for each row
  execute function refuse('stay', 'an output stays as it is until it is removed');
--> statement-breakpoint
create trigger lease_activity_held_delete before delete on lease_activity for each row execute function refuse_held('grant_id');
--> statement-breakpoint
create trigger lease_activity_held before update on lease_activity
  for each row when (old.seen is not null and new.seen is null) execute function refuse_held('grant_id');
--> statement-breakpoint
create trigger alerts_held before update on alerts
  for each row when (old.request_id is not null and new.evidence is distinct from old.evidence)
  execute function refuse_held('request_id');
--> statement-breakpoint
-- As before, and it looks at the next `most` events after the id `after`, leaves those that a legal hold covers, and says how many
-- each hold kept: {"removed": 3, "looked": 5, "last": 1204, "kept": {"LH-1": 2}}.
drop function remove_audit_events(text, text[], timestamptz, timestamptz, integer);
--> statement-breakpoint
create function remove_audit_events(
  rule text, actions text[], before timestamptz, at timestamptz, most integer, after bigint)
  returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  signed constant bigint := coalesce((select max(size) from record_checkpoints), 0);
  due bigint[];
  held bigint[] := '{}';
  kept jsonb := '{}';
  ids bigint[];
  ranges jsonb;
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
  due := array(
    select e.id from audit_events e join record_leaves l on l.event_id = e.id
    where e.action = any(actions) and e.at < before and l.position < signed and e.id > after
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
    alter table audit_events disable trigger audit_events_append_only_row;
    alter table audit_events disable trigger audit_events_append_only;
    delete from audit_events where id = any(ids);
    alter table audit_events enable always trigger audit_events_append_only_row;
    alter table audit_events enable always trigger audit_events_append_only;
    insert into audit_events (at, action, details) values (remove_audit_events.at, 'record.removed', jsonb_build_object(
      'rule', rule, 'before', to_char(before at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'count', cardinality(ids), 'positions', ranges) || case when kept = '{}' then '{}'::jsonb
        else jsonb_build_object('kept_by_holds', kept) end);
  end if;
  return jsonb_build_object('removed', cardinality(ids), 'looked', cardinality(due), 'last', due[cardinality(due)], 'kept', kept);
end $$;
--> statement-breakpoint
revoke execute on function remove_audit_events(text, text[], timestamptz, timestamptz, integer, bigint) from public;
--> statement-breakpoint
-- As before, and what a legal hold covers stays as it is.
create or replace function erase_texts(erasure uuid) returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
  it erasures;
  erased constant text := '(erased)';
  typists uuid[];
  about uuid[];
  off record;
  count integer;
  switches text[] := '{}';
begin
  select * into it from erasures where id = erasure and confirmed_at is not null;
  if not found then
    raise exception 'erasure % is not confirmed', erasure
      using errcode = 'check_violation', constraint = 'erasures_confirmed_first', table = 'erasures';
  end if;
  set local lock_timeout = '2s';
  -- Nobody places a hold meanwhile.
  lock table legal_holds in share row exclusive mode;
  typists := array(select a.id from accounts a join accounts named on named.person_id = a.person_id where named.id = it.account_id);
  about := array(select id from requests r where (id = it.request_id or requester_id = any(typists))
    and not exists (select from holds_on_request(r.id)));
  for off in
    select tgrelid::regclass as place, tgname, tgenabled from pg_trigger
    where not tgisinternal and tgenabled <> 'D' and tgrelid = any(array['requests', 'decisions', 'grants', 'pre_approvals',
      'break_glass_reviews', 'tasks', 'record_texts', 'freezes', 'panics', 'step_ups', 'runs', 'action_previews',
      'alerts', 'campaign_items', 'legal_holds']::regclass[])
  loop
    execute format('alter table %s disable trigger %I', off.place, off.tgname);
    switches := switches || format('alter table %s enable %s trigger %I', off.place,
      case off.tgenabled when 'A' then 'always' when 'R' then 'replica' else '' end, off.tgname);
  end loop;
  create temporary table erased_texts on commit drop as
    select field, row, request_id from said_texts where request_id = any(about) and text <> erased
    union select 'decision_reason', request_id || ':' || approver_id || ':' || stage, request_id from decisions
      where approver_id = any(typists) and reason <> erased
    union select 'revocation_reason', id::text, request_id from grants
      where revoked_by_id = any(typists) and revocation_reason <> erased
    union select 'pre_approval_reason', id::text, request_id from pre_approvals where made_by_id = any(typists) and reason <> erased
    union select 'review_finding', request_id::text, request_id from break_glass_reviews
      where reviewed_by_id = any(typists) and finding <> erased
    union select field, t.id::text, g.request_id from tasks t join grants g on g.id = t.grant_id
      cross join unnest(array['work_done', 'work_evidence', 'how_to_connect']) as field where t.done_by_id = any(typists)
    union select 'task_refusal', t.id::text, g.request_id from tasks t join grants g on g.id = t.grant_id
      where t.refused_by_id = any(typists)
    union select 'alert_reason', id::text, request_id from alerts a where answered_by_id = any(typists) and reason <> erased
      and not exists (select from holds_on(typists || array[a.about_id, a.also_about_id], a.resource_id, a.answered_at))
    union select 'review_reason', id::text, request_id from campaign_items i where decided_by_id = any(typists) and reason <> erased
      and not exists (select from holds_on(typists || i.account_id, i.resource_id, i.decided_at));
  delete from erased_texts e where e.request_id is not null and exists (select from holds_on_request(e.request_id));
  update requests set justification = erased, ticket = case when ticket is null then null else erased end,
    ticket_check = null, policy = without_ticket(policy),
    action = case when action is null then null else jsonb_build_object('values', '{}'::jsonb, 'text', erased, 'textHash', '') end
    where id = any(about);
  -- What the target said of the values that were typed, and what it gave back.
  update runs set failure_message = erased where id = any(about) and failure_message is not null;
  delete from run_outputs where run_id = any(about);
  update action_previews set before = null, after = null,
      failure_message = case when failure_message is null then null else erased end
    where request_id = any(about);
  -- What a person typed before they proved who they are, and never did.
  delete from step_ups s where used_at is null and (request_id = any(about) or account_id = any(typists))
    and not exists (select from holds_on_request(s.request_id));
  update decisions d set reason = case when reason is null then null else erased end, policy = without_ticket(policy)
    where request_id = any(about)
      or ('decision_reason', request_id || ':' || approver_id || ':' || stage) in (select field, row from erased_texts);
  update grants set revocation_reason = erased
    where id::text in (select row from erased_texts where field = 'revocation_reason');
  update pre_approvals set reason = erased, policy = without_ticket(policy)
    where id::text in (select row from erased_texts where field = 'pre_approval_reason');
  update break_glass_reviews set finding = erased
    where request_id::text in (select row from erased_texts where field = 'review_finding');
  update tasks set what_was_done = erased, evidence = erased,
      how_to_connect = case when how_to_connect is null then null else erased end
    where what_was_done is not null and id::text in (select row from erased_texts where field = 'work_done');
  update tasks set refusal_reason = erased
    where refusal_reason is not null and id::text in (select row from erased_texts where field = 'task_refusal');
  update alerts set reason = erased where id::text in (select row from erased_texts where field = 'alert_reason');
  -- Addresses that a target showed of the holder.
  update alerts a set evidence = without_addresses(evidence)
    where request_id = any(about) or (about_id = any(typists)
      and not exists (select from holds_on_request(a.request_id))
      and not exists (select from holds_on(array[a.about_id, a.also_about_id], a.resource_id, a.raised_at)));
  update campaign_items set reason = erased
    where id::text in (select row from erased_texts where field = 'review_reason');
  update freezes f set reason = erased where made_by_id = any(typists)
    and not exists (select from holds_on(array[f.made_by_id, f.account_id], f.resource_id, f.made_at));
  update panics p set reason = erased where by_id = any(typists)
    and not exists (select from holds_on(array[p.by_id, p.account_id], p.resource_id, p.at));
  -- The reason of a hold that stands is needed: others ask why nothing is removed.
  update legal_holds h set reason = erased where placed_by_id = any(typists) and lifted_at is not null
    and not exists (select from holds_on(array[h.placed_by_id, h.account_id], h.resource_id, h.placed_at));
  update record_texts t set salt = null, erasure_id = erasure
    from erased_texts e where e.field = t.field and e.row = t.row and t.salt is not null;
  select count(*) into count from erased_texts;
  for i in 1 .. coalesce(array_length(switches, 1), 0) loop
    execute switches[i];
  end loop;
  return count;
end $$;
