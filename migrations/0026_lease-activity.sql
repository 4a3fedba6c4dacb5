CREATE TABLE "lease_activity" (
	"grant_id" uuid PRIMARY KEY NOT NULL,
	"looked_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"is_used" boolean,
	"is_counted" boolean NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"seen" text,
	"salt" text,
	CONSTRAINT "lease_activity_sealed_at_the_end" CHECK (("lease_activity"."salt" is not null) = ("lease_activity"."closed_at" is not null and "lease_activity"."seen" is not null)),
	CONSTRAINT "lease_activity_open_is_seen" CHECK ("lease_activity"."seen" is not null or "lease_activity"."closed_at" is not null)
);
--> statement-breakpoint
ALTER TABLE "lease_activity" ADD CONSTRAINT "lease_activity_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "lease_activity_to_remove" ON "lease_activity" USING btree ("closed_at") WHERE seen is not null and closed_at is not null;--> statement-breakpoint
CREATE INDEX "lease_activity_never_used" ON "lease_activity" USING btree ("closed_at") WHERE not is_used;--> statement-breakpoint
-- After the end of a lease nothing is added: its hash is in the audit log. What was seen may only be removed.
create function lease_activity_stays() returns trigger language plpgsql as $$
begin
  if old.closed_at is not null and (
    (new.grant_id, new.looked_at, new.closed_at, new.is_used, new.is_counted, new.last_used_at)
      is distinct from (old.grant_id, old.looked_at, old.closed_at, old.is_used, old.is_counted, old.last_used_at)
    or (new.seen is not null and (new.seen, new.salt) is distinct from (old.seen, old.salt)))
  then
    raise exception 'what was seen of lease % does not change after its end', old.grant_id
      using errcode = 'check_violation', constraint = 'lease_activity_stays', table = 'lease_activity';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger lease_activity_stays before update on lease_activity for each row execute function lease_activity_stays();
--> statement-breakpoint
-- Only what was seen of a lease that has not ended may be forgotten as a whole.
create trigger lease_activity_kept_after_the_end before delete on lease_activity
  for each row when (old.closed_at is not null) execute function refuse_change('grant_id');
