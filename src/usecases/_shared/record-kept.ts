import { daypass } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import type { KeptByHolds } from '../../domain/record/legal-hold.ts'
import { ofNoRequest } from './audit-events.ts'

/** Puts on record which legal holds kept something whose time is over, and how much: once a day for each kind of thing. */
export async function recordKept(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  what: string,
  kept: KeptByHolds,
): Promise<void> {
  const holds = Object.keys(kept).toSorted()
  if (holds.length === 0) return
  await store.transaction(async (tx) => {
    const at = clock.now()
    const key = `kept by ${holds.join(', ')} on ${at.toISOString().slice(0, 10)}: ${what}`
    if (!(await tx.interactions.claim(key, at))) return
    await tx.audit.append({
      ...ofNoRequest(null),
      ...{ at, actor: daypass, action: 'record.kept', details: { what, kept_by_holds: kept } },
    })
  })
}

/** The counts of two passes together. */
export function addKept(one: KeptByHolds, other: KeptByHolds): KeptByHolds {
  const sum: Record<string, number> = { ...one }
  for (const [hold, count] of Object.entries(other)) sum[hold] = (sum[hold] ?? 0) + count
  return sum
}
