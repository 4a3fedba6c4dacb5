CREATE TABLE "archived_events" (
	"position" bigint PRIMARY KEY NOT NULL,
	"action" text NOT NULL,
	"request_id" text,
	"reference" text,
	"event" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "archived_texts" (
	"commitment" text PRIMARY KEY NOT NULL,
	"field" text NOT NULL,
	"position" bigint,
	"salt" text,
	"text" text,
	CONSTRAINT "archived_texts_erased_whole" CHECK (("archived_texts"."salt" is null) = ("archived_texts"."text" is null))
);
--> statement-breakpoint
CREATE TABLE "record_archive" (
	"is_only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"imported_at" timestamp (3) with time zone NOT NULL,
	"has_texts" boolean NOT NULL,
	CONSTRAINT "record_archive_is_one_row" CHECK ("record_archive"."is_only")
);
--> statement-breakpoint
CREATE INDEX "archived_events_by_request" ON "archived_events" USING btree ("request_id") WHERE request_id is not null;--> statement-breakpoint
CREATE INDEX "archived_events_by_reference" ON "archived_events" USING btree ("reference") WHERE reference is not null;--> statement-breakpoint
CREATE INDEX "archived_events_key_changes" ON "archived_events" USING btree ("position") WHERE action in ('record.began', 'record.key_changed');--> statement-breakpoint
CREATE INDEX "archived_texts_by_position" ON "archived_texts" USING btree ("position");
--> statement-breakpoint
create trigger record_archive_append_only before update or delete or truncate on record_archive
  for each statement execute function refuse_change();
--> statement-breakpoint
create trigger archived_events_append_only before update or delete or truncate on archived_events
  for each statement execute function refuse_change();
--> statement-breakpoint
create trigger archived_texts_append_only before update or delete or truncate on archived_texts
  for each statement execute function refuse_change();
--> statement-breakpoint
alter table record_archive enable always trigger record_archive_append_only;
--> statement-breakpoint
alter table archived_events enable always trigger archived_events_append_only;
--> statement-breakpoint
alter table archived_texts enable always trigger archived_texts_append_only;
--> statement-breakpoint
-- A log is imported into a database in which nothing has happened.
create function record_archive_alone() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if exists (select from audit_events) or exists (select from accounts) then
    raise exception 'this database is in use, so no log is imported into it'
      using errcode = 'check_violation', constraint = 'record_archive_alone', table = 'record_archive';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger record_archive_alone before insert on record_archive for each row execute function record_archive_alone();
--> statement-breakpoint
-- An imported log does not go on.
create function refuse_in_archive() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if exists (select from record_archive) then
    raise exception 'this database holds an imported log, which does not go on'
      using errcode = 'check_violation', constraint = tg_table_name || '_not_in_archive', table = tg_table_name;
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger audit_events_not_in_archive before insert on audit_events
  for each statement execute function refuse_in_archive();
--> statement-breakpoint
create trigger record_leaves_not_in_archive before insert on record_leaves
  for each statement execute function refuse_in_archive();
--> statement-breakpoint
create trigger record_checkpoints_not_in_archive before insert on record_checkpoints
  for each statement execute function refuse_in_archive();
--> statement-breakpoint
create trigger archived_events_not_in_archive before insert on archived_events
  for each statement execute function refuse_in_archive();
--> statement-breakpoint
create trigger archived_texts_not_in_archive before insert on archived_texts
  for each statement execute function refuse_in_archive();
