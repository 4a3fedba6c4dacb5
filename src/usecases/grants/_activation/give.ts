import type { AccessOrder, Evidence } from '../../../domain/connector.ts'
import type { Ports } from '../../../domain/ports.ts'
import { inBatches } from '../../../in-batches.ts'

/** Whether the connector of this resource gives access to many in fewer steps than one by one. */
export function givesTogether({ connectors }: Pick<Ports, 'connectors'>, resourceId: string): boolean {
  try {
    return connectors.of(resourceId).grantAll !== undefined
  } catch {
    return false
  }
}

/** Asks the target to give access, once for each grant: all in one call where the connector can. */
export function giving({ connectors }: Pick<Ports, 'connectors'>): (order: AccessOrder) => Promise<Evidence> {
  const asked = new Map<string, Promise<Evidence>>()
  /** Null: the connector is asked for this one alone. */
  const askTogether = inBatches(async (orders: readonly AccessOrder[]) => {
    const [first, second] = orders
    const answers = first && second ? connectors.of(first.resourceId).grantAll?.(orders) : undefined
    return orders.map((_, index) => {
      const answer = answers?.[index] ?? null
      // The caller awaits it later. Until then its failure must not end the process.
      answer?.catch(() => {})
      return { answer }
    })
  })
  const ask = async (order: AccessOrder): Promise<Evidence> => {
    const { answer } = await askTogether(order)
    return answer ?? connectors.of(order.resourceId).grant(order)
  }
  return (order) => {
    const answer = asked.get(order.grantId) ?? ask(order)
    asked.set(order.grantId, answer)
    return answer
  }
}
