CREATE TABLE "action_previews" (
	"request_id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"rows" integer,
	"before" jsonb,
	"after" jsonb,
	"failure_code" text,
	"failure_message" text,
	CONSTRAINT "action_previews_show_or_say_why" CHECK (num_nulls("action_previews"."failure_code", "action_previews"."failure_message") = case when "action_previews"."rows" is null then 0 else 2 end)
);
--> statement-breakpoint
CREATE TABLE "run_outputs" (
	"run_id" uuid PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"status" text NOT NULL,
	"approved_at" timestamp (3) with time zone NOT NULL,
	"lapses_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"beat_at" timestamp (3) with time zone,
	"mark" jsonb,
	"cancel_asked_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"summary" text,
	"rows" integer,
	"output_sha256" text,
	"output_bytes" integer,
	"output_is_cut" boolean,
	"output_kept_until" timestamp (3) with time zone,
	"failure_code" text,
	"failure_message" text,
	CONSTRAINT "runs_status_known" CHECK ("runs"."status" in ('waiting', 'running', 'done', 'failed', 'outcome_unknown', 'lapsed', 'cancelled')),
	CONSTRAINT "runs_lapse_after_approval" CHECK ("runs"."lapses_at" > "runs"."approved_at"),
	CONSTRAINT "runs_begin_in_time" CHECK ("runs"."started_at" <= "runs"."lapses_at"),
	CONSTRAINT "runs_under_way_say_when" CHECK ("runs"."status" not in ('running', 'done', 'outcome_unknown') or num_nulls("runs"."started_at", "runs"."mark", "runs"."beat_at") = 0),
	CONSTRAINT "runs_over_say_when" CHECK (("runs"."status" in ('waiting', 'running')) = ("runs"."ended_at" is null)),
	CONSTRAINT "runs_done_say_what" CHECK (("runs"."status" = 'done') = ("runs"."summary" is not null)),
	CONSTRAINT "runs_undone_say_why" CHECK (("runs"."status" in ('failed', 'outcome_unknown', 'lapsed', 'cancelled')) = (num_nulls("runs"."failure_code", "runs"."failure_message") = 0)),
	CONSTRAINT "runs_output_has_hash_and_size" CHECK (num_nulls("runs"."output_sha256", "runs"."output_bytes", "runs"."output_is_cut") in (0, 3)
        and ("runs"."output_kept_until" is null or "runs"."output_sha256" is not null))
);
--> statement-breakpoint
ALTER TABLE "record_texts" DROP CONSTRAINT "record_texts_field_known";--> statement-breakpoint
ALTER TABLE "requests" DROP CONSTRAINT "requests_ask_for_known_kind";--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "action" jsonb;--> statement-breakpoint
ALTER TABLE "action_previews" ADD CONSTRAINT "action_previews_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_outputs" ADD CONSTRAINT "run_outputs_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_id_requests_id_fk" FOREIGN KEY ("id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "runs_open" ON "runs" USING btree ("approved_at") WHERE status in ('waiting', 'running');--> statement-breakpoint
ALTER TABLE "record_texts" ADD CONSTRAINT "record_texts_field_known" CHECK ("record_texts"."field" in ('justification', 'ticket', 'decision_reason', 'revocation_reason', 'pre_approval_reason', 'review_finding', 'work_done', 'work_evidence', 'how_to_connect', 'task_refusal', 'action_text'));--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_actions_say_what" CHECK (("requests"."asks_for_kind" = 'action') = ("requests"."action" is not null));--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_ask_for_known_kind" CHECK ("requests"."asks_for_kind" in ('entitlement', 'extension', 'action'));--> statement-breakpoint
drop trigger requests_keep_terms on requests;
--> statement-breakpoint
create trigger requests_keep_terms before update on requests for each row
  when ((old.id, old.number, old.submission_key, old.requester_id, old.asks_for_kind, old.resource_id, old.entitlement_id, old.terms,
      old.duration_seconds, old.starts_at, old.justification, old.ticket, old.ticket_check, old.policy, old.submitted_at, old.expires_at,
      old.pre_approval_id, old.extends_grant_id, old.action)
    is distinct from (new.id, new.number, new.submission_key, new.requester_id, new.asks_for_kind, new.resource_id, new.entitlement_id,
      new.terms, new.duration_seconds, new.starts_at, new.justification, new.ticket, new.ticket_check, new.policy, new.submitted_at,
      new.expires_at, new.pre_approval_id, new.extends_grant_id, new.action))
  execute function refuse('keep_terms', 'a request keeps what was asked for');
--> statement-breakpoint
insert into status_transitions (table_name, from_status, to_status) values
  ('runs', 'waiting', 'running'),
  ('runs', 'waiting', 'failed'),
  ('runs', 'waiting', 'lapsed'),
  ('runs', 'waiting', 'cancelled'),
  ('runs', 'running', 'done'),
  ('runs', 'running', 'failed'),
  ('runs', 'running', 'outcome_unknown'),
  ('runs', 'running', 'cancelled'),
  ('runs', 'outcome_unknown', 'done'),
  ('runs', 'outcome_unknown', 'failed');
--> statement-breakpoint
create trigger runs_begin_waiting before insert on runs for each row when (new.status <> 'waiting' or new.started_at is not null)
  execute function refuse('begin_waiting', 'a run begins as waiting');
--> statement-breakpoint
create trigger runs_move_legally before update on runs for each row
  execute function move_legally('status', 'started_at', 'beat_at', 'mark', 'cancel_asked_at', 'ended_at', 'summary', 'rows', 'output_sha256',
    'output_bytes', 'output_is_cut', 'output_kept_until', 'failure_code', 'failure_message');
--> statement-breakpoint
-- No way leads back to `running`, and what the target needs to find the run again stays as it was.
create trigger runs_begin_once before update on runs for each row
  when (old.started_at is not null and (old.started_at, old.mark) is distinct from (new.started_at, new.mark))
  execute function refuse('begin_once', 'a run begins once');
--> statement-breakpoint
create trigger runs_stay before delete on runs for each row execute function refuse('stay', 'a run stays on record');
--> statement-breakpoint
-- A run is of an approved request for an action, and lapses when the approved time is over.
create function runs_follow_approval() returns trigger language plpgsql as $$
declare
  request requests;
begin
  select * into request from requests where id = new.id;
  if request.asks_for_kind <> 'action' then
    raise exception 'AR-% asks for no action', request.number
      using errcode = 'check_violation', constraint = 'runs_of_actions', table = 'runs';
  end if;
  if request.status is distinct from 'approved' or approvals_missing(request) > 0 then
    raise exception 'AR-% is not approved, so nothing is run', request.number
      using errcode = 'check_violation', constraint = 'runs_need_approval', table = 'runs';
  end if;
  if new.lapses_at > new.approved_at + make_interval(secs => request.duration_seconds) then
    raise exception 'the run of AR-% lapses % seconds after its approval', request.number, request.duration_seconds
      using errcode = 'check_violation', constraint = 'runs_lapse_as_approved', table = 'runs';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger runs_follow_approval before insert on runs for each row execute function runs_follow_approval();
--> statement-breakpoint
create function runs_wait_for_freezes() returns trigger language plpgsql as $$
declare
  request requests;
begin
  select * into request from requests where id = new.id;
  perform refuse_while_frozen(request.requester_id, request.resource_id, new.started_at);
  return null;
end $$;
--> statement-breakpoint
create trigger runs_not_begun_while_frozen after update of status on runs
  for each row when (new.status = 'running' and old.status <> 'running') execute function runs_wait_for_freezes();
--> statement-breakpoint
create trigger action_previews_append_only_row before update or delete on action_previews
  for each row execute function refuse_change('request_id');
--> statement-breakpoint
create trigger action_previews_append_only before update or delete or truncate on action_previews
  for each statement execute function refuse_change();
--> statement-breakpoint
alter table action_previews enable always trigger action_previews_append_only_row;
--> statement-breakpoint
alter table action_previews enable always trigger action_previews_append_only;
--> statement-breakpoint
-- As before, and the exact text of an action, in which the requester typed values.
create or replace view said_texts as
  select 'justification' as field, id::text as row, id as request_id, justification as text from requests
  union all select 'ticket', id::text, id, ticket from requests where ticket is not null
  union all select 'action_text', id::text, id, action ->> 'text' from requests where action is not null
  union all select 'decision_reason', request_id || ':' || approver_id || ':' || stage, request_id, reason from decisions
    where reason is not null
  union all select 'revocation_reason', id::text, request_id, revocation_reason from grants where revocation_reason is not null
  union all select 'pre_approval_reason', id::text, request_id, reason from pre_approvals
  union all select 'review_finding', request_id::text, request_id, finding from break_glass_reviews where finding is not null
  union all select 'work_done', t.id::text, g.request_id, t.what_was_done from tasks t join grants g on g.id = t.grant_id
    where t.what_was_done is not null
  union all select 'work_evidence', t.id::text, g.request_id, t.evidence from tasks t join grants g on g.id = t.grant_id
    where t.evidence is not null
  union all select 'how_to_connect', t.id::text, g.request_id, t.how_to_connect from tasks t join grants g on g.id = t.grant_id
    where t.how_to_connect is not null
  union all select 'task_refusal', t.id::text, g.request_id, t.refusal_reason from tasks t join grants g on g.id = t.grant_id
    where t.refusal_reason is not null;
--> statement-breakpoint
-- As before, and also the values of actions, what the target said of them, and what it gave back.
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
  typists := array(select a.id from accounts a join accounts named on named.person_id = a.person_id where named.id = it.account_id);
  about := array(select id from requests where id = it.request_id or requester_id = any(typists));
  for off in
    select tgrelid::regclass as place, tgname, tgenabled from pg_trigger
    where not tgisinternal and tgenabled <> 'D' and tgrelid = any(array['requests', 'decisions', 'grants', 'pre_approvals',
      'break_glass_reviews', 'tasks', 'record_texts', 'freezes', 'panics', 'step_ups', 'runs', 'action_previews']::regclass[])
  loop
    execute format('alter table %s disable trigger %I', off.place, off.tgname);
    switches := switches || format('alter table %s enable %s trigger %I', off.place,
      case off.tgenabled when 'A' then 'always' when 'R' then 'replica' else '' end, off.tgname);
  end loop;
  create temporary table erased_texts on commit drop as
    select field, row from said_texts where request_id = any(about) and text <> erased
    union select 'decision_reason', request_id || ':' || approver_id || ':' || stage from decisions
      where approver_id = any(typists) and reason <> erased
    union select 'revocation_reason', id::text from grants where revoked_by_id = any(typists) and revocation_reason <> erased
    union select 'pre_approval_reason', id::text from pre_approvals where made_by_id = any(typists) and reason <> erased
    union select 'review_finding', request_id::text from break_glass_reviews
      where reviewed_by_id = any(typists) and finding <> erased
    union select field, id::text from tasks, unnest(array['work_done', 'work_evidence', 'how_to_connect']) as field
      where done_by_id = any(typists)
    union select 'task_refusal', id::text from tasks where refused_by_id = any(typists);
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
  delete from step_ups where used_at is null and (request_id = any(about) or account_id = any(typists));
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
  update freezes set reason = erased where made_by_id = any(typists);
  update panics set reason = erased where by_id = any(typists);
  update record_texts t set salt = null, erasure_id = erasure
    from erased_texts e where e.field = t.field and e.row = t.row and t.salt is not null;
  select count(*) into count from erased_texts;
  for i in 1 .. coalesce(array_length(switches, 1), 0) loop
    execute switches[i];
  end loop;
  return count;
end $$;
