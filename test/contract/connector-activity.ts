import { expect } from 'vitest'
import type { ActivityLook } from '../../src/domain/activity.ts'
import type { AccessOrder, Connector } from '../../src/domain/connector.ts'

/** The looks at these leases now. */
export async function lookAt(
  connector: Connector,
  ...orders: readonly AccessOrder[]
): Promise<readonly ActivityLook[]> {
  const looks = await connector.activity?.(orders)
  if (!looks) throw new Error('this connector cannot tell')
  expect(looks).toHaveLength(orders.length)
  return looks
}

/** How often each operation was seen, by its text. */
export function countsOf(look: ActivityLook | undefined): Record<string, number> {
  return Object.fromEntries((look?.operations ?? []).map(({ text, count }) => [text, count]))
}
