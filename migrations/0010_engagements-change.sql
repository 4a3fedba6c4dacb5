ALTER TABLE "identities" ALTER COLUMN "confirmed_by_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "engagements" ADD COLUMN "sponsor_left_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "engagements" ADD COLUMN "generation" integer DEFAULT 1 NOT NULL;