CREATE TABLE "campaign_items" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"campaign_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"account_id" uuid,
	"who" text NOT NULL,
	"resource_id" text,
	"entitlement_id" text,
	"what" text NOT NULL,
	"since" timestamp (3) with time zone,
	"request_id" uuid,
	"grant_id" uuid,
	"pre_approval_id" uuid,
	"engagement_id" uuid,
	"standing_key" text,
	"reviewers" text[] NOT NULL,
	"by_leads" boolean NOT NULL,
	"verdict" text,
	"decided_at" timestamp (3) with time zone,
	"decided_by_id" uuid,
	"reason" text,
	"new_end" timestamp (3) with time zone,
	"over_at" timestamp (3) with time zone,
	"gone_at" timestamp (3) with time zone,
	CONSTRAINT "campaign_items_kind_known" CHECK ("campaign_items"."kind" in ('lease', 'pre_approval', 'engagement', 'standing')),
	CONSTRAINT "campaign_items_verdict_known" CHECK ("campaign_items"."verdict" in ('keep', 'end', 'shorten')),
	CONSTRAINT "campaign_items_are_about_one_thing" CHECK (("campaign_items"."kind" = 'lease') = ("campaign_items"."grant_id" is not null) and ("campaign_items"."kind" = 'pre_approval') = ("campaign_items"."pre_approval_id" is not null)
        and ("campaign_items"."kind" = 'engagement') = ("campaign_items"."engagement_id" is not null) and ("campaign_items"."kind" = 'standing') = ("campaign_items"."standing_key" is not null)),
	CONSTRAINT "campaign_items_decided_say_when" CHECK (("campaign_items"."verdict" is null) = ("campaign_items"."decided_at" is null)),
	CONSTRAINT "campaign_items_decided_by_nobody_else" CHECK ("campaign_items"."decided_by_id" is null or "campaign_items"."decided_at" is not null),
	CONSTRAINT "campaign_items_over_are_not_decided" CHECK ("campaign_items"."over_at" is null or "campaign_items"."verdict" is null),
	CONSTRAINT "campaign_items_shortened_say_end" CHECK (("campaign_items"."new_end" is not null) = ("campaign_items"."verdict" is not distinct from 'shorten'))
);
--> statement-breakpoint
CREATE TABLE "campaign_posts" (
	"campaign_id" uuid NOT NULL,
	"message" text NOT NULL,
	"channel_id" text,
	"ts" text,
	"content_hash" text,
	"page" integer,
	"held_until" timestamp (3) with time zone,
	CONSTRAINT "campaign_posts_one_of_each" PRIMARY KEY("campaign_id","message")
);
--> statement-breakpoint
CREATE TABLE "campaigns" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"number" integer GENERATED ALWAYS AS IDENTITY (sequence name "campaigns_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"review_id" text,
	"schedule_key" text,
	"resource_ids" text[],
	"of" text[] NOT NULL,
	"leases_longer_than_seconds" integer NOT NULL,
	"deadline_seconds" integer NOT NULL,
	"reminders_seconds" integer[] NOT NULL,
	"undecided" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"started_by_id" uuid,
	"due_at" timestamp (3) with time zone NOT NULL,
	"collected_at" timestamp (3) with time zone,
	"not_covered" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"reminded_at" timestamp (3) with time zone,
	"escalated_at" timestamp (3) with time zone,
	"closing_at" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone,
	"signed_off_at" timestamp (3) with time zone,
	"signed_off_by_id" uuid,
	CONSTRAINT "campaigns_one_per_number" UNIQUE("number"),
	CONSTRAINT "campaigns_one_per_period" UNIQUE("review_id","schedule_key"),
	CONSTRAINT "campaigns_undecided_known" CHECK ("campaigns"."undecided" in ('keep', 'end', 'escalate')),
	CONSTRAINT "campaigns_due_after_start" CHECK ("campaigns"."due_at" > "campaigns"."started_at"),
	CONSTRAINT "campaigns_closed_when_collected" CHECK ("campaigns"."closed_at" is null or "campaigns"."collected_at" is not null),
	CONSTRAINT "campaigns_signed_off_when_closed" CHECK ("campaigns"."signed_off_at" is null or "campaigns"."closed_at" is not null),
	CONSTRAINT "campaigns_signed_off_say_who" CHECK (("campaigns"."signed_off_at" is null) = ("campaigns"."signed_off_by_id" is null))
);
--> statement-breakpoint
ALTER TABLE "audit_events" DROP CONSTRAINT "audit_events_subject_known";--> statement-breakpoint
ALTER TABLE "record_texts" DROP CONSTRAINT "record_texts_field_known";--> statement-breakpoint
ALTER TABLE "pre_approvals" DROP CONSTRAINT "pre_approvals_withdrawn_say_who";--> statement-breakpoint
ALTER TABLE "slack_messages" DROP CONSTRAINT "slack_messages_subject_known";--> statement-breakpoint
ALTER TABLE "campaign_items" ADD CONSTRAINT "campaign_items_campaign_id_campaigns_id_fk" FOREIGN KEY ("campaign_id") REFERENCES "public"."campaigns"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "campaign_items" ADD CONSTRAINT "campaign_items_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "campaign_items" ADD CONSTRAINT "campaign_items_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "campaign_items" ADD CONSTRAINT "campaign_items_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "campaign_items" ADD CONSTRAINT "campaign_items_pre_approval_id_pre_approvals_id_fk" FOREIGN KEY ("pre_approval_id") REFERENCES "public"."pre_approvals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "campaign_items" ADD CONSTRAINT "campaign_items_engagement_id_engagements_id_fk" FOREIGN KEY ("engagement_id") REFERENCES "public"."engagements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "campaign_items" ADD CONSTRAINT "campaign_items_decided_by_id_accounts_id_fk" FOREIGN KEY ("decided_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "campaign_posts" ADD CONSTRAINT "campaign_posts_campaign_id_campaigns_id_fk" FOREIGN KEY ("campaign_id") REFERENCES "public"."campaigns"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "campaigns" ADD CONSTRAINT "campaigns_started_by_id_accounts_id_fk" FOREIGN KEY ("started_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "campaigns" ADD CONSTRAINT "campaigns_signed_off_by_id_accounts_id_fk" FOREIGN KEY ("signed_off_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "campaign_items_by_campaign" ON "campaign_items" USING btree ("campaign_id");--> statement-breakpoint
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_subject_known" CHECK ("audit_events"."subject_kind" in ('request', 'grant', 'account', 'person', 'engagement', 'resource', 'freeze', 'panic', 'campaign'));--> statement-breakpoint
ALTER TABLE "record_texts" ADD CONSTRAINT "record_texts_field_known" CHECK ("record_texts"."field" in ('justification', 'ticket', 'decision_reason', 'revocation_reason', 'pre_approval_reason', 'review_finding', 'work_done', 'work_evidence', 'how_to_connect', 'task_refusal', 'action_text', 'review_reason', 'alert_reason'));--> statement-breakpoint
ALTER TABLE "pre_approvals" ADD CONSTRAINT "pre_approvals_withdrawn_say_when" CHECK ("pre_approvals"."withdrawn_by_id" is null or "pre_approvals"."withdrawn_at" is not null);--> statement-breakpoint
ALTER TABLE "slack_messages" ADD CONSTRAINT "slack_messages_subject_known" CHECK ("slack_messages"."subject_kind" in ('request', 'grant', 'account', 'person', 'engagement', 'resource', 'freeze', 'panic', 'campaign'));
--> statement-breakpoint
-- An item is decided once, or is over; what it is about does not change. Nobody decides about themselves, by whatever account.
create function campaign_items_decided_once() returns trigger language plpgsql as $$
begin
  if to_jsonb(new) - '{reviewers,by_leads,verdict,decided_at,decided_by_id,reason,new_end,over_at,gone_at}'::text[]
      is distinct from to_jsonb(old) - '{reviewers,by_leads,verdict,decided_at,decided_by_id,reason,new_end,over_at,gone_at}'::text[]
    or ((old.verdict is not null or old.over_at is not null)
      and (new.verdict, new.decided_at, new.decided_by_id, new.reason, new.new_end, new.over_at)
        is distinct from (old.verdict, old.decided_at, old.decided_by_id, old.reason, old.new_end, old.over_at))
    or (old.gone_at is not null and new.gone_at is distinct from old.gone_at)
  then
    raise exception 'an item of a review is decided once'
      using errcode = 'check_violation', constraint = 'campaign_items_decided_once', table = 'campaign_items';
  end if;
  if new.decided_by_id is not null and old.decided_by_id is null and exists (
    select from accounts deciding join accounts owning on owning.person_id = deciding.person_id
    where deciding.id = new.decided_by_id and owning.id = new.account_id
  ) then
    raise exception 'nobody reviews their own access'
      using errcode = 'check_violation', constraint = 'campaign_items_not_by_oneself', table = 'campaign_items';
  end if;
  if new.verdict is not null and old.verdict is null and exists (
    select from campaigns where id = new.campaign_id and closed_at is not null
  ) then
    raise exception 'the review is closed'
      using errcode = 'check_violation', constraint = 'campaign_items_decided_while_open', table = 'campaign_items';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger campaign_items_decided_once before update on campaign_items
  for each row execute function campaign_items_decided_once();
--> statement-breakpoint
create trigger campaign_items_stay before delete on campaign_items for each row execute function refuse_change('id');
--> statement-breakpoint
-- A review closes once and is signed off once, by somebody who decided nothing in it and had nothing in it.
create function campaigns_end_once() returns trigger language plpgsql as $$
begin
  if (old.closed_at is not null and new.closed_at is distinct from old.closed_at)
    or (old.signed_off_at is not null and (new.signed_off_at, new.signed_off_by_id)
      is distinct from (old.signed_off_at, old.signed_off_by_id))
  then
    raise exception 'RV-% is closed and signed off once', old.number
      using errcode = 'check_violation', constraint = 'campaigns_end_once', table = 'campaigns';
  end if;
  if new.signed_off_by_id is not null and old.signed_off_by_id is null and exists (
    select from campaign_items i join accounts a on a.id in (i.account_id, i.decided_by_id)
      join accounts signing on signing.person_id = a.person_id
    where i.campaign_id = new.id and signing.id = new.signed_off_by_id
  ) then
    raise exception 'RV-% is signed off by somebody who has a part in it', old.number
      using errcode = 'check_violation', constraint = 'campaigns_signed_off_by_others', table = 'campaigns';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger campaigns_end_once before update on campaigns for each row execute function campaigns_end_once();
--> statement-breakpoint
create trigger campaigns_stay before delete on campaigns for each row execute function refuse_change('number');
--> statement-breakpoint
-- As before, and the reasons that people gave in access reviews.
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
  union all select 'alert_reason', id::text, request_id, reason from alerts where reason is not null and request_id is not null
  union all select 'review_reason', id::text, request_id, reason from campaign_items where reason is not null;
--> statement-breakpoint
-- As before, and the reasons that people gave in access reviews.
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
      'alerts', 'campaign_items']::regclass[])
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
    union select 'alert_reason', id::text from alerts where answered_by_id = any(typists) and reason <> erased
    union select 'review_reason', id::text from campaign_items where decided_by_id = any(typists) and reason <> erased;
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
  update campaign_items set reason = erased
    where id::text in (select row from erased_texts where field = 'review_reason');
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
