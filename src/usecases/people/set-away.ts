import { actorOf } from '../../domain/audit-event.ts'
import { endOfDay, knownZone } from '../../domain/calendar-day.ts'
import { UnknownAccount } from '../../domain/directory.ts'
import type { Ports } from '../../domain/ports.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import type { FieldProblem } from '../_shared/field-problem.ts'
import { type AccountKey, freshAtClick } from '../_shared/person.ts'

export type SetAwayAnswer =
  | { readonly kind: 'saved' }
  | { readonly kind: 'invalid'; readonly problem: FieldProblem<'until'> }

/**
 * A person says to be away until the end of a day, or to be back (`lastDay` null). Reminders then do not call this person. It gives
 * nobody else a right to decide. Throws `DirectoryUnavailable`.
 */
export async function setAway(
  { store, clock, directory }: Pick<Ports, 'store' | 'clock' | 'directory'>,
  { by, lastDay }: { by: AccountKey; lastDay: string | null },
): Promise<SetAwayAnswer> {
  const known = await directory.account(by.userId, freshAtClick)
  if (!known) throw new UnknownAccount(by.userId)
  const now = clock.now()
  const until = lastDay === null ? now : endOfDay(lastDay, knownZone(known.timeZone))
  if (!until || (lastDay !== null && until <= now))
    return { kind: 'invalid', problem: { field: 'until', message: 'Choose today or a later day.' } }
  await store.transaction(async (tx) => {
    const account = await tx.accounts.upsert(known)
    await tx.absences.save(account.id, until)
    await tx.audit.append({
      ...ofNoRequest({ kind: 'account', id: account.id }),
      ...{ at: now, actor: actorOf(account), action: 'account.away', accountId: account.id },
      details: { until: lastDay === null ? null : until.toISOString() },
    })
  })
  return { kind: 'saved' }
}
