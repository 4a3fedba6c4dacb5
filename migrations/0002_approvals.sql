-- No approval, no access: a request is approved only with the number of distinct approvers in its terms.

create function approvals_missing(request requests) returns integer language sql stable as $$
  select case when request.self_served then 0 else
    greatest(0, (request.terms ->> 'approvals')::integer - (
      select count(distinct approver_person)::integer from decisions
      where request_id = request.id and verdict = 'approve'
    ))
  end
$$;
--> statement-breakpoint
create function requests_approved_by_enough() returns trigger language plpgsql as $$
begin
  if approvals_missing(new) > 0 then
    raise exception 'request AR-% lacks % of the approvals that its terms ask for', new.number, approvals_missing(new)
      using errcode = 'check_violation', constraint = 'requests_approved_by_enough', table = 'requests';
  end if;
  return null;
end $$;
--> statement-breakpoint
-- After and not before, because the row has its generated `self_served` only then.
create trigger requests_approved_by_enough after update on requests
  for each row when (new.status = 'approved') execute function requests_approved_by_enough();
--> statement-breakpoint
create function grants_follow_approval() returns trigger language plpgsql as $$
declare
  request requests;
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
  if (new.holder_id, new.resource_id, new.entitlement_id, new.duration_seconds)
    is distinct from (request.requester_id, request.resource_id, request.entitlement_id, request.duration_seconds)
  then
    raise exception 'a grant gives what request AR-% asked for, to the person who asked', request.number
      using errcode = 'check_violation', constraint = 'grants_give_what_was_asked', table = 'grants';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger grants_follow_approval before insert on grants
  for each row execute function grants_follow_approval();
--> statement-breakpoint
create function decisions_are_lawful() returns trigger language plpgsql as $$
declare
  request record;
begin
  select r.number, r.status, r.requester_id, a.confirmed_email, a.team_id || '/' || a.user_id as account
    into request
    from requests r join accounts a on a.id = r.requester_id
    where r.id = new.request_id;
  if not found then
    return new; -- The foreign key refuses this.
  end if;
  -- A second account of the requester counts as the requester (personKey in src/domain/account.ts).
  if new.approver_id = request.requester_id
    or new.approver_person in (request.confirmed_email, request.account)
  then
    raise exception 'nobody decides their own request (AR-%)', request.number
      using errcode = 'check_violation', constraint = 'decisions_not_by_requester', table = 'decisions';
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
create trigger decisions_are_lawful before insert on decisions
  for each row execute function decisions_are_lawful();
