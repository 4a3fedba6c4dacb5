CREATE TABLE "accounts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"team_id" text NOT NULL,
	"user_id" text NOT NULL,
	"kind" text NOT NULL,
	"display_name" text NOT NULL,
	"confirmed_email" text,
	"time_zone" text,
	"guest_expires_at" timestamp (3) with time zone,
	"checked_at" timestamp (3) with time zone,
	CONSTRAINT "accounts_once" UNIQUE("team_id","user_id"),
	CONSTRAINT "accounts_kind_known" CHECK ("accounts"."kind" in ('employee', 'contractor'))
);
--> statement-breakpoint
CREATE TABLE "audit_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp (3) with time zone NOT NULL,
	"actor_id" uuid,
	"action" text NOT NULL,
	"subject_kind" text,
	"subject_id" text,
	"request_id" uuid,
	"grant_id" uuid,
	"account_id" uuid,
	"resource_id" text,
	"entitlement_id" text,
	"policy" jsonb,
	"details" jsonb NOT NULL,
	CONSTRAINT "audit_events_action_dotted" CHECK ("audit_events"."action" ~ '^[a-z_]+[.][a-z_]+$'),
	CONSTRAINT "audit_events_details_object" CHECK (jsonb_typeof("audit_events"."details") = 'object'),
	CONSTRAINT "audit_events_subject_known" CHECK ("audit_events"."subject_kind" in ('request', 'grant', 'account', 'resource')),
	CONSTRAINT "audit_events_subject_whole" CHECK (("audit_events"."subject_kind" is null) = ("audit_events"."subject_id" is null))
);
--> statement-breakpoint
CREATE TABLE "refusal_counts" (
	"account_id" uuid PRIMARY KEY NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"refused" integer NOT NULL,
	CONSTRAINT "refusal_counts_not_negative" CHECK ("refusal_counts"."refused" >= 0)
);
--> statement-breakpoint
CREATE TABLE "grants" (
	"id" uuid PRIMARY KEY NOT NULL,
	"request_id" uuid NOT NULL,
	"holder_id" uuid NOT NULL,
	"resource_id" text NOT NULL,
	"entitlement_id" text NOT NULL,
	"approved_content" jsonb NOT NULL,
	"duration_seconds" integer NOT NULL,
	"generation" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"status" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"activated_at" timestamp (3) with time zone,
	"lease_ends_at" timestamp (3) with time zone,
	"granted" jsonb,
	"revocation_cause" text,
	"revoked_by_id" uuid,
	"revocation_reason" text,
	"revocation_started_at" timestamp (3) with time zone,
	"failure_code" text,
	"failure_message" text,
	"failed_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"removed" jsonb,
	CONSTRAINT "grants_one_per_request" UNIQUE("request_id"),
	CONSTRAINT "grants_status_known" CHECK ("grants"."status" in ('activating', 'active', 'revoking', 'revocation_failed', 'ended', 'revoked', 'activation_failed')),
	CONSTRAINT "grants_cause_known" CHECK ("grants"."revocation_cause" in ('lease_ended', 'released', 'revoked', 'offboarded', 'activation_failed')),
	CONSTRAINT "grants_duration_positive" CHECK ("grants"."duration_seconds" > 0),
	CONSTRAINT "grants_counters_not_negative" CHECK ("grants"."generation" >= 0 and "grants"."attempts" >= 0),
	CONSTRAINT "grants_lease_whole" CHECK (("grants"."activated_at" is null) = ("grants"."lease_ends_at" is null)),
	CONSTRAINT "grants_lease_not_backwards" CHECK ("grants"."lease_ends_at" >= "grants"."activated_at"),
	CONSTRAINT "grants_active_have_lease_and_evidence" CHECK ("grants"."status" <> 'active' or ("grants"."lease_ends_at" is not null and "grants"."granted" is not null)),
	CONSTRAINT "grants_without_access_have_no_lease" CHECK ("grants"."status" not in ('activating', 'activation_failed') or "grants"."lease_ends_at" is null),
	CONSTRAINT "grants_revocation_says_why_and_when" CHECK (("grants"."status" in ('revoking', 'revocation_failed', 'ended', 'revoked')) = ("grants"."revocation_cause" is not null) and ("grants"."revocation_cause" is null) = ("grants"."revocation_started_at" is null)),
	CONSTRAINT "grants_failure_says_what_and_when" CHECK (("grants"."status" in ('activation_failed', 'revocation_failed')) = ("grants"."failure_code" is not null) and ("grants"."failure_code" is null) = ("grants"."failure_message" is null) and ("grants"."failure_code" is null) = ("grants"."failed_at" is null)),
	CONSTRAINT "grants_final_say_when" CHECK (("grants"."status" in ('ended', 'revoked', 'activation_failed')) = ("grants"."ended_at" is not null)),
	CONSTRAINT "grants_gone_have_evidence" CHECK (("grants"."status" in ('ended', 'revoked')) = ("grants"."removed" is not null)),
	CONSTRAINT "grants_end_by_lease_or_are_revoked" CHECK ("grants"."status" not in ('ended', 'revoked') or ("grants"."status" = 'ended') = ("grants"."revocation_cause" = 'lease_ended'))
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"effect" jsonb NOT NULL,
	"kind" text GENERATED ALWAYS AS (effect ->> 'kind') STORED NOT NULL,
	"target" text GENERATED ALWAYS AS (effect ->> 'resourceId') STORED,
	"due_at" timestamp (3) with time zone NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"scheduling_until" timestamp (3) with time zone,
	"scheduled_at" timestamp (3) with time zone,
	"held_until" timestamp (3) with time zone,
	"done_at" timestamp (3) with time zone,
	"result" text,
	"last_error" text,
	CONSTRAINT "outbox_done_has_result" CHECK (("outbox"."done_at" is null) = ("outbox"."result" is null))
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"request_id" uuid NOT NULL,
	"approver_id" uuid NOT NULL,
	"approver_person" text NOT NULL,
	"verdict" text NOT NULL,
	"reason" text,
	"policy" jsonb NOT NULL,
	"decided_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "decisions_one_per_approver" PRIMARY KEY("request_id","approver_id"),
	CONSTRAINT "decisions_one_per_person" UNIQUE("request_id","approver_person"),
	CONSTRAINT "decisions_verdict_known" CHECK ("decisions"."verdict" in ('approve', 'deny')),
	CONSTRAINT "decisions_deny_says_why" CHECK ("decisions"."verdict" <> 'deny' or coalesce(btrim("decisions"."reason"), '') <> '')
);
--> statement-breakpoint
CREATE TABLE "requests" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"number" integer GENERATED ALWAYS AS IDENTITY (sequence name "requests_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1001 CACHE 1),
	"submission_key" text NOT NULL,
	"requester_id" uuid NOT NULL,
	"asks_for_kind" text NOT NULL,
	"resource_id" text NOT NULL,
	"entitlement_id" text NOT NULL,
	"terms" jsonb NOT NULL,
	"duration_seconds" integer NOT NULL,
	"justification" text NOT NULL,
	"ticket" text,
	"policy" jsonb NOT NULL,
	"self_served" boolean GENERATED ALWAYS AS (coalesce(policy ->> 'action' = 'selfServe' and policy ->> 'allowed' = 'true', false)) STORED NOT NULL,
	"status" text NOT NULL,
	"submitted_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone,
	CONSTRAINT "requests_one_per_number" UNIQUE("number"),
	CONSTRAINT "requests_one_per_submission" UNIQUE("submission_key"),
	CONSTRAINT "requests_ask_for_known_kind" CHECK ("requests"."asks_for_kind" in ('entitlement')),
	CONSTRAINT "requests_status_known" CHECK ("requests"."status" in ('pending', 'approved', 'denied', 'cancelled', 'expired')),
	CONSTRAINT "requests_duration_positive" CHECK ("requests"."duration_seconds" > 0),
	CONSTRAINT "requests_expire_after_submission" CHECK ("requests"."expires_at" > "requests"."submitted_at"),
	CONSTRAINT "requests_closed_say_when" CHECK (("requests"."status" = 'pending') = ("requests"."closed_at" is null)),
	CONSTRAINT "requests_terms_name_approvals" CHECK (coalesce(jsonb_typeof("requests"."terms" -> 'approvals') = 'number' and ("requests"."terms" ->> 'approvals')::numeric >= 1, false))
);
--> statement-breakpoint
CREATE TABLE "interactions" (
	"key" text PRIMARY KEY NOT NULL,
	"handled_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "message_holds" (
	"subject_kind" text NOT NULL,
	"subject_id" text NOT NULL,
	"purpose" text NOT NULL,
	"variant" integer NOT NULL,
	"held_until" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "message_holds_one_at_a_time" PRIMARY KEY("subject_kind","subject_id","purpose","variant")
);
--> statement-breakpoint
CREATE TABLE "slack_messages" (
	"subject_kind" text NOT NULL,
	"subject_id" text NOT NULL,
	"purpose" text NOT NULL,
	"variant" integer NOT NULL,
	"copy_number" integer NOT NULL,
	"channel_id" text NOT NULL,
	"ts" text NOT NULL,
	CONSTRAINT "slack_messages_numbered" PRIMARY KEY("subject_kind","subject_id","purpose","variant","copy_number"),
	CONSTRAINT "slack_messages_recorded_once" UNIQUE("subject_kind","subject_id","purpose","variant","channel_id","ts"),
	CONSTRAINT "slack_messages_subject_known" CHECK ("slack_messages"."subject_kind" in ('request', 'grant', 'account', 'resource')),
	CONSTRAINT "slack_messages_copy_not_negative" CHECK ("slack_messages"."copy_number" >= 0)
);
--> statement-breakpoint
CREATE TABLE "undelivered_messages" (
	"subject_kind" text NOT NULL,
	"subject_id" text NOT NULL,
	"purpose" text NOT NULL,
	"variant" integer NOT NULL,
	"channel_id" text,
	"code" text NOT NULL,
	"problem" text NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"told" boolean NOT NULL,
	CONSTRAINT "undelivered_messages_once" PRIMARY KEY("subject_kind","subject_id","purpose","variant")
);
--> statement-breakpoint
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_actor_id_accounts_id_fk" FOREIGN KEY ("actor_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refusal_counts" ADD CONSTRAINT "refusal_counts_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_holder_id_accounts_id_fk" FOREIGN KEY ("holder_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_revoked_by_id_accounts_id_fk" FOREIGN KEY ("revoked_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_approver_id_accounts_id_fk" FOREIGN KEY ("approver_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_requester_id_accounts_id_fk" FOREIGN KEY ("requester_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "accounts_by_check" ON "accounts" USING btree ("checked_at");--> statement-breakpoint
CREATE INDEX "audit_events_by_subject" ON "audit_events" USING btree ("subject_kind","subject_id","id");--> statement-breakpoint
CREATE INDEX "audit_events_by_request" ON "audit_events" USING btree ("request_id","id");--> statement-breakpoint
CREATE INDEX "audit_events_by_time" ON "audit_events" USING btree ("at");--> statement-breakpoint
CREATE INDEX "grants_live" ON "grants" USING btree ("holder_id") WHERE "grants"."status" in ('activating', 'active', 'revoking', 'revocation_failed');--> statement-breakpoint
CREATE INDEX "outbox_to_schedule" ON "outbox" USING btree ("due_at") WHERE done_at is null and scheduled_at is null;--> statement-breakpoint
CREATE INDEX "outbox_due" ON "outbox" USING btree ("kind","due_at") WHERE done_at is null;--> statement-breakpoint
CREATE INDEX "outbox_done" ON "outbox" USING btree ("done_at") WHERE done_at is not null;--> statement-breakpoint
CREATE INDEX "requests_by_requester" ON "requests" USING btree ("requester_id","submitted_at");--> statement-breakpoint
CREATE INDEX "requests_by_resource" ON "requests" USING btree ("resource_id","submitted_at");--> statement-breakpoint
CREATE INDEX "requests_by_time" ON "requests" USING btree ("submitted_at","number");--> statement-breakpoint
CREATE INDEX "requests_pending" ON "requests" USING btree ("requester_id") WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX "interactions_by_time" ON "interactions" USING btree ("handled_at");