import type { Freeze, NamedScope } from '../../domain/freeze.ts'
import type { Ports } from '../../domain/ports.ts'
import { type FieldProblem, readReason } from '../_shared/field-problem.ts'
import { judgeScope, type NotThisScope } from '../_shared/judge-scope.ts'
import type { AccountKey } from '../_shared/person.ts'
import { type FreezeField, readFreezeEnd } from '../_shared/read-freeze-end.ts'
import { startFreeze } from '../_shared/start-freeze.ts'

export type MayFreezeAnswer = { readonly kind: 'may' } | NotThisScope

export type MakeFreezeAnswer =
  /** `kept`: one that ends no sooner holds already. */
  | { readonly kind: 'made' | 'kept'; readonly freeze: Freeze }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem<FreezeField>[] }
  | NotThisScope

type FreezePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** Dry run of `makeFreeze`. It also records a refusal. */
export async function mayFreeze(
  ports: FreezePorts,
  { by, named }: { by: AccountKey; named: NamedScope },
): Promise<MayFreezeAnswer> {
  const judged = await judgeScope(ports, by, named, 'freeze.refused')
  return judged.kind === 'may' ? { kind: 'may' } : judged
}

/**
 * Freezes a scope: nothing is granted in it until the end, or until somebody lifts it. Leases that are active go on, and requests
 * wait. Throws `DirectoryUnavailable`.
 */
export async function makeFreeze(
  ports: FreezePorts,
  { by, named, reason, until }: { by: AccountKey; named: NamedScope; reason: string; until: string },
): Promise<MakeFreezeAnswer> {
  const { store, clock } = ports
  const judged = await judgeScope(ports, by, named, 'freeze.refused')
  if (judged.kind !== 'may') return judged
  const why = readReason(reason)
  const end = readFreezeEnd(until, judged.person.account.timeZone, clock.now())
  if ('problem' in why || 'problem' in end) {
    const problems = [why, end].flatMap((read) => ('problem' in read ? [read.problem] : []))
    return { kind: 'invalid', problems }
  }
  return store.transaction(async (tx) => {
    const account = await tx.accounts.upsert(judged.person.account)
    await tx.freezes.lock()
    const now = clock.now()
    const wanted = { scope: judged.scope, reason: why.reason, endsAt: end.endsAt }
    const started = await startFreeze(tx, wanted, account, now)
    if (started.kind === 'made')
      await tx.outbox.add({ kind: 'tell_freeze', freezeId: started.freeze.id, change: 'made' }, now)
    return started
  })
}
