CREATE TABLE "undelivered_messages" (
	"request_id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"channel_id" text,
	"code" text NOT NULL,
	"problem" text NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"told" boolean NOT NULL,
	CONSTRAINT "undelivered_messages_once" PRIMARY KEY("request_id","purpose")
);
--> statement-breakpoint
ALTER TABLE "undelivered_messages" ADD CONSTRAINT "undelivered_messages_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;