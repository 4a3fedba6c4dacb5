CREATE TABLE "alert_posts" (
	"message_id" uuid NOT NULL,
	"channel_id" text NOT NULL,
	"ts" text,
	"content_hash" text,
	CONSTRAINT "alert_posts_one_per_channel" PRIMARY KEY("message_id","channel_id")
);
--> statement-breakpoint
CREATE TABLE "alerts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"number" integer GENERATED ALWAYS AS IDENTITY (sequence name "alerts_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"rule" text NOT NULL,
	"occurrence" text NOT NULL,
	"subject" text NOT NULL,
	"headline" text NOT NULL,
	"evidence" jsonb NOT NULL,
	"audience" text NOT NULL,
	"raised_at" timestamp (3) with time zone NOT NULL,
	"digest_id" uuid,
	"about_id" uuid,
	"also_about_id" uuid,
	"request_id" uuid,
	"grant_id" uuid,
	"resource_id" text,
	"entitlement_id" text,
	"state" text DEFAULT 'open' NOT NULL,
	"answered_at" timestamp (3) with time zone,
	"answered_by_id" uuid,
	"reason" text,
	"muted_until" timestamp (3) with time zone,
	CONSTRAINT "alerts_one_per_number" UNIQUE("number"),
	CONSTRAINT "alerts_notice_once" UNIQUE("rule","occurrence"),
	CONSTRAINT "alerts_audience_known" CHECK ("alerts"."audience" in ('security', 'owners')),
	CONSTRAINT "alerts_state_known" CHECK ("alerts"."state" in ('open', 'acknowledged', 'revoked')),
	CONSTRAINT "alerts_answered_say_who" CHECK (("alerts"."state" = 'open') = ("alerts"."answered_at" is null) and ("alerts"."answered_at" is null) = ("alerts"."answered_by_id" is null)),
	CONSTRAINT "alerts_acknowledged_say_why" CHECK (("alerts"."state" = 'acknowledged') = (coalesce(btrim("alerts"."reason"), '') <> '')),
	CONSTRAINT "alerts_muted_when_acknowledged" CHECK ("alerts"."muted_until" is null or "alerts"."state" = 'acknowledged'),
	CONSTRAINT "alerts_revoked_name_a_grant" CHECK ("alerts"."state" <> 'revoked' or "alerts"."grant_id" is not null)
);
--> statement-breakpoint
CREATE TABLE "noticing_state" (
	"is_only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"position" bigint NOT NULL,
	"began_after_id" bigint NOT NULL,
	CONSTRAINT "noticing_state_is_one_row" CHECK ("noticing_state"."is_only"),
	CONSTRAINT "noticing_state_not_negative" CHECK ("noticing_state"."position" >= 0)
);
--> statement-breakpoint
ALTER TABLE "record_texts" DROP CONSTRAINT "record_texts_field_known";--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_about_id_accounts_id_fk" FOREIGN KEY ("about_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_also_about_id_accounts_id_fk" FOREIGN KEY ("also_about_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_answered_by_id_accounts_id_fk" FOREIGN KEY ("answered_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "alerts_by_subject" ON "alerts" USING btree ("rule","subject","raised_at");--> statement-breakpoint
CREATE INDEX "alerts_by_time" ON "alerts" USING btree ("raised_at");--> statement-breakpoint
CREATE INDEX "alerts_by_digest" ON "alerts" USING btree ("digest_id") WHERE digest_id is not null;--> statement-breakpoint
CREATE INDEX "alerts_by_request" ON "alerts" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "alerts_by_grant" ON "alerts" USING btree ("grant_id");--> statement-breakpoint
ALTER TABLE "record_texts" ADD CONSTRAINT "record_texts_field_known" CHECK ("record_texts"."field" in ('justification', 'ticket', 'decision_reason', 'revocation_reason', 'pre_approval_reason', 'review_finding', 'work_done', 'work_evidence', 'how_to_connect', 'task_refusal', 'action_text', 'alert_reason'));--> statement-breakpoint
insert into noticing_state (position, began_after_id)
  select coalesce((select max(position) + 1 from record_leaves), 0), coalesce((select max(id) from audit_events), 0);
--> statement-breakpoint
-- The evidence of an alert without network addresses.
create function without_addresses(evidence jsonb) returns jsonb language sql immutable as $$
  select coalesce(jsonb_agg(item order by at), '[]'::jsonb)
  from jsonb_array_elements(evidence) with ordinality as items(item, at) where item ->> 'kind' <> 'address'
$$;
--> statement-breakpoint
-- An alert keeps what it says, and is answered once. Only the addresses may be removed.
create function alerts_are_answered_once() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE'
    or to_jsonb(new) - '{state,answered_at,answered_by_id,reason,muted_until,evidence}'::text[]
      is distinct from to_jsonb(old) - '{state,answered_at,answered_by_id,reason,muted_until,evidence}'::text[]
    or (new.evidence is distinct from old.evidence and new.evidence is distinct from without_addresses(old.evidence))
    or (old.state <> 'open' and (new.state, new.answered_at, new.answered_by_id, new.reason, new.muted_until)
      is distinct from (old.state, old.answered_at, old.answered_by_id, old.reason, old.muted_until))
  then
    raise exception 'an alert is answered once, and keeps what it says'
      using errcode = 'check_violation', constraint = 'alerts_answered_once', table = 'alerts';
  end if;
  -- One person beneath two accounts, too: nobody answers an alert about themselves.
  if new.state <> 'open' and exists (
    select from accounts by join accounts about on about.person_id = by.person_id
    where by.id = new.answered_by_id and about.id in (new.about_id, new.also_about_id) and old.state = 'open'
  ) then
    raise exception 'nobody answers an alert about themselves'
      using errcode = 'check_violation', constraint = 'alerts_not_answered_by_subject', table = 'alerts';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger alerts_are_answered_once before update or delete on alerts
  for each row execute function alerts_are_answered_once();
--> statement-breakpoint
-- As before, and why an alert is fine.
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
    where t.refusal_reason is not null
  union all select 'alert_reason', id::text, request_id, reason from alerts where reason is not null and request_id is not null;
--> statement-breakpoint
-- As before, and the answers to alerts.
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
      'break_glass_reviews', 'tasks', 'record_texts', 'freezes', 'panics', 'step_ups', 'runs', 'action_previews',
      'alerts']::regclass[])
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
    union select 'task_refusal', id::text from tasks where refused_by_id = any(typists)
    union select 'alert_reason', id::text from alerts where answered_by_id = any(typists) and reason <> erased;
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
  update alerts set reason = erased where id::text in (select row from erased_texts where field = 'alert_reason');
  -- Addresses that a target showed of the holder.
  update alerts set evidence = without_addresses(evidence) where request_id = any(about) or about_id = any(typists);
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
