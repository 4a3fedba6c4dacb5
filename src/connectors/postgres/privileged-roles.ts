import { rolePrefix } from './names.ts'

/**
 * Predefined roles that amount to the whole server (its files, its programs, its data), or that let a holder end
 * sessions of others or take the connections that are kept for the end of a lease.
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

/** What the name alone tells against lending a role, in words; null when nothing does. */
export function preparedRoleNameProblem(role: string): string | null {
  if (privilegedRoles.includes(role)) return `role ${role} cannot be lent: it has power over the whole server`
  if (role.startsWith(rolePrefix)) return `role ${role} cannot be lent: it belongs to Daypass`
  return null
}
