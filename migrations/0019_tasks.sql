CREATE TABLE "tasks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grant_id" uuid NOT NULL,
	"direction" text NOT NULL,
	"status" text NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"role" text NOT NULL,
	"login" text,
	"instructions" text,
	"runbook" text,
	"is_uncertain" boolean NOT NULL,
	"assignees" text[] NOT NULL,
	"channel_id" text,
	"readers" text[] NOT NULL,
	"remind_after_seconds" integer NOT NULL,
	"done_at" timestamp (3) with time zone,
	"done_by_id" uuid,
	"what_was_done" text,
	"evidence" text,
	"how_to_connect" text,
	"refused_at" timestamp (3) with time zone,
	"refused_by_id" uuid,
	"refusal_reason" text,
	"withdrawn_at" timestamp (3) with time zone,
	CONSTRAINT "tasks_one_per_direction" UNIQUE("grant_id","direction"),
	CONSTRAINT "tasks_direction_known" CHECK ("tasks"."direction" in ('give', 'take_away')),
	CONSTRAINT "tasks_status_known" CHECK ("tasks"."status" in ('open', 'refused', 'done', 'withdrawn')),
	CONSTRAINT "tasks_remind_later" CHECK ("tasks"."remind_after_seconds" > 0),
	CONSTRAINT "tasks_done_say_who_and_what" CHECK (("tasks"."status" = 'done') = (num_nulls("tasks"."done_at", "tasks"."done_by_id", "tasks"."what_was_done", "tasks"."evidence") = 0)
        and num_nulls("tasks"."done_at", "tasks"."done_by_id", "tasks"."what_was_done", "tasks"."evidence") in (0, 4)
        and ("tasks"."how_to_connect" is null or "tasks"."done_at" is not null)),
	CONSTRAINT "tasks_evidence_written" CHECK (btrim("tasks"."what_was_done") <> '' and btrim("tasks"."evidence") <> ''),
	CONSTRAINT "tasks_refused_say_who_and_why" CHECK (num_nulls("tasks"."refused_at", "tasks"."refused_by_id", "tasks"."refusal_reason") in (0, 3)
        and ("tasks"."status" <> 'refused' or "tasks"."refused_at" is not null)
        and ("tasks"."refused_at" is null or "tasks"."status" in ('refused', 'done'))),
	CONSTRAINT "tasks_withdrawn_say_when" CHECK (("tasks"."status" = 'withdrawn') = ("tasks"."withdrawn_at" is not null))
);
--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_done_by_id_accounts_id_fk" FOREIGN KEY ("done_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_refused_by_id_accounts_id_fk" FOREIGN KEY ("refused_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "tasks_to_do" ON "tasks" USING btree ("opened_at") WHERE status in ('open', 'refused');
--> statement-breakpoint
-- Postgres refuses the same as the use-cases: a task to give for a grant that is not to be given, an answer of the holder, and
-- every change of an answer.

create function tasks_begin_open() returns trigger language plpgsql as $$
begin
  if new.status <> 'open' then
    raise exception 'a task begins open'
      using errcode = 'check_violation', constraint = 'tasks_begin_open', table = 'tasks';
  end if;
  if new.direction = 'give' and exists (select from grants where id = new.grant_id and status <> 'activating') then
    raise exception 'nobody is asked to give what is not to be given'
      using errcode = 'check_violation', constraint = 'tasks_give_while_activating', table = 'tasks';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger tasks_begin_open before insert on tasks for each row execute function tasks_begin_open();
--> statement-breakpoint
create function tasks_move_legally() returns trigger language plpgsql as $$
declare
  what_may_change text[];
begin
  -- While it waits, the catalog may name other people and another text.
  what_may_change := case
    when tg_op = 'DELETE' then '{}'
    when new.status = 'open' then '{role,login,instructions,runbook,is_uncertain,assignees,channel_id,readers,remind_after_seconds}'
    when new.status = 'refused' and old.status = 'refused'
      then '{role,login,instructions,runbook,is_uncertain,assignees,channel_id,readers,remind_after_seconds}'
    when new.status = 'refused' then '{status,refused_at,refused_by_id,refusal_reason}'
    when new.status = 'done' then '{status,done_at,done_by_id,what_was_done,evidence,how_to_connect}'
    else '{status,withdrawn_at}'
  end;
  if tg_op = 'DELETE'
    or not (old.status = 'open' or (old.status = 'refused' and old.direction = 'take_away' and new.status in ('refused', 'done')))
    or to_jsonb(new) - what_may_change is distinct from to_jsonb(old) - what_may_change
  then
    raise exception 'a task of grant % is answered once, and the answer stays', old.grant_id
      using errcode = 'check_violation', constraint = 'tasks_answered_once', table = 'tasks';
  end if;
  if exists (
    select from grants g
      join accounts holder on holder.id = g.holder_id
      join accounts answering on answering.id = case new.status when 'done' then new.done_by_id when 'refused' then new.refused_by_id end
    where g.id = new.grant_id and holder.person_id = answering.person_id and new.status <> old.status
  ) then
    raise exception 'nobody answers the task about their own access'
      using errcode = 'check_violation', constraint = 'tasks_not_by_the_holder', table = 'tasks';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger tasks_move_legally before update or delete on tasks
  for each row execute function tasks_move_legally();
