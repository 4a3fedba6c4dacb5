import { rolePrefix } from './names.ts'

/**
 * Predefined roles that give the whole server (its files, programs or data), or that allow a holder to end other
 * sessions or to take reserved connections: https://www.postgresql.org/docs/current/predefined-roles.html
 */
export const privilegedRoles: readonly string[] = [
  'pg_execute_server_program',
  'pg_write_server_files',
  'pg_read_server_files',
  'pg_read_all_data',
  'pg_write_all_data',
  'pg_create_subscription',
  'pg_maintain',
  'pg_signal_backend',
  'pg_signal_autovacuum_worker',
  'pg_use_reserved_connections',
]

/** The reason against granting a role that its name alone gives, as text; null if there is none. */
export function preparedRoleNameProblem(role: string): string | null {
  if (privilegedRoles.includes(role)) return `role ${role} cannot be lent: it has power over the whole server`
  if (role.startsWith(rolePrefix)) return `role ${role} cannot be lent: it belongs to Daypass`
  return null
}
