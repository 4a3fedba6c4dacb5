ALTER TABLE "accounts" ADD COLUMN "checked_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "accounts_by_check" ON "accounts" USING btree ("checked_at");