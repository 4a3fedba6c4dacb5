-- As before, and also what was found about the ticket, the reasons of freezes and of panics, and clicks that wait for a proof.
create or replace function erase_texts(erasure uuid) returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
  it erasures;
  erased constant text := '(erased)';
  typists uuid[];
  about uuid[];
  off record;
  count integer;
  switches text[] := '{}';
begin
  select * into it from erasures where id = erasure and confirmed_at is not null;
  if not found then
    raise exception 'erasure % is not confirmed', erasure
      using errcode = 'check_violation', constraint = 'erasures_confirmed_first', table = 'erasures';
  end if;
  set local lock_timeout = '2s';
  typists := array(select a.id from accounts a join accounts named on named.person_id = a.person_id where named.id = it.account_id);
  about := array(select id from requests where id = it.request_id or requester_id = any(typists));
  for off in
    select tgrelid::regclass as place, tgname, tgenabled from pg_trigger
    where not tgisinternal and tgenabled <> 'D' and tgrelid = any(array['requests', 'decisions', 'grants', 'pre_approvals',
      'break_glass_reviews', 'tasks', 'record_texts', 'freezes', 'panics', 'step_ups']::regclass[])
  loop
    execute format('alter table %s disable trigger %I', off.place, off.tgname);
    switches := switches || format('alter table %s enable %s trigger %I', off.place,
      case off.tgenabled when 'A' then 'always' when 'R' then 'replica' else '' end, off.tgname);
  end loop;
  create temporary table erased_texts on commit drop as
    select field, row from said_texts where request_id = any(about) and text <> erased
    union select 'decision_reason', request_id || ':' || approver_id || ':' || stage from decisions
      where approver_id = any(typists) and reason <> erased
    union select 'revocation_reason', id::text from grants where revoked_by_id = any(typists) and revocation_reason <> erased
    union select 'pre_approval_reason', id::text from pre_approvals where made_by_id = any(typists) and reason <> erased
    union select 'review_finding', request_id::text from break_glass_reviews
      where reviewed_by_id = any(typists) and finding <> erased
    union select field, id::text from tasks, unnest(array['work_done', 'work_evidence', 'how_to_connect']) as field
      where done_by_id = any(typists)
    union select 'task_refusal', id::text from tasks where refused_by_id = any(typists);
  update requests set justification = erased, ticket = case when ticket is null then null else erased end,
    ticket_check = null, policy = without_ticket(policy)
    where id = any(about);
  -- What a person typed before they proved who they are, and never did.
  delete from step_ups where used_at is null and (request_id = any(about) or account_id = any(typists));
  update decisions d set reason = case when reason is null then null else erased end, policy = without_ticket(policy)
    where request_id = any(about)
      or ('decision_reason', request_id || ':' || approver_id || ':' || stage) in (select field, row from erased_texts);
  update grants set revocation_reason = erased
    where id::text in (select row from erased_texts where field = 'revocation_reason');
  update pre_approvals set reason = erased, policy = without_ticket(policy)
    where id::text in (select row from erased_texts where field = 'pre_approval_reason');
  update break_glass_reviews set finding = erased
    where request_id::text in (select row from erased_texts where field = 'review_finding');
  update tasks set what_was_done = erased, evidence = erased,
      how_to_connect = case when how_to_connect is null then null else erased end
    where what_was_done is not null and id::text in (select row from erased_texts where field = 'work_done');
  update tasks set refusal_reason = erased
    where refusal_reason is not null and id::text in (select row from erased_texts where field = 'task_refusal');
  update freezes set reason = erased where made_by_id = any(typists);
  update panics set reason = erased where by_id = any(typists);
  update record_texts t set salt = null, erasure_id = erasure
    from erased_texts e where e.field = t.field and e.row = t.row and t.salt is not null;
  select count(*) into count from erased_texts;
  for i in 1 .. coalesce(array_length(switches, 1), 0) loop
    execute switches[i];
  end loop;
  return count;
end $$;
