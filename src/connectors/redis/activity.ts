import type { ActivityLook, Operation } from '../../domain/activity.ts'
import { leaseUser } from './acl.ts'
import { toConnectorError } from './errors.ts'
import { instantOf, type Target } from './target.ts'

/** Entries of `ACL LOG` that are read. The server keeps 128 by itself. */
const mostRefusals = 128

/**
 * By `CLIENT LIST`, which shows the last command of each open connection, and by `ACL LOG` for what was refused. `MONITOR` is not used:
 * it shows all data, and halves the speed of the server. https://redis.io/docs/latest/commands/monitor/
 */
export async function readActivity(
  target: Target,
  orders: readonly { readonly grantId: string }[],
): Promise<ActivityLook[]> {
  const [list, time, log] = await target.ask([
    ['CLIENT', 'LIST'],
    ['TIME'],
    ['ACL', 'LOG', String(mostRefusals)],
  ])
  for (const answer of [list, time])
    if (answer instanceof Error) throw toConnectorError(answer, target.resourceId)
  const at = instantOf(time)
  const connections = connectionsIn(list)
  const refusals = log instanceof Error ? null : refusalsIn(log)
  return orders.map(({ grantId }): ActivityLook => {
    const user = leaseUser(target.resourceId, grantId)
    const open = connections.filter((connection) => connection.user === user)
    const idle = open.map(({ idleSeconds }) => idleSeconds)
    const commands = new Set(
      open.map(({ command }) => command).filter((command) => !byThemselves.test(command)),
    )
    return {
      at,
      unit: 'command',
      lastUsedAt: idle.length === 0 ? null : new Date(at.getTime() - Math.min(...idle) * 1000),
      sessions: open.map(({ id, address, ageSeconds }) => ({
        id,
        address,
        openedAt: new Date(Math.floor(at.getTime() / 1000 - ageSeconds) * 1000),
      })),
      operations: [...commands].map(
        (command): Operation => ({ text: command, kind: 'other', objects: [], count: 1, rows: null }),
      ),
      isCounted: false,
      refused: refusals?.get(user) ?? 0,
      limits: [onlyOpen, ...(refusals === null ? [refusalsHidden] : [])],
    }
  })
}

const onlyOpen = 'Redis counts no commands by user: only the last command of each open connection is seen.'
const refusalsHidden = 'Refused commands are not seen: Daypass may not run ACL LOG.'

/** Clients send these when they connect. */
const byThemselves = /^(?:NULL|ping|echo|auth|hello|select|client(?:\||$)|quit|reset)/i

/** How many seconds ago each of these users was active, by the open connections. */
export async function lastUsed(
  target: Target,
  orders: readonly { readonly grantId: string }[],
): Promise<(number | null)[]> {
  const [list] = await target.send([['CLIENT', 'LIST']])
  const connections = connectionsIn(list)
  return orders.map(({ grantId }) => {
    const user = leaseUser(target.resourceId, grantId)
    const idle = connections.filter((one) => one.user === user).map(({ idleSeconds }) => idleSeconds)
    return idle.length === 0 ? null : Math.min(...idle)
  })
}

interface OpenConnection {
  readonly user: string
  readonly id: string
  readonly address: string | null
  readonly ageSeconds: number
  readonly idleSeconds: number
  readonly command: string
}

/** Reads the answer of `CLIENT LIST`: https://redis.io/docs/latest/commands/client-list/ */
function connectionsIn(list: unknown): OpenConnection[] {
  return String(list)
    .split('\n')
    .flatMap((line) => {
      const fields = new Map(
        line.split(' ').map((field): [string, string] => {
          const at = field.indexOf('=')
          return [field.slice(0, at), field.slice(at + 1).trim()]
        }),
      )
      const [user, id, idle] = [fields.get('user'), fields.get('id'), fields.get('idle')]
      if (user === undefined || id === undefined || idle === undefined) return []
      return [
        {
          ...{ user, id, idleSeconds: Number(idle), ageSeconds: Number(fields.get('age') ?? 0) },
          address: fields.get('addr')?.replace(/:\d+$/, '') ?? null,
          command: fields.get('cmd') ?? '',
        },
      ]
    })
}

/** How often each user was refused, from the answer of `ACL LOG`. It names keys and commands, which are not kept. */
function refusalsIn(log: unknown): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const entry of Array.isArray(log) ? log : []) {
    const fields = Array.isArray(entry) ? entry : []
    const fieldOf = (name: string) => fields[fields.indexOf(name) + 1]
    const user = String(fieldOf('username'))
    // A wrong password is no use of the access.
    if (fieldOf('reason') !== 'auth') counts.set(user, (counts.get(user) ?? 0) + Number(fieldOf('count')))
  }
  return counts
}
