CREATE TABLE "favourites" (
	"person_id" uuid NOT NULL,
	"resource_id" text NOT NULL,
	"entitlement_id" text NOT NULL,
	"added_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "favourites_once" PRIMARY KEY("person_id","resource_id","entitlement_id"),
	CONSTRAINT "favourites_name_something" CHECK ("favourites"."resource_id" <> '' and "favourites"."entitlement_id" <> '')
);
--> statement-breakpoint
ALTER TABLE "favourites" ADD CONSTRAINT "favourites_person_id_persons_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."persons"("id") ON DELETE no action ON UPDATE no action;