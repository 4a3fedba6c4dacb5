-- The same rules for less work. Postgres checks them at every click and at every end of a lease.

-- A final row never changes; `new.status` is one that `old.status` may become, or the same. One query instead of two.
create or replace function move_legally() returns trigger language plpgsql as $$
declare
  is_final boolean;
  may_move boolean;
begin
  select count(*) = 0, coalesce(bool_or(to_status = new.status), false) into is_final, may_move
    from status_transitions where table_name = tg_table_name and from_status = old.status;
  if is_final then
    raise exception 'row % of % is %, which is final', old.id, tg_table_name, old.status
      using errcode = 'check_violation', constraint = tg_table_name || '_final_stay', table = tg_table_name;
  end if;
  if new.status <> old.status and not may_move then
    raise exception 'row % of % cannot go from % to %', old.id, tg_table_name, old.status, new.status
      using errcode = 'check_violation', constraint = tg_table_name || '_move_legally', table = tg_table_name;
  end if;
  return new;
end $$;
--> statement-breakpoint
drop trigger requests_move_legally on requests;
--> statement-breakpoint
drop trigger grants_move_legally on grants;
--> statement-breakpoint
create trigger requests_move_legally before update on requests for each row execute function move_legally();
--> statement-breakpoint
create trigger grants_move_legally before update on grants for each row execute function move_legally();
--> statement-breakpoint
-- The columns are named here, because the condition of a trigger costs a fraction of a function that compares the rows as JSON.
-- A new column that must stay has to be added; a test tries every column.
create trigger requests_keep_terms before update on requests for each row
  when ((old.id, old.number, old.submission_key, old.requester_id, old.asks_for_kind, old.resource_id, old.entitlement_id, old.terms,
      old.duration_seconds, old.justification, old.ticket, old.policy, old.submitted_at, old.expires_at, old.pre_approval_id)
    is distinct from (new.id, new.number, new.submission_key, new.requester_id, new.asks_for_kind, new.resource_id, new.entitlement_id,
      new.terms, new.duration_seconds, new.justification, new.ticket, new.policy, new.submitted_at, new.expires_at,
      new.pre_approval_id))
  execute function refuse('keep_terms', 'a request keeps what was asked for');
--> statement-breakpoint
create trigger grants_keep_terms before update on grants for each row
  when ((old.id, old.request_id, old.holder_id, old.resource_id, old.entitlement_id, old.approved_content, old.duration_seconds,
      old.created_at, old.requested_at)
    is distinct from (new.id, new.request_id, new.holder_id, new.resource_id, new.entitlement_id, new.approved_content,
      new.duration_seconds, new.created_at, new.requested_at))
  execute function refuse('keep_terms', 'a grant keeps what was approved');
--> statement-breakpoint
-- How many approvals a stage lacks, as before. With one need, which is usual, nobody has to be matched.
create or replace function approvals_missing_in(needs jsonb, has_substitutes boolean, given jsonb) returns integer
language plpgsql immutable as $$
declare
  places integer;
  wanted text[];
  people integer;
begin
  if jsonb_array_length(needs) = 1 then
    places := (needs -> 0 -> 'count')::integer;
    if given = '[]' then
      return places;
    end if;
    wanted := array(select jsonb_array_elements_text(needs -> 0 -> 'from'));
    if has_substitutes then
      wanted := wanted || 'substitute'::text;
    end if;
    select count(*) into people from jsonb_array_elements(given) as person(names) where names ?| wanted;
    return greatest(0, places - people);
  end if;
  return approvals_missing_in_any(needs, has_substitutes, given);
end $$;
--> statement-breakpoint
-- Hall's theorem: distinct people can fill all places if and only if, for every set of needs, at least as many people can fill one
-- of them as they have places. The number lacking is the largest shortage of any set.
create function approvals_missing_in_any(needs jsonb, has_substitutes boolean, given jsonb) returns integer
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
drop trigger decisions_fit_plan on decisions;
--> statement-breakpoint
drop function decisions_fit_plan();
--> statement-breakpoint
-- Everything that a decision must be, in one function: most are the first about their request, so there is nothing to compare with.
create or replace function decisions_are_lawful() returns trigger language plpgsql as $$
declare
  request record;
  shortest integer;
begin
  select r.number, r.status, r.duration_seconds, r.terms, requester.person_id as requester_person,
      approver.person_id as approver_person, exists (select from decisions where request_id = new.request_id) as has_others
    into request
    from requests r join accounts requester on requester.id = r.requester_id join accounts approver on approver.id = new.approver_id
    where r.id = new.request_id;
  if not found then
    return new; -- The foreign keys refuse this.
  end if;
  if request.approver_person = request.requester_person then
    raise exception 'nobody decides their own request (AR-%)', request.number
      using errcode = 'check_violation', constraint = 'decisions_not_by_requester', table = 'decisions';
  end if;
  if new.approver_person is distinct from request.approver_person::text then
    raise exception 'a decision on AR-% names another person than the one of its account', request.number
      using errcode = 'check_violation', constraint = 'decisions_name_the_person', table = 'decisions';
  end if;
  -- This person decided before, perhaps by another account that was not known to be theirs. Nothing is inserted, as on a
  -- conflict with the unique constraints.
  if request.has_others and exists (
    select from decisions d join accounts a on a.id = d.approver_id
    where d.request_id = new.request_id and a.person_id = request.approver_person and d.approver_person <> new.approver_person
  ) then
    return null;
  end if;
  -- The unique constraints refuse a second decision of one person.
  if request.status <> 'pending' and not exists (
    select from decisions where request_id = new.request_id
      and (approver_id = new.approver_id or approver_person = new.approver_person)
  ) then
    raise exception 'request AR-% is %, so it is decided no more', request.number, request.status
      using errcode = 'check_violation', constraint = 'decisions_while_pending', table = 'decisions';
  end if;
  -- One person decides in one stage only, unless the plan allows two.
  if request.has_others and not (approval_plan(request.terms) ->> 'samePersonInTwoStages')::boolean and exists (
    select from decisions d join accounts a on a.id = d.approver_id
    where d.request_id = new.request_id and d.stage <> new.stage and a.person_id = request.approver_person
  ) then
    raise exception 'one person does not decide two stages of AR-%', request.number
      using errcode = 'check_violation', constraint = 'decisions_one_stage_per_person', table = 'decisions';
  end if;
  -- A duration is shorter than all before it.
  if new.duration_seconds is not null then
    select least(request.duration_seconds, min(duration_seconds)) into shortest
      from decisions where request_id = new.request_id;
    if new.duration_seconds >= shortest then
      raise exception 'AR-% is approved for % seconds at most, so % is not less', request.number, shortest, new.duration_seconds
        using errcode = 'check_violation', constraint = 'decisions_approve_for_less', table = 'decisions';
    end if;
  end if;
  return new;
end $$;
