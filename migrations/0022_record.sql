CREATE TABLE "erasures" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"request_id" uuid,
	"account_id" uuid,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"asked_by_id" uuid NOT NULL,
	"confirmed_at" timestamp (3) with time zone,
	"confirmed_by_id" uuid,
	"declined_at" timestamp (3) with time zone,
	"declined_by_id" uuid,
	CONSTRAINT "erasures_are_about_one_thing" CHECK (num_nonnulls("erasures"."request_id", "erasures"."account_id") = 1),
	CONSTRAINT "erasures_confirmed_say_who" CHECK (("erasures"."confirmed_at" is null) = ("erasures"."confirmed_by_id" is null)),
	CONSTRAINT "erasures_declined_say_who" CHECK (("erasures"."declined_at" is null) = ("erasures"."declined_by_id" is null)),
	CONSTRAINT "erasures_end_once" CHECK (num_nonnulls("erasures"."confirmed_at", "erasures"."declined_at") <= 1)
);
--> statement-breakpoint
CREATE TABLE "record_checkpoints" (
	"size" bigint PRIMARY KEY NOT NULL,
	"note" text NOT NULL,
	"signed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "record_faults" (
	"fault" text PRIMARY KEY NOT NULL,
	"found_at" timestamp (3) with time zone NOT NULL,
	"acknowledged_at" timestamp (3) with time zone,
	"acknowledged_by_id" uuid
);
--> statement-breakpoint
CREATE TABLE "record_leaves" (
	"position" bigint PRIMARY KEY NOT NULL,
	"event_id" bigint NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "record_leaves_one_per_event" UNIQUE("event_id"),
	CONSTRAINT "record_leaves_position_not_negative" CHECK ("record_leaves"."position" >= 0),
	CONSTRAINT "record_leaves_hash_is_one" CHECK ("record_leaves"."hash" ~ '^[0-9a-f]{64}$')
);
--> statement-breakpoint
CREATE TABLE "record_nodes" (
	"level" integer NOT NULL,
	"index" bigint NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "record_nodes_once" PRIMARY KEY("level","index")
);
--> statement-breakpoint
CREATE TABLE "record_state" (
	"is_only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"origin" text NOT NULL,
	"began_after_id" bigint NOT NULL,
	"size" bigint DEFAULT 0 NOT NULL,
	"edge" text[] DEFAULT '{}'::text[] NOT NULL,
	"seen_id" bigint DEFAULT 0 NOT NULL,
	"settled_id" bigint DEFAULT 0 NOT NULL,
	"probe_id" bigint,
	"probe_xid" text,
	"probed_at" timestamp (3) with time zone,
	"key" text,
	"published_size" bigint DEFAULT 0 NOT NULL,
	"published_at" timestamp (3) with time zone,
	"verified_size" bigint DEFAULT 0 NOT NULL,
	"verified_at" timestamp (3) with time zone,
	"whole_verified_at" timestamp (3) with time zone,
	CONSTRAINT "record_state_is_one_row" CHECK ("record_state"."is_only")
);
--> statement-breakpoint
CREATE TABLE "record_texts" (
	"commitment" text PRIMARY KEY NOT NULL,
	"field" text NOT NULL,
	"row" text NOT NULL,
	"request_id" uuid,
	"salt" text,
	"erasure_id" uuid,
	CONSTRAINT "record_texts_field_known" CHECK ("record_texts"."field" in ('justification', 'ticket', 'decision_reason', 'revocation_reason', 'pre_approval_reason', 'review_finding', 'work_done', 'work_evidence', 'how_to_connect', 'task_refusal')),
	CONSTRAINT "record_texts_erased_say_by_what" CHECK (("record_texts"."salt" is null) = ("record_texts"."erasure_id" is not null))
);
--> statement-breakpoint
ALTER TABLE "audit_events" ADD COLUMN "said" jsonb;--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_asked_by_id_accounts_id_fk" FOREIGN KEY ("asked_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_confirmed_by_id_accounts_id_fk" FOREIGN KEY ("confirmed_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_declined_by_id_accounts_id_fk" FOREIGN KEY ("declined_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "record_faults" ADD CONSTRAINT "record_faults_acknowledged_by_id_accounts_id_fk" FOREIGN KEY ("acknowledged_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "record_leaves" ADD CONSTRAINT "record_leaves_event_id_audit_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."audit_events"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "record_texts" ADD CONSTRAINT "record_texts_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "record_texts" ADD CONSTRAINT "record_texts_erasure_id_erasures_id_fk" FOREIGN KEY ("erasure_id") REFERENCES "public"."erasures"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "record_texts_by_request" ON "record_texts" USING btree ("request_id");
--> statement-breakpoint
-- Events that are there already get their positions later than they were written. The record says which: those up to this id. They
-- are settled, because the new column above has waited for every transaction that wrote to the table.
insert into record_state (origin, began_after_id, settled_id)
  select 'daypass-' || substr(md5(gen_random_uuid()::text), 1, 12), coalesce(max(id), 0), coalesce(max(id), 0) from audit_events;
--> statement-breakpoint
create trigger record_leaves_append_only_row before update or delete on record_leaves
  for each row execute function refuse_change('position');
--> statement-breakpoint
create trigger record_leaves_append_only before update or delete or truncate on record_leaves
  for each statement execute function refuse_change();
--> statement-breakpoint
create trigger record_nodes_append_only before update or delete or truncate on record_nodes
  for each statement execute function refuse_change();
--> statement-breakpoint
create trigger record_checkpoints_append_only before update or delete or truncate on record_checkpoints
  for each statement execute function refuse_change();
--> statement-breakpoint
create trigger record_texts_append_only before update or delete or truncate on record_texts
  for each statement execute function refuse_change();
--> statement-breakpoint
alter table record_leaves enable always trigger record_leaves_append_only_row;
--> statement-breakpoint
alter table record_leaves enable always trigger record_leaves_append_only;
--> statement-breakpoint
alter table record_nodes enable always trigger record_nodes_append_only;
--> statement-breakpoint
alter table record_checkpoints enable always trigger record_checkpoints_append_only;
--> statement-breakpoint
alter table record_texts enable always trigger record_texts_append_only;
--> statement-breakpoint
-- Every free text on its own row, by the names that `record_texts` uses.
create view said_texts as
  select 'justification' as field, id::text as row, id as request_id, justification as text from requests
  union all select 'ticket', id::text, id, ticket from requests where ticket is not null
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
-- Two people make an erasure: one asks, and another one confirms. It ends once, and stays.
create function erasures_by_two_people() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if num_nonnulls(new.confirmed_at, new.declined_at) > 0 then
      raise exception 'an erasure begins as a question'
        using errcode = 'check_violation', constraint = 'erasures_begin_asked', table = 'erasures';
    end if;
    return new;
  end if;
  if tg_op = 'DELETE' or num_nonnulls(old.confirmed_at, old.declined_at) > 0
    or (new.id, new.request_id, new.account_id, new.asked_at, new.asked_by_id)
      is distinct from (old.id, old.request_id, old.account_id, old.asked_at, old.asked_by_id)
  then
    raise exception 'an erasure is answered once, and stays'
      using errcode = 'check_violation', constraint = 'erasures_answered_once', table = 'erasures';
  end if;
  if exists (
    select from accounts asking join accounts confirming on confirming.person_id = asking.person_id
    where asking.id = old.asked_by_id and confirming.id = new.confirmed_by_id
  ) then
    raise exception 'nobody confirms the erasure that they asked for'
      using errcode = 'check_violation', constraint = 'erasures_by_two_people', table = 'erasures';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger erasures_by_two_people before insert or update or delete on erasures
  for each row execute function erasures_by_two_people();
--> statement-breakpoint
-- The facts of a policy result without the ticket, which a person typed.
create function without_ticket(policy jsonb) returns jsonb language sql immutable as $$
  select case when policy #> '{basis,facts,ticket}' is null then policy
    else jsonb_set(jsonb_set(policy, '{basis,facts,ticket}', 'null'), '{basis,facts,withheld}', '["ticket"]') end
$$;
--> statement-breakpoint
-- Replaces the texts of a confirmed erasure, and forgets their salts. It runs as the owner of the tables, so that the application's
-- role needs no right to change them. The triggers that keep these rows are off meanwhile, and nobody else can write to the tables.
create function erase_texts(erasure uuid) returns integer language plpgsql security definer set search_path = public, pg_temp as $$
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
      'break_glass_reviews', 'tasks', 'record_texts']::regclass[])
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
    policy = without_ticket(policy)
    where id = any(about);
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
  update record_texts t set salt = null, erasure_id = erasure
    from erased_texts e where e.field = t.field and e.row = t.row and t.salt is not null;
  select count(*) into count from erased_texts;
  for i in 1 .. coalesce(array_length(switches, 1), 0) loop
    execute switches[i];
  end loop;
  return count;
end $$;
--> statement-breakpoint
revoke execute on function erase_texts(uuid) from public;
