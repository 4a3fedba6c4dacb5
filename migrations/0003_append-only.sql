-- The audit log and the decisions are append-only. Two triggers enforce it. The one for each row names the row in its error. The
-- one for each statement also refuses a truncate, and statements that match no row. `enable always` keeps the triggers active
-- with `session_replication_role = replica`, by which a superuser disables ordinary triggers. The owner of the tables can still
-- drop or disable the triggers. Where that matters, let Daypass connect as a role that does not own the tables.

create function refuse_change() returns trigger language plpgsql as $$
begin
  if tg_level = 'ROW' then
    raise exception '% is append-only: % of a row refused (%)', tg_table_name, lower(tg_op), to_jsonb(old) ->> tg_argv[0]
      using errcode = 'restrict_violation', constraint = tg_table_name || '_append_only', table = tg_table_name;
  end if;
  raise exception '% is append-only: % refused', tg_table_name, lower(tg_op)
    using errcode = 'restrict_violation', constraint = tg_table_name || '_append_only', table = tg_table_name;
end $$;
--> statement-breakpoint
create trigger audit_events_append_only_row before update or delete on audit_events
  for each row execute function refuse_change('id');
--> statement-breakpoint
create trigger audit_events_append_only before update or delete or truncate on audit_events
  for each statement execute function refuse_change();
--> statement-breakpoint
alter table audit_events enable always trigger audit_events_append_only_row;
--> statement-breakpoint
alter table audit_events enable always trigger audit_events_append_only;
--> statement-breakpoint
create trigger decisions_append_only_row before update or delete on decisions
  for each row execute function refuse_change('request_id');
--> statement-breakpoint
create trigger decisions_append_only before update or delete or truncate on decisions
  for each statement execute function refuse_change();
--> statement-breakpoint
alter table decisions enable always trigger decisions_append_only_row;
--> statement-breakpoint
alter table decisions enable always trigger decisions_append_only;
