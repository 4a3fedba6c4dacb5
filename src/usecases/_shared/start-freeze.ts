import { randomUUID } from 'node:crypto'
import type { Account } from '../../domain/account.ts'
import { actorOf, daypass } from '../../domain/audit-event.ts'
import { type Freeze, isHolding, lastsAsLong, type Scope } from '../../domain/freeze.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofFreeze } from './freeze-event.ts'

/** `kept`: one that holds already, and ends no sooner, stays as it is. */
export interface StartedFreeze {
  readonly freeze: Freeze
  readonly kind: 'made' | 'kept'
}

/**
 * Freezes a scope. The caller holds the lock of freezes. One that would end sooner takes its place: only lifting makes the time of a
 * freeze shorter.
 */
export async function startFreeze(
  tx: Transaction,
  wanted: { readonly scope: Scope; readonly reason: string; readonly endsAt: Date | null },
  by: Account,
  now: Date,
): Promise<StartedFreeze> {
  const actor = actorOf(by)
  const freeze: Freeze = { id: randomUUID(), ...wanted, madeBy: by, madeAt: now, closed: null }
  for (const open of await tx.freezes.openOf(wanted.scope)) {
    if (!isHolding(open, now)) {
      await tx.freezes.close(open.id, { at: now, byId: null })
      await tx.audit.append(ofFreeze(open, 'freeze.ended', daypass, now))
    } else if (lastsAsLong(open, wanted)) {
      return { freeze: open, kind: 'kept' }
    } else {
      await tx.freezes.close(open.id, { at: now, byId: by.id })
      await tx.audit.append(ofFreeze(open, 'freeze.lifted', actor, now, { replaced_by: freeze.id }))
    }
  }
  await tx.freezes.insert(freeze)
  await tx.audit.append(ofFreeze(freeze, 'freeze.made', actor, now))
  if (freeze.endsAt) await tx.outbox.add({ kind: 'end_freeze', freezeId: freeze.id }, freeze.endsAt)
  return { freeze, kind: 'made' }
}
