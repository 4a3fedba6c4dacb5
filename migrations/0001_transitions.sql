-- What a request or a grant may become, held by Postgres whoever writes. The pairs are those of
-- src/domain (requestTransitions, grantTransitions); a test compares them.

create table request_transitions (
  from_status text not null,
  to_status text not null,
  constraint request_transitions_once primary key (from_status, to_status),
  constraint request_transitions_move check (from_status <> to_status)
);
--> statement-breakpoint
insert into request_transitions (from_status, to_status) values
  ('pending', 'approved'),
  ('pending', 'denied'),
  ('pending', 'cancelled'),
  ('pending', 'expired');
--> statement-breakpoint
create table grant_transitions (
  from_status text not null,
  to_status text not null,
  constraint grant_transitions_once primary key (from_status, to_status),
  constraint grant_transitions_move check (from_status <> to_status)
);
--> statement-breakpoint
insert into grant_transitions (from_status, to_status) values
  ('activating', 'active'),
  ('activating', 'activation_failed'),
  ('activating', 'revoking'),
  ('active', 'revoking'),
  ('revoking', 'ended'),
  ('revoking', 'revoked'),
  ('revoking', 'revocation_failed'),
  ('revocation_failed', 'revoking');
--> statement-breakpoint
create function requests_begin_pending() returns trigger language plpgsql as $$
begin
  if new.status <> 'pending' then
    raise exception 'a request begins as pending, not as %', new.status
      using errcode = 'check_violation', constraint = 'requests_begin_pending', table = 'requests';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger requests_begin_pending before insert on requests
  for each row execute function requests_begin_pending();
--> statement-breakpoint
create function requests_move_legally() returns trigger language plpgsql as $$
begin
  if not exists (select from request_transitions where from_status = old.status) then
    raise exception 'request AR-% is %, which is final', old.number, old.status
      using errcode = 'check_violation', constraint = 'requests_final_stay', table = 'requests';
  end if;
  if new.status <> old.status
    and not exists (select from request_transitions where from_status = old.status and to_status = new.status)
  then
    raise exception 'request AR-% cannot go from % to %', old.number, old.status, new.status
      using errcode = 'check_violation', constraint = 'requests_move_legally', table = 'requests';
  end if;
  if (new.id, new.number, new.submission_key, new.requester_id, new.resource_id, new.entitlement_id, new.terms,
      new.duration_seconds, new.justification, new.ticket, new.policy, new.submitted_at, new.expires_at)
    is distinct from
     (old.id, old.number, old.submission_key, old.requester_id, old.resource_id, old.entitlement_id, old.terms,
      old.duration_seconds, old.justification, old.ticket, old.policy, old.submitted_at, old.expires_at)
  then
    raise exception 'what request AR-% asks for does not change', old.number
      using errcode = 'check_violation', constraint = 'requests_keep_terms', table = 'requests';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger requests_move_legally before update on requests
  for each row execute function requests_move_legally();
--> statement-breakpoint
create function grants_begin_activating() returns trigger language plpgsql as $$
begin
  if new.status <> 'activating' then
    raise exception 'a grant begins as activating, not as %', new.status
      using errcode = 'check_violation', constraint = 'grants_begin_activating', table = 'grants';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger grants_begin_activating before insert on grants
  for each row execute function grants_begin_activating();
--> statement-breakpoint
create function grants_move_legally() returns trigger language plpgsql as $$
begin
  if not exists (select from grant_transitions where from_status = old.status) then
    raise exception 'grant % is %, which is final', old.id, old.status
      using errcode = 'check_violation', constraint = 'grants_final_stay', table = 'grants';
  end if;
  if new.status <> old.status
    and not exists (select from grant_transitions where from_status = old.status and to_status = new.status)
  then
    raise exception 'grant % cannot go from % to %', old.id, old.status, new.status
      using errcode = 'check_violation', constraint = 'grants_move_legally', table = 'grants';
  end if;
  if new.generation < old.generation
    or (new.id, new.request_id, new.holder_id, new.resource_id, new.entitlement_id, new.access,
        new.duration_seconds, new.created_at)
      is distinct from
       (old.id, old.request_id, old.holder_id, old.resource_id, old.entitlement_id, old.access,
        old.duration_seconds, old.created_at)
  then
    raise exception 'what grant % gives does not change, and its generation only goes up', old.id
      using errcode = 'check_violation', constraint = 'grants_keep_terms', table = 'grants';
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger grants_move_legally before update on grants
  for each row execute function grants_move_legally();
