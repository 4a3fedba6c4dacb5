ALTER TABLE "grants" ADD COLUMN "login" text;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "awaits_login" text;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_wait_only_while_activating" CHECK ("grants"."status" = 'activating' or "grants"."awaits_login" is null);--> statement-breakpoint
drop trigger grants_move_legally on grants;
--> statement-breakpoint
create trigger grants_move_legally before update on grants for each row
  execute function move_legally('status', 'generation', 'attempts', 'login', 'awaits_login', 'activated_at', 'lease_ends_at',
    'granted', 'revocation_cause', 'revoked_by_id', 'revocation_reason', 'revocation_started_at', 'failure_code',
    'failure_message', 'failed_at', 'ended_at', 'removed');
--> statement-breakpoint
-- A revocation takes the access from the login that has it, also when another one was confirmed meanwhile.
create trigger grants_keep_login before update on grants for each row
  when (old.status <> 'activating' and new.login is distinct from old.login)
  execute function refuse('keep_login', 'the login of a grant changes only while the access is set up');
