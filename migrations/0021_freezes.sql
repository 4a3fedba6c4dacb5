CREATE TABLE "absences" (
	"account_id" uuid PRIMARY KEY NOT NULL,
	"until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "approver_calls" (
	"request_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"answers" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "approver_calls_once" PRIMARY KEY("request_id","kind","answers"),
	CONSTRAINT "approver_calls_kind_known" CHECK ("approver_calls"."kind" in ('owners', 'substitutes', 'last_resort', 'nudge')),
	CONSTRAINT "approver_calls_nudge_once" CHECK ("approver_calls"."kind" <> 'nudge' or "approver_calls"."answers" = 0)
);
--> statement-breakpoint
CREATE TABLE "freezes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scope" text NOT NULL,
	"account_id" uuid,
	"resource_id" text,
	"reason" text NOT NULL,
	"made_by_id" uuid NOT NULL,
	"made_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone,
	"lifted_by_id" uuid,
	CONSTRAINT "freezes_scope_known" CHECK ("freezes"."scope" in ('person', 'resource', 'all')),
	CONSTRAINT "freezes_name_their_scope" CHECK (("freezes"."scope" = 'person') = ("freezes"."account_id" is not null) and ("freezes"."scope" = 'resource') = ("freezes"."resource_id" is not null)),
	CONSTRAINT "freezes_say_why" CHECK (btrim("freezes"."reason") <> ''),
	CONSTRAINT "freezes_end_later" CHECK ("freezes"."ends_at" > "freezes"."made_at"),
	CONSTRAINT "freezes_lifted_say_when" CHECK ("freezes"."lifted_by_id" is null or "freezes"."closed_at" is not null),
	CONSTRAINT "freezes_end_in_time_or_are_lifted" CHECK ("freezes"."closed_at" is null or "freezes"."lifted_by_id" is not null or ("freezes"."ends_at" is not null and "freezes"."closed_at" >= "freezes"."ends_at"))
);
--> statement-breakpoint
CREATE TABLE "panic_grants" (
	"panic_id" uuid NOT NULL,
	"grant_id" uuid NOT NULL,
	"is_ordered" boolean DEFAULT false NOT NULL,
	CONSTRAINT "panic_grants_once" PRIMARY KEY("panic_id","grant_id")
);
--> statement-breakpoint
CREATE TABLE "panic_posts" (
	"panic_id" uuid NOT NULL,
	"message" text NOT NULL,
	"channel_id" text NOT NULL,
	"ts" text,
	"content_hash" text,
	CONSTRAINT "panic_posts_one_of_each" PRIMARY KEY("panic_id","message"),
	CONSTRAINT "panic_posts_message_known" CHECK ("panic_posts"."message" in ('progress', 'end'))
);
--> statement-breakpoint
CREATE TABLE "panic_requests" (
	"request_id" uuid PRIMARY KEY NOT NULL,
	"panic_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "panics" (
	"id" uuid PRIMARY KEY NOT NULL,
	"scope" text NOT NULL,
	"account_id" uuid,
	"resource_id" text,
	"reason" text NOT NULL,
	"by_id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"leases" integer NOT NULL,
	"holders" integer NOT NULL,
	"resources" integer NOT NULL,
	"pending" integer NOT NULL,
	"freeze_id" uuid,
	"ordered_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "panics_scope_known" CHECK ("panics"."scope" in ('person', 'resource', 'all')),
	CONSTRAINT "panics_name_their_scope" CHECK (("panics"."scope" = 'person') = ("panics"."account_id" is not null) and ("panics"."scope" = 'resource') = ("panics"."resource_id" is not null)),
	CONSTRAINT "panics_say_why" CHECK (btrim("panics"."reason") <> ''),
	CONSTRAINT "panics_finish_when_ordered" CHECK ("panics"."finished_at" is null or "panics"."ordered_at" is not null)
);
--> statement-breakpoint
ALTER TABLE "audit_events" DROP CONSTRAINT "audit_events_subject_known";--> statement-breakpoint
ALTER TABLE "slack_messages" DROP CONSTRAINT "slack_messages_subject_known";--> statement-breakpoint
ALTER TABLE "absences" ADD CONSTRAINT "absences_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approver_calls" ADD CONSTRAINT "approver_calls_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "freezes" ADD CONSTRAINT "freezes_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "freezes" ADD CONSTRAINT "freezes_made_by_id_accounts_id_fk" FOREIGN KEY ("made_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "freezes" ADD CONSTRAINT "freezes_lifted_by_id_accounts_id_fk" FOREIGN KEY ("lifted_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "panic_grants" ADD CONSTRAINT "panic_grants_panic_id_panics_id_fk" FOREIGN KEY ("panic_id") REFERENCES "public"."panics"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "panic_grants" ADD CONSTRAINT "panic_grants_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "panic_posts" ADD CONSTRAINT "panic_posts_panic_id_panics_id_fk" FOREIGN KEY ("panic_id") REFERENCES "public"."panics"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "panic_requests" ADD CONSTRAINT "panic_requests_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "panic_requests" ADD CONSTRAINT "panic_requests_panic_id_panics_id_fk" FOREIGN KEY ("panic_id") REFERENCES "public"."panics"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "panics" ADD CONSTRAINT "panics_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "panics" ADD CONSTRAINT "panics_by_id_accounts_id_fk" FOREIGN KEY ("by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "panics" ADD CONSTRAINT "panics_freeze_id_freezes_id_fk" FOREIGN KEY ("freeze_id") REFERENCES "public"."freezes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "freezes_one_open_per_scope" ON "freezes" USING btree ("scope",coalesce("resource_id", "account_id"::text, '')) WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "panic_grants_by_grant" ON "panic_grants" USING btree ("grant_id");--> statement-breakpoint
CREATE INDEX "panic_requests_by_panic" ON "panic_requests" USING btree ("panic_id");--> statement-breakpoint
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_subject_known" CHECK ("audit_events"."subject_kind" in ('request', 'grant', 'account', 'person', 'engagement', 'resource', 'freeze', 'panic'));--> statement-breakpoint
ALTER TABLE "slack_messages" ADD CONSTRAINT "slack_messages_subject_known" CHECK ("slack_messages"."subject_kind" in ('request', 'grant', 'account', 'person', 'engagement', 'resource', 'freeze', 'panic'));--> statement-breakpoint
-- A transaction that makes a freeze takes this lock alone, and every transaction that gives something shares it. So nothing is given
-- beside a freeze that is being made. `at`: the time of the caller, as the row has it.
create function refuse_while_frozen(holder uuid, resource text, at timestamptz) returns void language plpgsql as $$
declare
  frozen record;
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('freezes', 0));
  select f.id, f.scope into frozen
    from freezes f left join accounts named on named.id = f.account_id
    where f.closed_at is null and (f.ends_at is null or f.ends_at > at)
      and (f.scope = 'all' or f.resource_id = resource
        or named.person_id = (select person_id from accounts where id = holder))
    limit 1;
  if found then
    raise exception 'nothing is granted here while freeze % holds (%)', frozen.id, frozen.scope
      using errcode = 'check_violation', constraint = 'nothing_is_granted_while_frozen', table = 'freezes';
  end if;
end $$;
--> statement-breakpoint
create function grants_wait_for_freezes() returns trigger language plpgsql as $$
begin
  perform refuse_while_frozen(new.holder_id, new.resource_id, coalesce(new.activated_at, new.created_at));
  return null;
end $$;
--> statement-breakpoint
create trigger grants_not_made_while_frozen after insert on grants
  for each row when (new.status in ('activating', 'active')) execute function grants_wait_for_freezes();
--> statement-breakpoint
create trigger grants_not_activated_while_frozen after update of status on grants
  for each row when (new.status = 'active' and old.status <> 'active') execute function grants_wait_for_freezes();
--> statement-breakpoint
create function lease_extensions_wait_for_freezes() returns trigger language plpgsql as $$
declare
  lease grants;
begin
  select * into lease from grants where id = new.grant_id;
  perform refuse_while_frozen(lease.holder_id, lease.resource_id, new.at);
  return null;
end $$;
--> statement-breakpoint
create trigger lease_extensions_not_while_frozen after insert on lease_extensions
  for each row when (new.failure is null) execute function lease_extensions_wait_for_freezes();
--> statement-breakpoint
-- A freeze keeps what it says, and is closed once.
create function freezes_are_closed_once() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.closed_at is not null or new.closed_at is null
    or to_jsonb(new) - '{closed_at,lifted_by_id}'::text[] is distinct from to_jsonb(old) - '{closed_at,lifted_by_id}'::text[]
  then
    raise exception 'a freeze is closed once, and keeps what it says'
      using errcode = 'check_violation', constraint = 'freezes_closed_once', table = 'freezes';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger freezes_are_closed_once before update or delete on freezes
  for each row execute function freezes_are_closed_once();
--> statement-breakpoint
create function panics_keep_what_they_say() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE'
    or to_jsonb(new) - '{ordered_at,finished_at}'::text[] is distinct from to_jsonb(old) - '{ordered_at,finished_at}'::text[]
    or (old.ordered_at is not null and new.ordered_at is distinct from old.ordered_at)
    or (old.finished_at is not null and new.finished_at is distinct from old.finished_at)
  then
    raise exception 'a panic keeps what it says'
      using errcode = 'check_violation', constraint = 'panics_keep_what_they_say', table = 'panics';
  end if;
  if new.finished_at is not null and exists (
    select from panic_grants p join grants g on g.id = p.grant_id
    where p.panic_id = new.id and g.status not in ('ended', 'revoked', 'activation_failed')
  ) then
    raise exception 'some access of this panic may still be open'
      using errcode = 'check_violation', constraint = 'panics_finish_when_all_is_gone', table = 'panics';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger panics_keep_what_they_say before update or delete on panics
  for each row execute function panics_keep_what_they_say();
