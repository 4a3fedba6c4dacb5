CREATE TABLE "asked_bundles" (
	"id" uuid PRIMARY KEY NOT NULL,
	"submission_key" text NOT NULL,
	"requester_id" uuid NOT NULL,
	"catalog_id" text NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "asked_bundles_one_per_submission" UNIQUE("submission_key")
);
--> statement-breakpoint
CREATE TABLE "bundled_requests" (
	"request_id" uuid PRIMARY KEY NOT NULL,
	"bundle_id" uuid NOT NULL,
	"card_id" uuid NOT NULL
);
--> statement-breakpoint
ALTER TABLE "asked_bundles" ADD CONSTRAINT "asked_bundles_requester_id_accounts_id_fk" FOREIGN KEY ("requester_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bundled_requests" ADD CONSTRAINT "bundled_requests_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bundled_requests" ADD CONSTRAINT "bundled_requests_bundle_id_asked_bundles_id_fk" FOREIGN KEY ("bundle_id") REFERENCES "public"."asked_bundles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "bundled_requests" ADD CONSTRAINT "bundled_requests_card_id_requests_id_fk" FOREIGN KEY ("card_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "bundled_requests_by_bundle" ON "bundled_requests" USING btree ("bundle_id");
--> statement-breakpoint
-- Postgres refuses a part of somebody else, a card that shows another bundle, and every later change.
create function bundled_requests_belong_together() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    raise exception 'the place of a request in its bundle does not change' using errcode = 'check_violation', constraint = tg_name;
  end if;
  if not exists (select from requests r join asked_bundles b on b.id = new.bundle_id
      where r.id = new.request_id and r.requester_id = b.requester_id and r.asks_for_kind = 'entitlement')
    or not (new.card_id = new.request_id
      or exists (select from bundled_requests where request_id = new.card_id and bundle_id = new.bundle_id and card_id = new.card_id))
  then
    raise exception 'this request is no part of this bundle' using errcode = 'check_violation', constraint = tg_name;
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger bundled_requests_belong_together before insert or update on bundled_requests for each row
  execute function bundled_requests_belong_together();
