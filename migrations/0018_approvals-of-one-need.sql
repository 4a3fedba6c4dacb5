-- How many approvals a request lacks, as before. With one stage and one need, which is usual, one query counts the people who fill it.
create or replace function approvals_missing(request requests) returns integer language plpgsql stable as $$
declare
  plan jsonb := approval_plan(request.terms);
  stages jsonb := plan -> 'stages';
  need jsonb := stages -> 0 -> 'needs' -> 0;
  wanted text[];
  people integer;
begin
  -- The review is the price of access without an approval.
  if request.how = 'self_serve' or (request.how = 'pre_approval' and pre_approval_covers(request))
    or (request.how = 'break_glass'
      and exists (select from break_glass_reviews where request_id = request.id and reviewed_at is null))
  then
    return 0;
  end if;
  if jsonb_array_length(stages) > 1 or jsonb_array_length(stages -> 0 -> 'needs') > 1 then
    return approvals_missing_in_stages(request, plan);
  end if;
  wanted := array(select jsonb_array_elements_text(need -> 'from'));
  if jsonb_typeof(plan -> 'substitutes') = 'object' then
    wanted := wanted || 'substitute'::text;
  end if;
  select count(distinct a.person_id) into people
    from decisions d join accounts a on a.id = d.approver_id
    where d.request_id = request.id and d.verdict = 'approve' and d.counts_as && wanted;
  return greatest(0, (need -> 'count')::integer - people);
end $$;
--> statement-breakpoint
create function approvals_missing_in_stages(request requests, plan jsonb) returns integer language plpgsql stable as $$
declare
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
