-- `/audit` answers a range from the index `grants_held`. Its spans begin when the request was submitted, so each grant has that time.

ALTER TABLE "grants" ADD COLUMN "requested_at" timestamp (3) with time zone DEFAULT now() NOT NULL;
--> statement-breakpoint
-- Rows that are final refuse every change, also this one.
alter table grants disable trigger grants_move_legally;
--> statement-breakpoint
update grants set requested_at = requests.submitted_at from requests where requests.id = grants.request_id;
--> statement-breakpoint
alter table grants enable trigger grants_move_legally;
--> statement-breakpoint
create function grants_copy_submission() returns trigger language plpgsql as $$
begin
  select submitted_at into new.requested_at from requests where id = new.request_id;
  return new;
end $$;
--> statement-breakpoint
create trigger grants_copy_submission before insert on grants
  for each row execute function grants_copy_submission();
--> statement-breakpoint
CREATE INDEX "grants_held" ON "grants" USING gist (tstzrange(least("requested_at", "ended_at"), "ended_at", '[]')) WHERE "grants"."ended_at" is not null;--> statement-breakpoint
DROP INDEX "requests_by_requester";--> statement-breakpoint
CREATE INDEX "requests_by_requester" ON "requests" USING btree ("requester_id","submitted_at","resource_id");