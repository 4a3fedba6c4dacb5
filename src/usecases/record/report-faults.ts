import type { Ports } from '../../domain/ports.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { RecordFault } from './_verify/verify-log.ts'

const mostTold = 5

/** Tells security of faults that nobody has acknowledged, each time that they are found. */
export async function reportFaults(
  tx: Pick<Transaction, 'recordFaults' | 'outbox'>,
  faults: readonly RecordFault[],
  at: Date,
): Promise<void> {
  const open: RecordFault[] = []
  for (const fault of faults) if (await tx.recordFaults.note(nameOf(fault), at)) open.push(fault)
  if (open.length === 0) return
  const notice = {
    kind: 'record_faulty' as const,
    faults: open.slice(0, mostTold),
    faultCount: open.length,
    foundAt: at.toISOString(),
  }
  await tx.outbox.add({ kind: 'tell_security', at: at.toISOString(), notice }, at)
}

/** The same for faults that were found outside a transaction. */
export function reportFaultsNow(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  faults: readonly RecordFault[],
): Promise<void> {
  return store.transaction((tx) => reportFaults(tx, faults, clock.now()))
}

function nameOf({ position, what }: RecordFault): string {
  return position === null ? what : `position ${position}: ${what}`
}
