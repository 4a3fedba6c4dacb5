CREATE TABLE "refusal_counts" (
	"account_id" uuid PRIMARY KEY NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"refused" integer NOT NULL,
	CONSTRAINT "refusal_counts_not_negative" CHECK ("refusal_counts"."refused" >= 0)
);
--> statement-breakpoint
ALTER TABLE "refusal_counts" ADD CONSTRAINT "refusal_counts_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;