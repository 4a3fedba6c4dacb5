/** The roles of a repository that GitHub has, from the least to the greatest. */
export const builtInRoles: readonly string[] = ['pull', 'triage', 'push', 'maintain', 'admin']

/** The API calls two roles otherwise in its answers. */
export function roleOf(name: string): string {
  if (name === 'read') return 'pull'
  return name === 'write' ? 'push' : name
}

/** Whether one role gives all that the other gives. Null: custom roles cannot be compared. */
export function includes(role: string, other: string): boolean | null {
  if (role === other || role === 'admin') return true
  const [mine, theirs] = [rankOf(role), rankOf(other)]
  return mine < 0 || theirs < 0 ? null : mine >= theirs
}

/** The role that includes all of these. Null: there is none. Undefined: there are no roles. */
export function highest(roles: readonly string[]): string | null | undefined {
  if (roles.length === 0) return undefined
  return roles.find((role) => roles.every((other) => includes(role, other) === true)) ?? null
}

/** Whether its holder can let others in, as far as is known: nobody knows what a custom role may do. */
export function mayLetIn(role: string): boolean {
  return role === 'admin' || rankOf(role) < 0
}

function rankOf(role: string): number {
  return builtInRoles.indexOf(role)
}
