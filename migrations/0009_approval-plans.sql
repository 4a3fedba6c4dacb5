-- Plans of approvals: stages in order, and several needs in a stage. Decides as src/domain/approval-progress.ts does; a test
-- compares them on random plans.

-- The plan in the terms of a request. Requests of earlier versions have a number: so many owners.
create function approval_plan(terms jsonb) returns jsonb language sql immutable as $$
  select case jsonb_typeof(terms -> 'approvals')
    when 'number' then jsonb_build_object(
      'stages', jsonb_build_array(jsonb_build_object('name', 'Approval', 'needs', jsonb_build_array(
        jsonb_build_object('count', terms -> 'approvals', 'from', jsonb_build_array('owners'))))),
      'samePersonInTwoStages', false,
      'substitutes', null)
    else terms -> 'approvals'
  end
$$;
--> statement-breakpoint
-- At least one stage, each with at least one need for at least one person. `approvals_missing_in` looks at each set of needs,
-- so a stage has six at most (mostNeeds).
create function is_approval_plan(plan jsonb) returns boolean language plpgsql immutable as $$
declare
  stage jsonb;
  need jsonb;
begin
  if jsonb_typeof(plan -> 'stages') is distinct from 'array' or plan -> 'stages' = '[]'
    or jsonb_typeof(plan -> 'samePersonInTwoStages') is distinct from 'boolean'
  then
    return false;
  end if;
  for stage in select * from jsonb_array_elements(plan -> 'stages') loop
    if jsonb_typeof(stage -> 'needs') is distinct from 'array' or jsonb_array_length(stage -> 'needs') not between 1 and 6 then
      return false;
    end if;
    for need in select * from jsonb_array_elements(stage -> 'needs') loop
      if jsonb_typeof(need -> 'count') is distinct from 'number' or (need ->> 'count')::numeric < 1
        or jsonb_typeof(need -> 'from') is distinct from 'array' or need -> 'from' = '[]'
      then
        return false;
      end if;
    end loop;
  end loop;
  return true;
end $$;
--> statement-breakpoint
-- How many approvals a stage lacks. Hall's theorem: distinct people can fill all places if and only if, for every set of needs,
-- at least as many people can fill one of them as they have places. The number lacking is the largest shortage of any set.
-- `given` has the names of each person: [["owners", "S0DBAS"], ["sponsor"]].
create function approvals_missing_in(needs jsonb, has_substitutes boolean, given jsonb) returns integer
language sql immutable as $$
  select max(places - people)::integer
  from generate_series(0, (1 << jsonb_array_length(needs)) - 1) as chosen
  cross join lateral (
    select coalesce(sum((need ->> 'count')::integer), 0) as places,
      coalesce(jsonb_agg(need -> 'from'), '[]') as lists
    from jsonb_array_elements(needs) with ordinality as numbered(need, position)
    where chosen & (1 << (position::integer - 1)) <> 0
  ) as wanted
  cross join lateral (
    select count(*) as people from jsonb_array_elements(given) as person(names)
    where (has_substitutes and chosen > 0 and names ? 'substitute') or exists (
      select from jsonb_array_elements(lists) as list(names_of_need), jsonb_array_elements_text(names_of_need) as wanted_name
      where names ? wanted_name)
  ) as present
$$;
--> statement-breakpoint
ALTER TABLE "decisions" DROP CONSTRAINT "decisions_one_per_person";--> statement-breakpoint
ALTER TABLE "requests" DROP CONSTRAINT "requests_terms_name_approvals";--> statement-breakpoint
ALTER TABLE "decisions" ADD COLUMN "number" bigint NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "decisions_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
-- The decisions of earlier versions are of one stage, by owners. Later ones must say it themselves.
ALTER TABLE "decisions" ADD COLUMN "stage" integer NOT NULL DEFAULT 0;--> statement-breakpoint
ALTER TABLE "decisions" ALTER COLUMN "stage" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "decisions" ADD COLUMN "counts_as" text[] NOT NULL DEFAULT '{owners}';--> statement-breakpoint
ALTER TABLE "decisions" ALTER COLUMN "counts_as" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "decisions" ADD COLUMN "duration_seconds" integer;--> statement-breakpoint
ALTER TABLE "decisions" DROP CONSTRAINT "decisions_one_per_approver";
--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_one_per_approver" PRIMARY KEY("request_id","approver_id","stage");--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_one_per_person" UNIQUE("request_id","approver_person","stage");--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_stage_not_negative" CHECK ("decisions"."stage" >= 0);--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_approve_for_some_time" CHECK ("decisions"."duration_seconds" is null or ("decisions"."verdict" = 'approve' and "decisions"."duration_seconds" > 0));--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_terms_name_approvals" CHECK (is_approval_plan(approval_plan("requests"."terms")));
--> statement-breakpoint
-- How many approvals a request lacks. An approval counts for the stage that was open when it was given, if that stage then
-- lacks one less. One person counts once, or once in each stage where the plan allows it.
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
  if request.self_served then
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
-- One person decides in one stage only, unless the plan allows two. A duration is shorter than all before it.
create function decisions_fit_plan() returns trigger language plpgsql as $$
declare
  request requests;
  shortest integer;
begin
  select * into request from requests where id = new.request_id;
  if not found then
    return new; -- The foreign key refuses this.
  end if;
  if not (approval_plan(request.terms) ->> 'samePersonInTwoStages')::boolean and exists (
    select from decisions d join accounts a on a.id = d.approver_id
    where d.request_id = new.request_id and d.stage <> new.stage
      and a.person_id = (select person_id from accounts where id = new.approver_id)
  ) then
    raise exception 'one person does not decide two stages of AR-%', request.number
      using errcode = 'check_violation', constraint = 'decisions_one_stage_per_person', table = 'decisions';
  end if;
  select least(request.duration_seconds, min(duration_seconds)) into shortest
    from decisions where request_id = new.request_id;
  if new.duration_seconds >= shortest then
    raise exception 'AR-% is approved for % seconds at most, so % is not less', request.number, shortest, new.duration_seconds
      using errcode = 'check_violation', constraint = 'decisions_approve_for_less', table = 'decisions';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger decisions_fit_plan before insert on decisions
  for each row execute function decisions_fit_plan();
