import type { Credentials } from '../../src/domain/connector.ts'
import type { LiveSession } from '../../test/contract/connector-world.ts'
import { type Spread, spreadOf } from '../load/latencies.ts'
import { systems } from '../systems/all.ts'
import type { System } from '../systems/system.ts'

/** One lease at a time, in milliseconds. Null: this kind of target cannot be started here, for that reason. */
export interface ConnectorFigures {
  readonly kind: string
  readonly missing: string | null
  /** From the order until the first use: granted, credentials made, logged in. */
  readonly firstUse: Pair | null
  /** From the order to revoke, with an open session, until the end is read back. */
  readonly proof: Pair | null
}

interface Pair {
  readonly daypass: Spread
  readonly bare: Spread
}

/** Measures each connector beside the bare calls of its target, in turns, through the same proxy and with equal logins. */
export async function measureConnectors(
  count: number,
  tell: (line: string) => void,
): Promise<ConnectorFigures[]> {
  const figures: ConnectorFigures[] = []
  for (const { kind, missing, start } of systems) {
    if (missing) {
      figures.push({ kind, missing, firstUse: null, proof: null })
      continue
    }
    tell(`${kind}: ${count} leases`)
    const system = await start()
    try {
      figures.push({ kind, missing, ...(await measure(system, count)) })
    } finally {
      await system.close()
    }
  }
  return figures
}

const warmUp = 5

async function measure({ world, bare }: System, count: number): Promise<{ firstUse: Pair; proof: Pair }> {
  const enter = world.enter
  if (!enter) throw new Error('nobody can enter this system')
  const times = { firstUse: { daypass: [], bare: [] }, proof: { daypass: [], bare: [] } } as Record<
    'firstUse' | 'proof',
    Record<'daypass' | 'bare', number[]>
  >
  const round = async (who: 'daypass' | 'bare', keep: boolean) => {
    const order = world.freshAccess()
    const start = performance.now()
    let given: Credentials | null | undefined
    if (who === 'bare') given = await bare.grant()
    else {
      await world.connector.grant(order)
      given = await world.connector.issueCredentials?.(order)
    }
    if (!given) throw new Error('no credentials')
    const session: LiveSession = await enter(given)
    if (!(await session.alive())) throw new Error('the session does not work')
    const used = performance.now()
    if (who === 'bare') await bare.revoke(given)
    else await world.connector.revoke(order)
    const gone = performance.now()
    if (await session.alive()) throw new Error('the session goes on')
    await session.close()
    if (!keep) return
    times.firstUse[who].push(used - start)
    times.proof[who].push(gone - used)
  }
  for (let index = 0; index < warmUp + count; index += 1) {
    for (const who of index % 2 ? (['daypass', 'bare'] as const) : (['bare', 'daypass'] as const))
      await round(who, index >= warmUp)
  }
  const pairOf = ({ daypass, bare }: Record<'daypass' | 'bare', number[]>): Pair => ({
    daypass: spreadOf(daypass),
    bare: spreadOf(bare),
  })
  return { firstUse: pairOf(times.firstUse), proof: pairOf(times.proof) }
}
