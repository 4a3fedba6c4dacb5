import type { Failure } from '../../domain/grant.ts'
import type { BatchContext } from './define-effect.ts'

/** Operations at one target that run together. */
export interface TargetGroup {
  /** Runs when its turn comes. A few run at once; one only when the target is being probed. */
  run<Found extends { readonly unreachable?: Failure }>(operation: () => Promise<Found>): Promise<Found>
  /** The failure of a target that answered none of the group so far. The rest would only wait longer. */
  unreachable(): Failure | null
}

const atOnce = 5

export function targetGroup({ probing }: BatchContext): TargetGroup {
  const waiting: (() => void)[] = []
  let free = probing ? 1 : atOnce
  let answered = false
  let failure: Failure | null = null
  const turn = async () => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const done = () => {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }
  return {
    async run(operation) {
      await turn()
      try {
        const found = await operation()
        if (found.unreachable) failure ??= found.unreachable
        else answered = true
        return found
      } finally {
        done()
      }
    },
    unreachable: () => (answered ? null : failure),
  }
}

/** A single operation. Nothing is known about the target yet. */
export function noGroup(): Pick<TargetGroup, 'unreachable'> {
  return { unreachable: () => null }
}

/** Whether it was the target that did not answer, or wants fewer calls, rather than one operation that it refused. */
export function isUnreachable({ code }: Pick<Failure, 'code'>): boolean {
  return code === 'unreachable' || code === 'timeout' || code === 'throttled'
}
