CREATE TABLE "passkey_codes" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"person_id" uuid NOT NULL,
	"code_hash" text NOT NULL,
	"ground" text NOT NULL,
	"issued_by_id" uuid,
	"issued_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	CONSTRAINT "passkey_codes_one_per_code" UNIQUE("code_hash"),
	CONSTRAINT "passkey_codes_ground_known" CHECK ("passkey_codes"."ground" in ('code', 'sign-in')),
	CONSTRAINT "passkey_codes_expire_after_issue" CHECK ("passkey_codes"."expires_at" > "passkey_codes"."issued_at"),
	CONSTRAINT "passkey_codes_used_in_time" CHECK ("passkey_codes"."used_at" < "passkey_codes"."expires_at")
);
--> statement-breakpoint
CREATE TABLE "passkeys" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"person_id" uuid NOT NULL,
	"name" text NOT NULL,
	"credential_id" text NOT NULL,
	"public_key" text NOT NULL,
	"counter" bigint NOT NULL,
	"transports" text[] NOT NULL,
	"ground" text NOT NULL,
	"added_at" timestamp (3) with time zone NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"removed_at" timestamp (3) with time zone,
	CONSTRAINT "passkeys_one_per_credential" UNIQUE("credential_id"),
	CONSTRAINT "passkeys_ground_known" CHECK ("passkeys"."ground" in ('code', 'sign-in', 'passkey')),
	CONSTRAINT "passkeys_named" CHECK (btrim("passkeys"."name") <> ''),
	CONSTRAINT "passkeys_counter_not_negative" CHECK ("passkeys"."counter" >= 0)
);
--> statement-breakpoint
CREATE TABLE "step_ups" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"token_hash" text NOT NULL,
	"account_id" uuid NOT NULL,
	"person_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"request_id" uuid,
	"intent" jsonb,
	"terms_hash" text NOT NULL,
	"nonce" text NOT NULL,
	"view_id" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	"method" text,
	CONSTRAINT "step_ups_one_per_token" UNIQUE("token_hash"),
	CONSTRAINT "step_ups_method_known" CHECK ("step_ups"."method" in ('passkey', 'sign-in')),
	CONSTRAINT "step_ups_are_short" CHECK ("step_ups"."expires_at" > "step_ups"."created_at" and "step_ups"."expires_at" <= "step_ups"."created_at" + interval '600 seconds'),
	CONSTRAINT "step_ups_used_in_time" CHECK ("step_ups"."used_at" < "step_ups"."expires_at"),
	CONSTRAINT "step_ups_used_forget_the_intent" CHECK (("step_ups"."used_at" is null) = ("step_ups"."intent" is not null))
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "change" text;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "changed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "decisions" ADD COLUMN "step_up_id" uuid;--> statement-breakpoint
ALTER TABLE "passkey_codes" ADD CONSTRAINT "passkey_codes_person_id_persons_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."persons"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "passkey_codes" ADD CONSTRAINT "passkey_codes_issued_by_id_accounts_id_fk" FOREIGN KEY ("issued_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_person_id_persons_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."persons"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "step_ups" ADD CONSTRAINT "step_ups_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "step_ups" ADD CONSTRAINT "step_ups_person_id_persons_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."persons"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "passkey_codes_by_person" ON "passkey_codes" USING btree ("person_id");--> statement-breakpoint
CREATE INDEX "passkeys_by_person" ON "passkeys" USING btree ("person_id");--> statement-breakpoint
CREATE INDEX "step_ups_unused" ON "step_ups" USING btree ("expires_at") WHERE used_at is null;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_step_up_id_step_ups_id_fk" FOREIGN KEY ("step_up_id") REFERENCES "public"."step_ups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_one_per_step_up" UNIQUE("step_up_id");--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_change_known" CHECK ("accounts"."change" in ('email', 'reactivated'));--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_changes_say_when" CHECK (("accounts"."change" is null) = ("accounts"."changed_at" is null));
--> statement-breakpoint
-- Postgres refuses the same as the use-cases: a link that is used twice, a counter that goes back, and an approval without the proof
-- that its terms ask for.

create function step_ups_used_once() returns trigger language plpgsql as $$
begin
  if old.used_at is not null then
    raise exception 'step-up % was used, and stays as it is', old.id
      using errcode = 'check_violation', constraint = 'step_ups_used_once', table = 'step_ups';
  end if;
  if tg_op = 'UPDATE' and (new.account_id, new.person_id, new.kind, new.request_id, new.terms_hash, new.nonce, new.token_hash)
    is distinct from (old.account_id, old.person_id, old.kind, old.request_id, old.terms_hash, old.nonce, old.token_hash)
  then
    raise exception 'step-up % stays what it is for', old.id
      using errcode = 'check_violation', constraint = 'step_ups_stay_bound', table = 'step_ups';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
--> statement-breakpoint
create trigger step_ups_used_once before update or delete on step_ups
  for each row execute function step_ups_used_once();
--> statement-breakpoint
create function passkeys_stay() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or (new.credential_id, new.public_key, new.ground, new.added_at)
    is distinct from (old.credential_id, old.public_key, old.ground, old.added_at)
  then
    raise exception 'passkey % stays as it was added', old.id
      using errcode = 'check_violation', constraint = 'passkeys_stay', table = 'passkeys';
  end if;
  -- A merge of persons moves also what was removed.
  if old.removed_at is not null
    and (new.removed_at, new.counter, new.last_used_at) is distinct from (old.removed_at, old.counter, old.last_used_at)
  then
    raise exception 'passkey % was removed', old.id
      using errcode = 'check_violation', constraint = 'passkeys_removed_stay_removed', table = 'passkeys';
  end if;
  -- https://www.w3.org/TR/webauthn-3/#sctn-sign-counter: an authenticator that does not count says 0 each time.
  if new.last_used_at is distinct from old.last_used_at and new.counter <= old.counter
    and (new.counter, old.counter) <> (0, 0)
  then
    raise exception 'the counter of passkey % went back', old.id
      using errcode = 'check_violation', constraint = 'passkeys_count_upwards', table = 'passkeys';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger passkeys_stay before update or delete on passkeys for each row execute function passkeys_stay();
--> statement-breakpoint
create function passkey_codes_used_once() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or (tg_op = 'UPDATE' and old.used_at is not null) then
    raise exception 'passkey code % was used, and stays as it is', old.id
      using errcode = 'check_violation', constraint = 'passkey_codes_used_once', table = 'passkey_codes';
  end if;
  if new.issued_by_id is not null and exists (
    select from accounts where id = new.issued_by_id and person_id = new.person_id
  ) then
    raise exception 'nobody issues a code for themselves'
      using errcode = 'check_violation', constraint = 'passkey_codes_not_for_oneself', table = 'passkey_codes';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger passkey_codes_used_once before insert or update or delete on passkey_codes
  for each row execute function passkey_codes_used_once();
--> statement-breakpoint
create function decisions_proven() returns trigger language plpgsql as $$
begin
  if new.step_up_id is null then
    if new.verdict = 'approve' and exists (
      select from requests where id = new.request_id and terms -> 'stepUp' ? 'approve'
    ) then
      raise exception 'an approval of request % needs a proof of who approves', new.request_id
        using errcode = 'check_violation', constraint = 'decisions_proven', table = 'decisions';
    end if;
  elsif not exists (
    select from step_ups
    where id = new.step_up_id and account_id = new.approver_id and request_id = new.request_id
      and used_at = new.decided_at and method is not null
  ) then
    raise exception 'step-up % does not prove this decision on request %', new.step_up_id, new.request_id
      using errcode = 'check_violation', constraint = 'decisions_proven_by_their_own', table = 'decisions';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger decisions_proven before insert on decisions for each row execute function decisions_proven();
