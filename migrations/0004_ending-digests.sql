CREATE TABLE "digested_endings" (
	"grant_id" uuid PRIMARY KEY NOT NULL,
	"digest_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ending_digests" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"channel_id" text NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"held_until" timestamp (3) with time zone,
	"ts" text,
	CONSTRAINT "ending_digests_posted_when_closed" CHECK ("ending_digests"."ts" is null or "ending_digests"."closed_at" is not null)
);
--> statement-breakpoint
ALTER TABLE "digested_endings" ADD CONSTRAINT "digested_endings_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "digested_endings" ADD CONSTRAINT "digested_endings_digest_id_ending_digests_id_fk" FOREIGN KEY ("digest_id") REFERENCES "public"."ending_digests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "digested_endings_by_digest" ON "digested_endings" USING btree ("digest_id");--> statement-breakpoint
CREATE UNIQUE INDEX "ending_digests_one_open" ON "ending_digests" USING btree ("channel_id") WHERE closed_at is null;