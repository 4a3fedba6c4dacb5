import type { RedisOptions } from 'ioredis'

/** The address of a Redis, read from a URL. */
export type RedisAddress =
  | { readonly kind: 'single'; readonly options: RedisOptions }
  | { readonly kind: 'sentinel'; readonly options: RedisOptions }
  | { readonly kind: 'cluster'; readonly nodes: readonly HostPort[]; readonly options: RedisOptions }

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** The URL cannot be used. The message holds neither user nor password. */
export class InvalidRedisUrl extends Error {
  override readonly name = 'InvalidRedisUrl'
}

const shapes =
  'redis://[user:password@]host:port/db, redis+sentinel://host:port,host:port/master/db ' +
  'or redis+cluster://host:port,host:port (rediss for TLS)'

/**
 * Reads `redis[s]://`, `redis[s]+sentinel://host:port,…/master/db` and `redis[s]+cluster://host:port,…`. User and
 * password are for the data nodes; `?sentinelUsername=` and `?sentinelPassword=` are for the sentinels. Throws
 * `InvalidRedisUrl`.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const match = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#]+)([^?#]*)(?:\?([^#]*))?$/.exec(
    url,
  )
  if (!match) throw new InvalidRedisUrl(`The Redis URL must look like ${shapes}.`)
  const [, scheme, kind, credentials, authority = '', path = '', query] = match
  const nodes = authority.split(',').map((part) => hostPort(part, kind === 'sentinel' ? 26379 : 6379))
  const options = { ...credentialsOf(credentials), ...(scheme === 'rediss' ? { tls: {} } : {}) }
  const segments = path.split('/').filter((segment) => segment !== '')
  if (kind === 'cluster') {
    if (segments.length > 0)
      throw new InvalidRedisUrl('A Redis Cluster has no databases: end the URL at the hosts.')
    return { kind: 'cluster', nodes, options }
  }
  if (kind === 'sentinel') return sentinels(nodes, segments, options, new URLSearchParams(query ?? ''))
  const [node, ...others] = nodes
  if (!node || others.length > 0 || segments.length > 1) {
    throw new InvalidRedisUrl(`The Redis URL must look like ${shapes}.`)
  }
  return { kind: 'single', options: { ...options, ...node, db: database(segments[0]) } }
}

function sentinels(
  nodes: HostPort[],
  segments: string[],
  options: RedisOptions,
  query: URLSearchParams,
): RedisAddress {
  const [master, db, ...rest] = segments
  if (!master || rest.length > 0) {
    throw new InvalidRedisUrl(
      'The Redis Sentinel URL must name its master: redis+sentinel://host:port,…/master/db.',
    )
  }
  const username = query.get('sentinelUsername')
  const password = query.get('sentinelPassword')
  return {
    kind: 'sentinel',
    options: {
      ...options,
      sentinels: nodes,
      name: decodeURIComponent(master),
      db: database(db),
      ...(username ? { sentinelUsername: username } : {}),
      ...(password ? { sentinelPassword: password } : {}),
      ...(options.tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
    },
  }
}

function hostPort(part: string, defaultPort: number): HostPort {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:@[\]\s]+))(?::(\d{1,5}))?$/.exec(part)
  const host = match?.[1] ?? match?.[2]
  const port = match?.[3] === undefined ? defaultPort : Number(match[3])
  if (!host || port < 1 || port > 65_535)
    throw new InvalidRedisUrl(
      'A host of the Redis URL is not host:port. (Is there an @ or / in the password? Percent-encode it.)',
    )
  return { host, port }
}

function credentialsOf(credentials: string | undefined): { username?: string; password?: string } {
  if (!credentials) return {}
  const colon = credentials.indexOf(':')
  const [username, password] =
    colon < 0 ? [credentials, ''] : [credentials.slice(0, colon), credentials.slice(colon + 1)]
  try {
    return {
      ...(username ? { username: decodeURIComponent(username) } : {}),
      ...(password ? { password: decodeURIComponent(password) } : {}),
    }
  } catch {
    throw new InvalidRedisUrl('The user or password in the Redis URL must be percent-encoded.')
  }
}

function database(segment: string | undefined): number {
  if (segment === undefined) return 0
  if (!/^\d{1,5}$/.test(segment))
    throw new InvalidRedisUrl('The Redis database must be a number, as in redis://host:6379/2.')
  return Number(segment)
}
