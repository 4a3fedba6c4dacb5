ALTER TABLE "grants" DROP CONSTRAINT "grants_status_known";--> statement-breakpoint
ALTER TABLE "grants" DROP CONSTRAINT "grants_cause_known";--> statement-breakpoint
ALTER TABLE "grants" DROP CONSTRAINT "grants_without_access_have_no_lease";--> statement-breakpoint
ALTER TABLE "grants" DROP CONSTRAINT "grants_revocation_says_why_and_when";--> statement-breakpoint
ALTER TABLE "grants" DROP CONSTRAINT "grants_final_say_when";--> statement-breakpoint
DROP INDEX "grants_live";--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "starts_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "last_used_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "kept_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "idle_asked_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "starts_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "ticket_check" jsonb;--> statement-breakpoint
CREATE INDEX "grants_open" ON "grants" USING btree ("holder_id") WHERE "grants"."status" in ('scheduled', 'activating', 'active', 'revoking', 'revocation_failed');--> statement-breakpoint
CREATE INDEX "requests_by_ticket" ON "requests" USING btree ((ticket_check ->> 'trackerId'),(ticket_check ->> 'key')) WHERE ticket_check is not null;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_scheduled_have_start" CHECK ("grants"."status" not in ('scheduled', 'cancelled') or "grants"."starts_at" is not null);--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_scheduled_untouched" CHECK ("grants"."status" not in ('scheduled', 'cancelled') or ("grants"."login" is null and "grants"."granted" is null and "grants"."attempts" = 0));--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_begin_not_before_start" CHECK ("grants"."activated_at" >= "grants"."starts_at");--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_approved_before_planned_end" CHECK ("grants"."created_at" < "grants"."starts_at" + make_interval(secs => "grants"."duration_seconds"));--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_asked_while_active" CHECK ("grants"."idle_asked_at" is null or "grants"."status" = 'active');--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_status_known" CHECK ("grants"."status" in ('scheduled', 'activating', 'active', 'revoking', 'revocation_failed', 'ended', 'revoked', 'cancelled', 'activation_failed'));--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_cause_known" CHECK ("grants"."revocation_cause" in ('lease_ended', 'released', 'revoked', 'offboarded', 'activation_failed', 'ticket_closed', 'idle'));--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_without_access_have_no_lease" CHECK ("grants"."status" not in ('scheduled', 'activating', 'cancelled', 'activation_failed') or "grants"."lease_ends_at" is null);--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_revocation_says_why_and_when" CHECK (("grants"."status" in ('revoking', 'revocation_failed', 'ended', 'revoked', 'cancelled')) = ("grants"."revocation_cause" is not null) and ("grants"."revocation_cause" is null) = ("grants"."revocation_started_at" is null));--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_final_say_when" CHECK (("grants"."status" in ('ended', 'revoked', 'cancelled', 'activation_failed')) = ("grants"."ended_at" is not null));--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_start_after_submission" CHECK ("requests"."starts_at" > "requests"."submitted_at");--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_extensions_have_no_start" CHECK ("requests"."starts_at" is null or "requests"."asks_for_kind" = 'entitlement');--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_break_glass_at_once" CHECK ("requests"."starts_at" is null or "requests"."how" <> 'break_glass');--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_expire_by_planned_end" CHECK ("requests"."expires_at" <= "requests"."starts_at" + make_interval(secs => "requests"."duration_seconds"));
--> statement-breakpoint
insert into status_transitions (table_name, from_status, to_status) values
  ('grants', 'scheduled', 'activating'),
  ('grants', 'scheduled', 'cancelled'),
  ('grants', 'scheduled', 'activation_failed');
--> statement-breakpoint
drop trigger grants_begin_activating on grants;
--> statement-breakpoint
create trigger grants_begin_activating before insert on grants for each row when (new.status not in ('scheduled', 'activating'))
  execute function refuse('begin_activating', 'a grant begins as activating, or as scheduled where it starts later');
--> statement-breakpoint
drop trigger requests_keep_terms on requests;
--> statement-breakpoint
create trigger requests_keep_terms before update on requests for each row
  when ((old.id, old.number, old.submission_key, old.requester_id, old.asks_for_kind, old.resource_id, old.entitlement_id, old.terms,
      old.duration_seconds, old.starts_at, old.justification, old.ticket, old.ticket_check, old.policy, old.submitted_at, old.expires_at,
      old.pre_approval_id, old.extends_grant_id)
    is distinct from (new.id, new.number, new.submission_key, new.requester_id, new.asks_for_kind, new.resource_id, new.entitlement_id,
      new.terms, new.duration_seconds, new.starts_at, new.justification, new.ticket, new.ticket_check, new.policy, new.submitted_at,
      new.expires_at, new.pre_approval_id, new.extends_grant_id))
  execute function refuse('keep_terms', 'a request keeps what was asked for');
--> statement-breakpoint
drop trigger grants_keep_terms on grants;
--> statement-breakpoint
create trigger grants_keep_terms before update on grants for each row
  when ((old.id, old.request_id, old.holder_id, old.resource_id, old.entitlement_id, old.approved_content, old.duration_seconds,
      old.starts_at, old.created_at, old.requested_at)
    is distinct from (new.id, new.request_id, new.holder_id, new.resource_id, new.entitlement_id, new.approved_content,
      new.duration_seconds, new.starts_at, new.created_at, new.requested_at))
  execute function refuse('keep_terms', 'a grant keeps what was approved');
--> statement-breakpoint
-- A lease with a planned start ends as planned, also where it starts later. Extensions come after that.
create trigger grants_end_as_planned before update on grants for each row
  when (old.status = 'activating' and new.status = 'active'
    and new.lease_ends_at > new.starts_at + make_interval(secs => new.duration_seconds))
  execute function refuse('end_as_planned', 'a lease ends as planned, also where it starts later');
--> statement-breakpoint
-- As before, and the grant starts as the request asks: not before the planned start.
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
  if (new.holder_id, new.resource_id, new.entitlement_id, new.duration_seconds, new.starts_at)
    is distinct from (request.requester_id, request.resource_id, request.entitlement_id, approved_seconds, request.starts_at)
  then
    raise exception 'a grant gives what request AR-% asked for, for as long as was approved, to the person who asked', request.number
      using errcode = 'check_violation', constraint = 'grants_give_what_was_asked', table = 'grants';
  end if;
  if (new.status = 'scheduled') is distinct from coalesce(new.created_at < new.starts_at, false) then
    raise exception 'the grant of AR-% waits for its start until that has come, and no longer', request.number
      using errcode = 'check_violation', constraint = 'grants_wait_for_start', table = 'grants';
  end if;
  return new;
end $$;
--> statement-breakpoint
-- As before, and a pre-approval covers a lease that starts while it is good, within the same engagement.
create or replace function pre_approval_covers(request requests) returns boolean language sql stable as $$
  select exists (
    select from pre_approvals p
      join requests origin on origin.id = p.request_id
      join accounts maker on maker.id = p.made_by_id
      join accounts holder on holder.id = origin.requester_id
      join accounts requester on requester.id = request.requester_id
    where p.id = request.pre_approval_id
      and p.withdrawn_at is null
      and request.submitted_at >= p.made_at and greatest(request.submitted_at, request.starts_at) < p.good_through
      and request.duration_seconds <= p.max_duration_seconds
      and holder.person_id = requester.person_id
      and maker.person_id <> requester.person_id
      and origin.resource_id = request.resource_id and origin.entitlement_id = request.entitlement_id
      and origin.terms -> 'content' = request.terms -> 'content'
      and origin.terms -> 'risk' = request.terms -> 'risk'
      and pre_approvable(request.terms)
      and p.engagement_id is not distinct from (
        select e.id from engagements e
        where e.person_id = requester.person_id and e.ended_at is null
          and e.starts_at <= request.submitted_at and greatest(request.submitted_at, request.starts_at) < e.ends_at))
$$;
--> statement-breakpoint
-- As before, and a lease that would start later is not given either, and is gone where it is cancelled.
drop trigger grants_not_made_while_frozen on grants;
--> statement-breakpoint
create trigger grants_not_made_while_frozen after insert on grants
  for each row when (new.status in ('scheduled', 'activating', 'active')) execute function grants_wait_for_freezes();
--> statement-breakpoint
create or replace function panics_keep_what_they_say() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE'
    or to_jsonb(new) - '{ordered_at,finished_at}'::text[] is distinct from to_jsonb(old) - '{ordered_at,finished_at}'::text[]
    or (old.ordered_at is not null and new.ordered_at is distinct from old.ordered_at)
    or (old.finished_at is not null and new.finished_at is distinct from old.finished_at)
  then
    raise exception 'a panic keeps what it says'
      using errcode = 'check_violation', constraint = 'panics_keep_what_they_say', table = 'panics';
  end if;
  if new.finished_at is not null and exists (
    select from panic_grants p join grants g on g.id = p.grant_id
    where p.panic_id = new.id and g.status not in ('ended', 'revoked', 'cancelled', 'activation_failed')
  ) then
    raise exception 'some access of this panic may still be open'
      using errcode = 'check_violation', constraint = 'panics_finish_when_all_is_gone', table = 'panics';
  end if;
  return new;
end $$;
