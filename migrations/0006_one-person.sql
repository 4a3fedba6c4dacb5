-- A person is counted once, whatever account acts. Decisions are append-only and keep the person who was known then; the
-- account tells which person that is now.

create or replace function approvals_missing(request requests) returns integer language sql stable as $$
  select case when request.self_served then 0 else
    greatest(0, (request.terms ->> 'approvals')::integer - (
      select count(distinct a.person_id)::integer from decisions d join accounts a on a.id = d.approver_id
      where d.request_id = request.id and d.verdict = 'approve'
    ))
  end
$$;
--> statement-breakpoint
create or replace function decisions_are_lawful() returns trigger language plpgsql as $$
declare
  request record;
  approver_person_id uuid;
begin
  select r.number, r.status, r.requester_id, a.person_id
    into request
    from requests r join accounts a on a.id = r.requester_id
    where r.id = new.request_id;
  select person_id into approver_person_id from accounts where id = new.approver_id;
  if request is null or approver_person_id is null then
    return new; -- The foreign key refuses this.
  end if;
  if approver_person_id = request.person_id then
    raise exception 'nobody decides their own request (AR-%)', request.number
      using errcode = 'check_violation', constraint = 'decisions_not_by_requester', table = 'decisions';
  end if;
  if new.approver_person is distinct from approver_person_id::text then
    raise exception 'a decision on AR-% names another person than the one of its account', request.number
      using errcode = 'check_violation', constraint = 'decisions_name_the_person', table = 'decisions';
  end if;
  -- This person decided before, perhaps by another account that was not known to be theirs. Nothing is inserted, as on a
  -- conflict with the unique constraints.
  if exists (
    select from decisions d join accounts a on a.id = d.approver_id
    where d.request_id = new.request_id and a.person_id = approver_person_id and d.approver_person <> new.approver_person
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
  return new;
end $$;
--> statement-breakpoint
-- An engagement that has ended changes no more, except that its people may turn out to be others.
create function engagements_stay_ended() returns trigger language plpgsql as $$
begin
  if to_jsonb(new) - '{person_id,sponsor_person_id}'::text[] is distinct from to_jsonb(old) - '{person_id,sponsor_person_id}'::text[] then
    raise exception 'engagement % has ended', old.id
      using errcode = 'check_violation', constraint = 'engagements_stay_ended', table = 'engagements';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger engagements_stay_ended before update on engagements
  for each row when (old.ended_at is not null) execute function engagements_stay_ended();
--> statement-breakpoint
create function identities_not_by_oneself() returns trigger language plpgsql as $$
begin
  if exists (select from accounts where id = new.confirmed_by_id and person_id = new.person_id) then
    raise exception 'nobody confirms their own identity'
      using errcode = 'check_violation', constraint = 'identities_not_by_oneself', table = 'identities';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger identities_not_by_oneself before insert or update on identities
  for each row execute function identities_not_by_oneself();
