-- The legal transitions of requests and grants. Postgres enforces them for every writer. The pairs are those of
-- src/domain (requestTransitions, grantTransitions); a test compares them.

create table status_transitions (
  table_name text not null,
  from_status text not null,
  to_status text not null,
  constraint status_transitions_once primary key (table_name, from_status, to_status),
  constraint status_transitions_move check (from_status <> to_status)
);
--> statement-breakpoint
insert into status_transitions (table_name, from_status, to_status) values
  ('requests', 'pending', 'approved'),
  ('requests', 'pending', 'denied'),
  ('requests', 'pending', 'cancelled'),
  ('requests', 'pending', 'expired'),
  ('grants', 'activating', 'active'),
  ('grants', 'activating', 'activation_failed'),
  ('grants', 'activating', 'revoking'),
  ('grants', 'active', 'revoking'),
  ('grants', 'revoking', 'ended'),
  ('grants', 'revoking', 'revoked'),
  ('grants', 'revoking', 'revocation_failed'),
  ('grants', 'revocation_failed', 'revoking');
--> statement-breakpoint
-- Raises an error with the constraint name `<table>_<rule>`: refuse('<rule>', '<why>').
create function refuse() returns trigger language plpgsql as $$
begin
  raise exception '%', tg_argv[1]
    using errcode = 'check_violation', constraint = tg_table_name || '_' || tg_argv[0], table = tg_table_name;
end $$;
--> statement-breakpoint
-- For any table with a status. The status changes only as `status_transitions` allows. A final row never changes. Only the
-- columns that the arguments name may change.
create function move_legally() returns trigger language plpgsql as $$
begin
  if not exists (select from status_transitions where table_name = tg_table_name and from_status = old.status) then
    raise exception 'row % of % is %, which is final', old.id, tg_table_name, old.status
      using errcode = 'check_violation', constraint = tg_table_name || '_final_stay', table = tg_table_name;
  end if;
  if new.status <> old.status and not exists (
    select from status_transitions
    where table_name = tg_table_name and from_status = old.status and to_status = new.status)
  then
    raise exception 'row % of % cannot go from % to %', old.id, tg_table_name, old.status, new.status
      using errcode = 'check_violation', constraint = tg_table_name || '_move_legally', table = tg_table_name;
  end if;
  if to_jsonb(new) - tg_argv is distinct from to_jsonb(old) - tg_argv then
    raise exception 'row % of % keeps what it was made for', old.id, tg_table_name
      using errcode = 'check_violation', constraint = tg_table_name || '_keep_terms', table = tg_table_name;
  end if;
  return new;
end $$;
--> statement-breakpoint
create trigger requests_begin_pending before insert on requests for each row when (new.status <> 'pending')
  execute function refuse('begin_pending', 'a request begins as pending');
--> statement-breakpoint
-- `self_served` is generated from `policy`, and has no value yet when this runs.
create trigger requests_move_legally before update on requests for each row
  execute function move_legally('status', 'closed_at', 'self_served');
--> statement-breakpoint
create trigger grants_begin_activating before insert on grants for each row when (new.status <> 'activating')
  execute function refuse('begin_activating', 'a grant begins as activating');
--> statement-breakpoint
create trigger grants_move_legally before update on grants for each row
  execute function move_legally('status', 'generation', 'attempts', 'activated_at', 'lease_ends_at', 'granted',
    'revocation_cause', 'revoked_by_id', 'revocation_reason', 'revocation_started_at', 'failure_code', 'failure_message',
    'failed_at', 'ended_at', 'removed');
--> statement-breakpoint
create trigger grants_raise_generation before update on grants for each row when (new.generation < old.generation)
  execute function refuse('raise_generation', 'the generation of a grant only goes up');
