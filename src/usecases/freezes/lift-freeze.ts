import { actorOf } from '../../domain/audit-event.ts'
import { type Freeze, isHolding, type NamedScope } from '../../domain/freeze.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports, Transaction } from '../../domain/ports.ts'
import { ofFreeze } from '../_shared/freeze-event.ts'
import { frozenDetails, personFrozen } from '../_shared/frozen.ts'
import { type JudgedScope, judgeScope } from '../_shared/judge-scope.ts'
import type { AccountKey } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'

export type LiftAnswer =
  | { readonly kind: 'lifted'; readonly freezes: readonly Freeze[] }
  /** `none`: nothing of that name is frozen now. */
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly policy: PolicyResult }
  /** A person who is frozen lifts no freeze. */
  | { readonly kind: 'frozen'; readonly freeze: Freeze }
  | { readonly kind: 'unknown'; readonly message: string }

type LiftPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Lifts one freeze: security leads only, also where an owner made it. Throws `DirectoryUnavailable`. */
export async function liftFreeze(
  ports: LiftPorts,
  { by, freezeId }: { by: AccountKey; freezeId: string },
): Promise<LiftAnswer> {
  return lift(ports, by, async (tx) => {
    const freeze = await tx.freezes.find(freezeId)
    return freeze ? [freeze] : []
  })
}

/** Lifts the freeze of a scope. */
export async function liftFreezeOf(
  ports: LiftPorts,
  { by, named }: { by: AccountKey; named: NamedScope },
): Promise<LiftAnswer> {
  // A resource that left the catalog, without access, may be frozen all the same.
  if (named.kind !== 'person') return lift(ports, by, (tx) => tx.freezes.openOf(named))
  const judged = await judgeScope(ports, by, named, 'freeze.refused')
  return judged.kind === 'may' ? lift(ports, by, (tx) => tx.freezes.openOf(judged.scope), judged) : judged
}

async function lift(
  ports: LiftPorts,
  by: AccountKey,
  find: (tx: Transaction) => Promise<readonly Freeze[]>,
  known?: Extract<JudgedScope, { kind: 'may' }>,
): Promise<LiftAnswer> {
  const { store, clock } = ports
  const judged = known ?? (await judgeScope(ports, by, { kind: 'all' }, 'freeze.refused'))
  if (judged.kind !== 'may') return judged
  const answer = await store.transaction(async (tx): Promise<LiftAnswer> => {
    const account = await tx.accounts.upsert(judged.person.account)
    await tx.freezes.lock()
    const own = await personFrozen(tx, account, clock.now())
    if (own) return { kind: 'frozen', freeze: own }
    const found = await find(tx)
    const now = clock.now()
    const open = found.filter((freeze) => isHolding(freeze, now))
    for (const freeze of open) {
      await tx.freezes.close(freeze.id, { at: now, byId: account.id })
      await tx.audit.append(ofFreeze(freeze, 'freeze.lifted', actorOf(account), now))
      await tx.outbox.add({ kind: 'tell_freeze', freezeId: freeze.id, change: 'closed' }, now)
    }
    return open.length > 0 ? { kind: 'lifted', freezes: open } : { kind: 'none' }
  })
  if (answer.kind === 'frozen') {
    const { freeze } = answer
    await recordRefusal(ports, judged.person.account, (actor, at) =>
      ofFreeze(freeze, 'freeze.refused', actor, at, frozenDetails(freeze)),
    )
  }
  return answer
}
