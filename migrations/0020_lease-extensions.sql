CREATE TABLE "lease_extensions" (
	"request_id" uuid PRIMARY KEY NOT NULL,
	"grant_id" uuid NOT NULL,
	"from_ends_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"failure" text,
	CONSTRAINT "lease_extensions_move_or_say_why" CHECK (case when "lease_extensions"."failure" is null then "lease_extensions"."ends_at" > "lease_extensions"."from_ends_at" else "lease_extensions"."ends_at" = "lease_extensions"."from_ends_at" and btrim("lease_extensions"."failure") <> '' end)
);
--> statement-breakpoint
ALTER TABLE "requests" DROP CONSTRAINT "requests_ask_for_known_kind";--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "extends_grant_id" uuid;--> statement-breakpoint
ALTER TABLE "lease_extensions" ADD CONSTRAINT "lease_extensions_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lease_extensions" ADD CONSTRAINT "lease_extensions_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "lease_extensions_by_grant" ON "lease_extensions" USING btree ("grant_id");--> statement-breakpoint
CREATE UNIQUE INDEX "requests_one_pending_extension" ON "requests" USING btree ("extends_grant_id") WHERE status = 'pending' and extends_grant_id is not null;--> statement-breakpoint
CREATE INDEX "requests_by_extended_grant" ON "requests" USING btree ("extends_grant_id") WHERE extends_grant_id is not null;--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_extensions_name_a_grant" CHECK (("requests"."asks_for_kind" = 'extension') = ("requests"."extends_grant_id" is not null));--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_ask_for_known_kind" CHECK ("requests"."asks_for_kind" in ('entitlement', 'extension'));--> statement-breakpoint
-- A request for more time extends a lease that is active. In drizzle's schema the two tables would refer to each other.
alter table requests add constraint requests_extends_grant_id_grants_id_fk foreign key (extends_grant_id) references grants (id);
--> statement-breakpoint
drop trigger requests_keep_terms on requests;
--> statement-breakpoint
create trigger requests_keep_terms before update on requests for each row
  when ((old.id, old.number, old.submission_key, old.requester_id, old.asks_for_kind, old.resource_id, old.entitlement_id, old.terms,
      old.duration_seconds, old.justification, old.ticket, old.policy, old.submitted_at, old.expires_at, old.pre_approval_id,
      old.extends_grant_id)
    is distinct from (new.id, new.number, new.submission_key, new.requester_id, new.asks_for_kind, new.resource_id, new.entitlement_id,
      new.terms, new.duration_seconds, new.justification, new.ticket, new.policy, new.submitted_at, new.expires_at,
      new.pre_approval_id, new.extends_grant_id))
  execute function refuse('keep_terms', 'a request keeps what was asked for');
--> statement-breakpoint
-- Waits for a revocation that is under way. Then the lease must still be active, and be the requester's own.
create function requests_extend_lawfully() returns trigger language plpgsql as $$
declare
  lease record;
begin
  select g.status, g.holder_id, g.resource_id, g.entitlement_id, g.approved_content, g.lease_ends_at, origin.how
    into lease
    from grants g join requests origin on origin.id = g.request_id
    where g.id = new.extends_grant_id for share of g;
  if not found then
    return null; -- The foreign key refuses this.
  end if;
  if (new.requester_id, new.resource_id, new.entitlement_id, new.terms -> 'content')
    is distinct from (lease.holder_id, lease.resource_id, lease.entitlement_id, lease.approved_content)
  then
    raise exception 'AR-% extends what its requester holds, and nothing else', new.number
      using errcode = 'check_violation', constraint = 'requests_extend_what_is_held', table = 'requests';
  end if;
  if lease.status <> 'active' or new.submitted_at >= lease.lease_ends_at then
    raise exception 'AR-% asks to extend a lease that is over', new.number
      using errcode = 'check_violation', constraint = 'requests_extend_active_leases', table = 'requests';
  end if;
  if new.expires_at > lease.lease_ends_at then
    raise exception 'AR-% would still wait when its lease is over', new.number
      using errcode = 'check_violation', constraint = 'requests_extensions_expire_with_lease', table = 'requests';
  end if;
  if lease.how = 'break_glass' or new.how not in ('approval', 'self_serve') then
    raise exception 'AR-% is no extension that a person or a rule approves, of a lease that one approved', new.number
      using errcode = 'check_violation', constraint = 'requests_extend_no_break_glass', table = 'requests';
  end if;
  if exists (
    select from requests r
    where r.extends_grant_id = new.extends_grant_id and r.id <> new.id and r.status = 'approved'
      and not exists (select from lease_extensions where request_id = r.id)
  ) then
    raise exception 'another extension of the lease of AR-% is being carried out', new.number
      using errcode = 'check_violation', constraint = 'requests_one_extension_at_once', table = 'requests';
  end if;
  return null;
end $$;
--> statement-breakpoint
-- After and not before, because the row has its generated `how` only then.
create trigger requests_extend_lawfully after insert on requests
  for each row when (new.extends_grant_id is not null) execute function requests_extend_lawfully();
--> statement-breakpoint
-- As before, and an extension makes no grant.
create or replace function grants_follow_approval() returns trigger language plpgsql as $$
declare
  request requests;
  approved_seconds integer;
begin
  select * into request from requests where id = new.request_id;
  if request.status is distinct from 'approved' then
    raise exception 'a grant needs an approved request; AR-% is %', request.number, request.status
      using errcode = 'check_violation', constraint = 'grants_need_approved_request', table = 'grants';
  end if;
  if request.asks_for_kind <> 'entitlement' then
    raise exception 'AR-% asks for more time, which makes no grant', request.number
      using errcode = 'check_violation', constraint = 'grants_of_entitlements', table = 'grants';
  end if;
  if approvals_missing(request) > 0 then
    raise exception 'request AR-% lacks % of the approvals that its terms ask for',
      request.number, approvals_missing(request)
      using errcode = 'check_violation', constraint = 'grants_need_enough_approvals', table = 'grants';
  end if;
  -- An approver may approve for less. The shortest time counts.
  select least(request.duration_seconds, min(duration_seconds)) into approved_seconds
    from decisions where request_id = request.id and verdict = 'approve';
  if (new.holder_id, new.resource_id, new.entitlement_id, new.duration_seconds)
    is distinct from (request.requester_id, request.resource_id, request.entitlement_id, approved_seconds)
  then
    raise exception 'a grant gives what request AR-% asked for, for as long as was approved, to the person who asked', request.number
      using errcode = 'check_violation', constraint = 'grants_give_what_was_asked', table = 'grants';
  end if;
  return new;
end $$;
--> statement-breakpoint
create function lease_extensions_are_lawful() returns trigger language plpgsql as $$
declare
  request requests;
  lease grants;
  approved_seconds integer;
begin
  select * into lease from grants where id = new.grant_id for no key update;
  select * into request from requests where id = new.request_id;
  if lease.id is null or request.id is null then
    return new; -- The foreign keys refuse this.
  end if;
  if request.extends_grant_id is distinct from lease.id then
    raise exception 'AR-% does not ask to extend this lease', request.number
      using errcode = 'check_violation', constraint = 'lease_extensions_of_their_grant', table = 'lease_extensions';
  end if;
  if request.status <> 'approved' or approvals_missing(request) > 0 then
    raise exception 'AR-% is not approved, so it extends nothing', request.number
      using errcode = 'check_violation', constraint = 'lease_extensions_need_approval', table = 'lease_extensions';
  end if;
  if new.from_ends_at is distinct from lease.lease_ends_at then
    raise exception 'the lease that AR-% extends has another end', request.number
      using errcode = 'check_violation', constraint = 'lease_extensions_count_from_the_end', table = 'lease_extensions';
  end if;
  if new.failure is not null then
    return new;
  end if;
  if lease.status <> 'active' or new.at >= lease.lease_ends_at then
    raise exception 'the lease that AR-% extends is over', request.number
      using errcode = 'check_violation', constraint = 'lease_extensions_of_active_leases', table = 'lease_extensions';
  end if;
  select least(request.duration_seconds, min(duration_seconds)) into approved_seconds
    from decisions where request_id = request.id and verdict = 'approve';
  if new.ends_at > new.from_ends_at + make_interval(secs => approved_seconds) then
    raise exception 'AR-% is approved for % seconds more and not for longer', request.number, approved_seconds
      using errcode = 'check_violation', constraint = 'lease_extensions_as_approved', table = 'lease_extensions';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger lease_extensions_are_lawful before insert on lease_extensions
  for each row execute function lease_extensions_are_lawful();
--> statement-breakpoint
create trigger lease_extensions_append_only_row before update or delete on lease_extensions
  for each row execute function refuse_change('request_id');
--> statement-breakpoint
create trigger lease_extensions_append_only before update or delete or truncate on lease_extensions
  for each statement execute function refuse_change();
--> statement-breakpoint
alter table lease_extensions enable always trigger lease_extensions_append_only_row;
--> statement-breakpoint
alter table lease_extensions enable always trigger lease_extensions_append_only;
--> statement-breakpoint
-- The end of a lease comes later only by an approved extension, which the same transaction recorded.
create function grants_grow_by_extension() returns trigger language plpgsql as $$
begin
  if old.status <> 'active' or new.status <> 'active' or new.generation <= old.generation
    or new.activated_at <> old.activated_at
    or not exists (
      select from lease_extensions x
      where x.grant_id = new.id and x.from_ends_at = old.lease_ends_at and x.ends_at = new.lease_ends_at and x.failure is null
        and x.xmin = pg_current_xact_id()::xid)
  then
    raise exception 'the lease of grant % grows only by an approved extension', new.id
      using errcode = 'check_violation', constraint = 'grants_grow_by_extension', table = 'grants';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger grants_grow_by_extension before update on grants
  for each row when (new.lease_ends_at > old.lease_ends_at) execute function grants_grow_by_extension();
--> statement-breakpoint
-- A pre-approval is for further leases. It is made from a request for access.
create function pre_approvals_of_access() returns trigger language plpgsql as $$
begin
  if exists (select from requests where id = new.request_id and asks_for_kind <> 'entitlement') then
    raise exception 'an extension cannot be approved in advance'
      using errcode = 'check_violation', constraint = 'pre_approvals_of_access', table = 'pre_approvals';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger pre_approvals_of_access before insert on pre_approvals
  for each row execute function pre_approvals_of_access();
