import { actorOf } from '../../domain/audit-event.ts'
import { type Freeze, isHolding, type NamedScope } from '../../domain/freeze.ts'
import type { PolicyResult } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Intent, Proof } from '../../domain/step-up.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofFreeze } from '../_shared/freeze-event.ts'
import { frozenDetails, personFrozen } from '../_shared/frozen.ts'
import { type JudgedScope, judgeScope } from '../_shared/judge-scope.ts'
import type { AccountKey } from '../_shared/person.ts'
import {
  changedLately,
  type NeedsProof,
  needsProof,
  proofDetails,
  stepUpRules,
  useProof,
} from '../_shared/proofs.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'

export type LiftAnswer =
  | { readonly kind: 'lifted'; readonly freeze: Freeze }
  /** `none`: nothing of that name is frozen now. */
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly policy: PolicyResult }
  /** A person who is frozen lifts no freeze. */
  | { readonly kind: 'frozen'; readonly freeze: Freeze }
  | { readonly kind: 'unknown'; readonly message: string }
  | NeedsProof

type LiftPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>
type Find = (tx: Transaction) => Promise<Freeze | null | undefined>

/** Lifts one freeze: security leads only, also where an owner made it. Throws `DirectoryUnavailable`, and `ProofNotUsable`. */
export async function liftFreeze(
  ports: LiftPorts,
  { by, freezeId, proof }: { by: AccountKey; freezeId: string; proof?: Proof },
): Promise<LiftAnswer> {
  return lift(ports, { by, proof }, (tx) => tx.freezes.find(freezeId))
}

/** Lifts the freeze of a scope: there is one for each. Throws `DirectoryUnavailable`. */
export async function liftFreezeOf(
  ports: LiftPorts,
  { by, named }: { by: AccountKey; named: NamedScope },
): Promise<LiftAnswer> {
  const { clock } = ports
  const holding: (scope: Parameters<Transaction['freezes']['openOf']>[0]) => Find = (scope) => async (tx) =>
    (await tx.freezes.openOf(scope)).find((freeze) => isHolding(freeze, clock.now()))
  // A resource that left the catalog, without access, may be frozen all the same.
  if (named.kind !== 'person') return lift(ports, { by }, holding(named))
  const judged = await judgeScope(ports, by, named, 'freeze.refused')
  return judged.kind === 'may' ? lift(ports, { by, known: judged }, holding(judged.scope)) : judged
}

interface Lifting {
  readonly by: AccountKey
  readonly proof?: Proof | undefined
  /** The answer of the policies, where it is known. */
  readonly known?: Extract<JudgedScope, { kind: 'may' }>
}

async function lift(ports: LiftPorts, { by, proof, known }: Lifting, find: Find): Promise<LiftAnswer> {
  const { store, clock, catalog } = ports
  const judged = known ?? (await judgeScope(ports, by, { kind: 'all' }, 'freeze.refused'))
  if (judged.kind !== 'may') return judged
  const { person } = judged
  const asksForProof =
    stepUpRules(catalog).liftFreeze || changedLately(catalog, person.change, clock.now()) !== null
  const answer = await store.transaction(async (tx): Promise<LiftAnswer> => {
    const account = await tx.accounts.upsert(person.account)
    await tx.freezes.lock()
    const now = clock.now()
    const own = await personFrozen(tx, account, now)
    if (own) return { kind: 'frozen', freeze: own }
    const freeze = await find(tx)
    if (!freeze || !isHolding(freeze, now)) return { kind: 'none' }
    if (!proof && asksForProof) return needsProof(intentOf(freeze))
    await useProof(tx, proof, now)
    await tx.freezes.close(freeze.id, { at: now, byId: account.id })
    await tx.audit.append(ofFreeze(freeze, 'freeze.lifted', actorOf(account), now, proofDetails(proof)))
    await tx.outbox.add({ kind: 'tell_freeze', freezeId: freeze.id, change: 'closed' }, now)
    return { kind: 'lifted', freeze }
  })
  if (answer.kind === 'frozen') {
    const { freeze } = answer
    await recordRefusal(ports, person.account, (actor, at) =>
      ofFreeze(freeze, 'freeze.refused', actor, at, frozenDetails(freeze)),
    )
  }
  return answer
}

function intentOf({ id: freezeId }: Freeze): Intent {
  return { kind: 'lift_freeze', freezeId }
}
