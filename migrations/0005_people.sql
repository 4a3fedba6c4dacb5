CREATE TABLE "persons" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"merged_into" uuid
);
--> statement-breakpoint
CREATE TABLE "engagements" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"person_id" uuid NOT NULL,
	"company" text NOT NULL,
	"sponsor_person_id" uuid NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"tags" text[] DEFAULT '{}'::text[] NOT NULL,
	"created_by_id" uuid,
	"ended_at" timestamp (3) with time zone,
	"ended_by_id" uuid,
	CONSTRAINT "engagements_company_named" CHECK (btrim("engagements"."company") <> ''),
	CONSTRAINT "engagements_end_after_start" CHECK ("engagements"."ends_at" > "engagements"."starts_at"),
	CONSTRAINT "engagements_ended_say_when" CHECK ("engagements"."ended_by_id" is null or "engagements"."ended_at" is not null),
	CONSTRAINT "engagements_not_sponsored_by_oneself" CHECK ("engagements"."person_id" <> "engagements"."sponsor_person_id" or "engagements"."ended_at" is not null)
);
--> statement-breakpoint
CREATE TABLE "identities" (
	"person_id" uuid NOT NULL,
	"system" text NOT NULL,
	"login" text NOT NULL,
	"confirmed_by_id" uuid NOT NULL,
	"confirmed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "identities_one_per_system" PRIMARY KEY("person_id","system"),
	CONSTRAINT "identities_of_one_person" UNIQUE("system","login"),
	CONSTRAINT "identities_say_which" CHECK (btrim("identities"."system") <> '' and btrim("identities"."login") <> '')
);
--> statement-breakpoint
ALTER TABLE "audit_events" DROP CONSTRAINT "audit_events_subject_known";--> statement-breakpoint
ALTER TABLE "slack_messages" DROP CONSTRAINT "slack_messages_subject_known";--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "person_id" uuid;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "is_guest" boolean;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "is_deactivated" boolean;--> statement-breakpoint
-- Accounts of one workspace with one confirmed address have one person, and every other account has its own.
WITH "numbered" AS (
	SELECT "id", first_value("id") OVER (PARTITION BY "team_id", coalesce("confirmed_email", "user_id") ORDER BY "id") AS "person" FROM "accounts"
), "made" AS (
	INSERT INTO "persons" ("id") SELECT DISTINCT "person" FROM "numbered"
)
UPDATE "accounts" SET "person_id" = "numbered"."person", "is_guest" = ("accounts"."kind" = 'contractor'), "is_deactivated" = false
	FROM "numbered" WHERE "numbered"."id" = "accounts"."id";--> statement-breakpoint
ALTER TABLE "accounts" ALTER COLUMN "person_id" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ALTER COLUMN "is_guest" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ALTER COLUMN "is_deactivated" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "persons" ADD CONSTRAINT "persons_merged_into_persons_id_fk" FOREIGN KEY ("merged_into") REFERENCES "public"."persons"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "engagements" ADD CONSTRAINT "engagements_created_by_id_accounts_id_fk" FOREIGN KEY ("created_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "engagements" ADD CONSTRAINT "engagements_ended_by_id_accounts_id_fk" FOREIGN KEY ("ended_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "engagements" ADD CONSTRAINT "engagements_of_a_person" FOREIGN KEY ("person_id") REFERENCES "public"."persons"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "engagements" ADD CONSTRAINT "engagements_have_a_sponsor" FOREIGN KEY ("sponsor_person_id") REFERENCES "public"."persons"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identities" ADD CONSTRAINT "identities_person_id_persons_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."persons"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identities" ADD CONSTRAINT "identities_confirmed_by_id_accounts_id_fk" FOREIGN KEY ("confirmed_by_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "engagements_one_open_per_person" ON "engagements" USING btree ("person_id") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "engagements_by_person" ON "engagements" USING btree ("person_id");--> statement-breakpoint
CREATE INDEX "engagements_open_by_sponsor" ON "engagements" USING btree ("sponsor_person_id") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "engagements_open_by_end" ON "engagements" USING btree ("ends_at") WHERE ended_at is null;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_person_id_persons_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."persons"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "accounts_by_person" ON "accounts" USING btree ("person_id");--> statement-breakpoint
CREATE INDEX "accounts_by_email" ON "accounts" USING btree ("team_id","confirmed_email");--> statement-breakpoint
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_subject_known" CHECK ("audit_events"."subject_kind" in ('request', 'grant', 'account', 'person', 'engagement', 'resource'));--> statement-breakpoint
ALTER TABLE "slack_messages" ADD CONSTRAINT "slack_messages_subject_known" CHECK ("slack_messages"."subject_kind" in ('request', 'grant', 'account', 'person', 'engagement', 'resource'));