import { grantIdOfToken, grantToken } from '../_shared/lease-name.ts'
import type { RedisEntitlement } from './schema.ts'

/** The user of one lease. Redis takes any text without blanks; a resource's id has none. */
export function leaseUser(resourceId: string, grantId: string): string {
  return `${prefixOf(resourceId)}${grantToken(grantId)}`
}

/** The grant that a user of this resource belongs to; null for every other user. */
export function grantOfUser(resourceId: string, user: string): string | null {
  const prefix = prefixOf(resourceId)
  return user.startsWith(prefix) ? grantIdOfToken(user.slice(prefix.length)) : null
}

function prefixOf(resourceId: string): string {
  return `daypass:${resourceId}:`
}

/**
 * The rules of `ACL SETUSER` that make a user hold exactly this, whatever it held before; its passwords stay. Categories never
 * bring commands that manage the server, or code that stays on it; the catalog may name single commands, but none of @admin.
 */
export function rulesOf({ commands, keys, readKeys, channels }: RedisEntitlement): string[] {
  const categories = commands.filter((name) => name.startsWith('@'))
  const single = commands.filter((name) => !name.startsWith('@'))
  return [
    ...['on', 'resetkeys', 'resetchannels', 'clearselectors', '-@all'],
    ...categories.map((name) => `+${name}`),
    ...['-@admin', '-@dangerous', '-@scripting', ...always.map((name) => `+${name}`)],
    ...single.map((name) => `+${name}`),
    '-@admin',
    ...keyRules({ keys, readKeys }),
    ...channels.map((pattern) => `&${pattern}`),
  ]
}

/** Clients send these when they connect. */
const always = ['ping', 'echo', 'select', 'client|setname', 'client|getname', 'client|id']

export function keyRules({ keys, readKeys }: Pick<RedisEntitlement, 'keys' | 'readKeys'>): string[] {
  return [...keys.map((pattern) => `~${pattern}`), ...readKeys.map((pattern) => `%R~${pattern}`)]
}

/** A user, as `ACL GETUSER` shows it. */
export interface AclUser {
  readonly flags: readonly string[]
  readonly passwords: number
  readonly commands: string
  readonly keys: readonly string[]
  readonly channels: readonly string[]
  readonly selectors: number
}

/** Reads the answer of `ACL GETUSER`; null where there is no such user. */
export function readUser(answer: unknown): AclUser | null {
  if (!Array.isArray(answer)) return null
  const fields = new Map<unknown, unknown>()
  for (let at = 0; at + 1 < answer.length; at += 2) fields.set(answer[at], answer[at + 1])
  return {
    flags: listOf(fields.get('flags')),
    passwords: listOf(fields.get('passwords')).length,
    commands: String(fields.get('commands') ?? ''),
    keys: listOf(fields.get('keys')),
    channels: listOf(fields.get('channels')),
    selectors: listOf(fields.get('selectors')).length,
  }
}

/** Patterns come as one text since Redis 7.0, and as a list before. */
function listOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String)
  return typeof value === 'string' ? value.split(' ').filter((part) => part !== '') : []
}

/** The ids of connections of these users, from the answer of `CLIENT LIST`. */
export function connectionsOf(list: unknown, users: ReadonlySet<string>): string[] {
  return String(list)
    .split('\n')
    .flatMap((line) => {
      const user = /(?:^| )user=(\S+)/.exec(line)?.[1]
      const id = /(?:^| )?id=(\d+)/.exec(line)?.[1]
      return user && id && users.has(user) ? [id] : []
    })
}
