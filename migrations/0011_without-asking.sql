CREATE TABLE "break_glass_reviews" (
	"request_id" uuid PRIMARY KEY NOT NULL,
	"person_id" uuid NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"reviewed_at" timestamp (3) with time zone,
	"reviewed_by_id" uuid,
	"verdict" text,
	"finding" text,
	"policy" jsonb,
	CONSTRAINT "break_glass_reviews_due_later" CHECK ("break_glass_reviews"."due_at" > "break_glass_reviews"."opened_at"),
	CONSTRAINT "break_glass_reviews_verdict_known" CHECK ("break_glass_reviews"."verdict" in ('justified', 'not_justified')),
	CONSTRAINT "break_glass_reviews_done_say_who_and_what" CHECK (num_nulls("break_glass_reviews"."reviewed_at", "break_glass_reviews"."reviewed_by_id", "break_glass_reviews"."verdict", "break_glass_reviews"."finding", "break_glass_reviews"."policy") in (0, 5)),
	CONSTRAINT "break_glass_reviews_finding_written" CHECK (btrim("break_glass_reviews"."finding") <> '')
);
--> statement-breakpoint
CREATE TABLE "pre_approvals" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"number" integer GENERATED ALWAYS AS IDENTITY (sequence name "pre_approvals_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"request_id" uuid NOT NULL,
	"made_by_id" uuid NOT NULL,
	"made_at" timestamp (3) with time zone NOT NULL,
	"good_through" timestamp (3) with time zone NOT NULL,
	"max_duration_seconds" integer NOT NULL,
	"reason" text NOT NULL,
	"engagement_id" uuid,
	"policy" jsonb NOT NULL,
	"withdrawn_at" timestamp (3) with time zone,
	"withdrawn_by_id" uuid,
	CONSTRAINT "pre_approvals_one_per_number" UNIQUE("number"),
	CONSTRAINT "pre_approvals_good_after_made" CHECK ("pre_approvals"."good_through" > "pre_approvals"."made_at"),
	CONSTRAINT "pre_approvals_duration_positive" CHECK ("pre_approvals"."max_duration_seconds" > 0),
	CONSTRAINT "pre_approvals_say_why" CHECK (btrim("pre_approvals"."reason") <> ''),
	CONSTRAINT "pre_approvals_withdrawn_say_who" CHECK (("pre_approvals"."withdrawn_at" is null) = ("pre_approvals"."withdrawn_by_id" is null))
);
--> statement-breakpoint
CREATE TABLE "noticed_requests" (
	"request_id" uuid PRIMARY KEY NOT NULL,
	"notice_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "shared_notices" (
	"id" uuid PRIMARY KEY NOT NULL,
	"channel_id" text NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"edit_due_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "pre_approval_id" uuid;--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "how" text GENERATED ALWAYS AS (case
          when coalesce(policy ->> 'allowed', '') <> 'true' then 'approval'
          when pre_approval_id is not null then 'pre_approval'
          when policy ->> 'action' = 'selfServe' then 'self_serve'
          when policy ->> 'action' = 'breakGlass' then 'break_glass'
          else 'approval' end) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "break_glass_reviews" ADD CONSTRAINT "break_glass_reviews_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "break_glass_reviews" ADD CONSTRAINT "break_glass_reviews_person_id_persons_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."persons"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "break_glass_reviews" ADD CONSTRAINT "break_glass_reviews_reviewed_by_id_accounts_id_fk" FOREIGN KEY ("reviewed_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pre_approvals" ADD CONSTRAINT "pre_approvals_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pre_approvals" ADD CONSTRAINT "pre_approvals_made_by_id_accounts_id_fk" FOREIGN KEY ("made_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pre_approvals" ADD CONSTRAINT "pre_approvals_engagement_id_engagements_id_fk" FOREIGN KEY ("engagement_id") REFERENCES "public"."engagements"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pre_approvals" ADD CONSTRAINT "pre_approvals_withdrawn_by_id_accounts_id_fk" FOREIGN KEY ("withdrawn_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "noticed_requests" ADD CONSTRAINT "noticed_requests_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "noticed_requests" ADD CONSTRAINT "noticed_requests_notice_id_shared_notices_id_fk" FOREIGN KEY ("notice_id") REFERENCES "public"."shared_notices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shared_notices" ADD CONSTRAINT "shared_notices_id_requests_id_fk" FOREIGN KEY ("id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "break_glass_reviews_one_open_per_person" ON "break_glass_reviews" USING btree ("person_id") WHERE reviewed_at is null;--> statement-breakpoint
CREATE INDEX "break_glass_reviews_open_by_due" ON "break_glass_reviews" USING btree ("due_at") WHERE reviewed_at is null;--> statement-breakpoint
CREATE INDEX "pre_approvals_by_request" ON "pre_approvals" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "pre_approvals_open_by_end" ON "pre_approvals" USING btree ("good_through") WHERE withdrawn_at is null;--> statement-breakpoint
CREATE INDEX "noticed_requests_by_notice" ON "noticed_requests" USING btree ("notice_id");--> statement-breakpoint
CREATE INDEX "shared_notices_by_channel" ON "shared_notices" USING btree ("channel_id","opened_at");--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_pre_approval_id_pre_approvals_id_fk" FOREIGN KEY ("pre_approval_id") REFERENCES "public"."pre_approvals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "requests_by_rule" ON "requests" USING btree ("requester_id","submitted_at") WHERE how = 'self_serve';--> statement-breakpoint
ALTER TABLE "requests" DROP COLUMN "self_served";--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_break_glass_within_limit" CHECK ("requests"."how" <> 'break_glass' or "requests"."duration_seconds" <= coalesce(("requests"."terms" ->> 'breakGlassSeconds')::integer, 0));