ALTER TABLE "grants" DROP CONSTRAINT "grants_wait_only_while_activating";--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "found_before" jsonb;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "awaits" text;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "awaited_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_look_before_giving" CHECK ("grants"."found_before" is null or "grants"."login" is not null);--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_wait_only_while_activating" CHECK ("grants"."status" = 'activating' or ("grants"."awaits_login" is null and "grants"."awaits" is null and "grants"."awaited_at" is null));--> statement-breakpoint
drop trigger grants_keep_login on grants;
--> statement-breakpoint
create trigger grants_keep_login before update on grants for each row
  when (old.status <> 'activating'
    and (new.login is distinct from old.login or new.found_before is distinct from old.found_before))
  execute function refuse('keep_login', 'the login of a grant changes only while the access is set up');
