CREATE TABLE "homes" (
	"account_id" uuid PRIMARY KEY NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"stale_at" timestamp (3) with time zone,
	"held_until" timestamp (3) with time zone,
	"resource_ids" text[] DEFAULT '{}'::text[],
	"content_hash" text,
	CONSTRAINT "homes_hash_not_empty" CHECK ("homes"."content_hash" <> '')
);
--> statement-breakpoint
ALTER TABLE "homes" ADD CONSTRAINT "homes_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "homes_opened" ON "homes" USING btree ("opened_at");--> statement-breakpoint
CREATE INDEX "homes_stale" ON "homes" USING btree ("stale_at") WHERE stale_at is not null;