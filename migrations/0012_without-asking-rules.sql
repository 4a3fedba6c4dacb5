-- Access that nobody is asked about: by rule, by a pre-approval, and by break-glass. Postgres refuses the same as the use-cases.

drop trigger requests_move_legally on requests;
--> statement-breakpoint
-- `how` is generated, and has no value yet when this runs.
create trigger requests_move_legally before update on requests for each row
  execute function move_legally('status', 'closed_at', 'how');
--> statement-breakpoint
-- Only what one approval is enough for may be approved in advance.
create function pre_approvable(terms jsonb) returns boolean language sql immutable as $$
  select sum((need ->> 'count')::integer) = 1
  from jsonb_array_elements(approval_plan(terms) -> 'stages') as stage, jsonb_array_elements(stage -> 'needs') as need
$$;
--> statement-breakpoint
-- Whether the pre-approval of this request is good for it: not withdrawn, not over, for this person and this content, within the
-- engagement for which it was made, and made by another person.
create function pre_approval_covers(request requests) returns boolean language sql stable as $$
  select exists (
    select from pre_approvals p
      join requests origin on origin.id = p.request_id
      join accounts maker on maker.id = p.made_by_id
      join accounts holder on holder.id = origin.requester_id
      join accounts requester on requester.id = request.requester_id
    where p.id = request.pre_approval_id
      and p.withdrawn_at is null
      and request.submitted_at >= p.made_at and request.submitted_at < p.good_through
      and request.duration_seconds <= p.max_duration_seconds
      and holder.person_id = requester.person_id
      and maker.person_id <> requester.person_id
      and origin.resource_id = request.resource_id and origin.entitlement_id = request.entitlement_id
      and origin.terms -> 'content' = request.terms -> 'content'
      and origin.terms -> 'risk' = request.terms -> 'risk'
      and pre_approvable(request.terms)
      and p.engagement_id is not distinct from (
        select id from engagements
        where person_id = requester.person_id and ended_at is null
          and starts_at <= request.submitted_at and request.submitted_at < ends_at))
$$;
--> statement-breakpoint
create or replace function approvals_missing(request requests) returns integer language plpgsql stable as $$
declare
  plan jsonb := approval_plan(request.terms);
  has_substitutes boolean := jsonb_typeof(plan -> 'substitutes') = 'object';
  stage integer := 0;
  needs jsonb := plan -> 'stages' -> 0 -> 'needs';
  lacking integer;
  lacking_then integer;
  given jsonb := '[]';
  people text[] := '{}';
  approval record;
  later integer;
begin
  -- The review is the price of access without an approval.
  if request.how = 'self_serve' or (request.how = 'pre_approval' and pre_approval_covers(request))
    or (request.how = 'break_glass'
      and exists (select from break_glass_reviews where request_id = request.id and reviewed_at is null))
  then
    return 0;
  end if;
  lacking := approvals_missing_in(needs, has_substitutes, given);
  for approval in
    select a.person_id::text as person, to_jsonb(d.counts_as) as names
    from decisions d join accounts a on a.id = d.approver_id
    where d.request_id = request.id and d.verdict = 'approve' order by d.number
  loop
    continue when approval.person = any (people);
    lacking_then := approvals_missing_in(needs, has_substitutes, given || jsonb_build_array(approval.names));
    continue when lacking_then >= lacking;
    given := given || jsonb_build_array(approval.names);
    people := people || approval.person;
    lacking := lacking_then;
    if lacking = 0 then
      stage := stage + 1;
      needs := plan -> 'stages' -> stage -> 'needs';
      exit when needs is null;
      given := '[]';
      lacking := approvals_missing_in(needs, has_substitutes, given);
      if (plan ->> 'samePersonInTwoStages')::boolean then
        people := '{}';
      end if;
    end if;
  end loop;
  select coalesce(sum((need ->> 'count')::integer), 0) into later
    from jsonb_array_elements(plan -> 'stages') with ordinality as numbered(entry, position),
      jsonb_array_elements(entry -> 'needs') as need
    where position - 1 > stage;
  return lacking + later;
end $$;
--> statement-breakpoint
-- Locks the person of an account until the transaction ends, so that what is counted for a person is counted one after the other.
create function lock_person_of(account uuid) returns uuid language plpgsql as $$
declare
  person uuid;
begin
  select id into person from persons
    where id = (select person_id from accounts where id = account) for no key update;
  return person;
end $$;
--> statement-breakpoint
create function requests_by_rule_within_limit() returns trigger language plpgsql as $$
declare
  person uuid := lock_person_of(new.requester_id);
  taken integer;
begin
  select count(*) into taken from requests r join accounts a on a.id = r.requester_id
    where a.person_id = person and r.how = 'self_serve' and r.id <> new.id
      and r.submitted_at > new.submitted_at - interval '24 hours';
  if taken >= coalesce((new.terms ->> 'selfServePerPersonAndDay')::integer, 0) then
    raise exception 'request AR-% is one more lease by rule than its person may take within 24 hours', new.number
      using errcode = 'check_violation', constraint = 'requests_by_rule_within_limit', table = 'requests';
  end if;
  return null;
end $$;
--> statement-breakpoint
-- After and not before, because the row has its generated `how` only then.
create trigger requests_by_rule_within_limit after insert on requests
  for each row when (new.how = 'self_serve') execute function requests_by_rule_within_limit();
--> statement-breakpoint
-- Waits for a withdrawal that is under way, and refuses a use that the pre-approval does not cover.
create function requests_within_pre_approval() returns trigger language plpgsql as $$
begin
  perform from pre_approvals where id = new.pre_approval_id for share;
  if not pre_approval_covers(new) then
    raise exception 'the pre-approval of request AR-% is not good for it', new.number
      using errcode = 'check_violation', constraint = 'requests_within_pre_approval', table = 'requests';
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger requests_within_pre_approval after insert on requests
  for each row when (new.pre_approval_id is not null) execute function requests_within_pre_approval();
--> statement-breakpoint
create function pre_approvals_are_lawful() returns trigger language plpgsql as $$
declare
  origin requests;
  holder_person uuid;
begin
  select * into origin from requests where id = new.request_id;
  if not found then
    return new; -- The foreign key refuses this.
  end if;
  select person_id into holder_person from accounts where id = origin.requester_id;
  if exists (select from accounts where id = new.made_by_id and person_id = holder_person) then
    raise exception 'nobody approves their own requests in advance (AR-%)', origin.number
      using errcode = 'check_violation', constraint = 'pre_approvals_not_for_oneself', table = 'pre_approvals';
  end if;
  if not pre_approvable(origin.terms) or origin.how = 'break_glass' then
    raise exception 'request AR-% cannot be approved in advance', origin.number
      using errcode = 'check_violation', constraint = 'pre_approvals_of_one_approval', table = 'pre_approvals';
  end if;
  if new.withdrawn_at is not null then
    raise exception 'a pre-approval begins without a withdrawal'
      using errcode = 'check_violation', constraint = 'pre_approvals_begin_open', table = 'pre_approvals';
  end if;
  if exists (select from engagements e where e.person_id = holder_person and e.ended_at is null
    and (e.id is distinct from new.engagement_id or e.ends_at < new.good_through)
    and e.starts_at <= new.made_at and new.made_at < e.ends_at)
  then
    raise exception 'a pre-approval ends with the engagement of its person'
      using errcode = 'check_violation', constraint = 'pre_approvals_within_engagement', table = 'pre_approvals';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger pre_approvals_are_lawful before insert on pre_approvals
  for each row execute function pre_approvals_are_lawful();
--> statement-breakpoint
create function pre_approvals_only_withdrawn() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.withdrawn_at is not null or new.withdrawn_at is null
    or to_jsonb(new) - '{withdrawn_at,withdrawn_by_id}'::text[]
      is distinct from to_jsonb(old) - '{withdrawn_at,withdrawn_by_id}'::text[]
  then
    raise exception 'pre-approval PA-% can only be withdrawn, once', old.number
      using errcode = 'check_violation', constraint = 'pre_approvals_only_withdrawn', table = 'pre_approvals';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger pre_approvals_only_withdrawn before update or delete on pre_approvals
  for each row execute function pre_approvals_only_withdrawn();
--> statement-breakpoint
create function break_glass_reviews_begin_lawfully() returns trigger language plpgsql as $$
declare
  request requests;
  person uuid;
begin
  select * into request from requests where id = new.request_id;
  if not found then
    return new; -- The foreign key refuses this.
  end if;
  if request.how <> 'break_glass' or new.reviewed_at is not null then
    raise exception 'a review begins open, of a request by break-glass; AR-% is by %', request.number, request.how
      using errcode = 'check_violation', constraint = 'break_glass_reviews_of_break_glass', table = 'break_glass_reviews';
  end if;
  person := lock_person_of(request.requester_id);
  if new.person_id <> person then
    raise exception 'the review of AR-% names another person than the one of its account', request.number
      using errcode = 'check_violation', constraint = 'break_glass_reviews_name_the_person', table = 'break_glass_reviews';
  end if;
  -- The unique index holds for the person known then. Two persons may have turned out to be one since.
  if exists (
    select from break_glass_reviews v
      join requests r on r.id = v.request_id
      join accounts a on a.id = r.requester_id
    where v.reviewed_at is null and a.person_id = person
  ) then
    raise exception 'an earlier break-glass of the person of AR-% waits for its review', request.number
      using errcode = 'check_violation', constraint = 'break_glass_reviews_one_open_per_person',
        table = 'break_glass_reviews';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger break_glass_reviews_begin_lawfully before insert on break_glass_reviews
  for each row execute function break_glass_reviews_begin_lawfully();
--> statement-breakpoint
create function break_glass_reviews_end_lawfully() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.reviewed_at is not null or new.reviewed_at is null
    or (new.request_id, new.person_id, new.opened_at, new.due_at)
      is distinct from (old.request_id, old.person_id, old.opened_at, old.due_at)
  then
    raise exception 'a review is done once, and stays'
      using errcode = 'check_violation', constraint = 'break_glass_reviews_done_once', table = 'break_glass_reviews';
  end if;
  if exists (
    select from requests r
      join accounts requester on requester.id = r.requester_id
      join accounts reviewer on reviewer.id = new.reviewed_by_id
    where r.id = new.request_id and requester.person_id = reviewer.person_id
  ) then
    raise exception 'nobody reviews their own break-glass'
      using errcode = 'check_violation', constraint = 'break_glass_reviews_not_by_oneself', table = 'break_glass_reviews';
  end if;
  if exists (select from grants where request_id = new.request_id and status in ('activating', 'active')) then
    raise exception 'the access is still open, so nobody can review it as a whole'
      using errcode = 'check_violation', constraint = 'break_glass_reviews_after_the_lease', table = 'break_glass_reviews';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger break_glass_reviews_end_lawfully before update or delete on break_glass_reviews
  for each row execute function break_glass_reviews_end_lawfully();
