import { addSeconds } from 'date-fns/addSeconds'
import type { SlackAccount } from '../../domain/account.ts'
import { type Actor, type AuditEvent, actorOf } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import type { RefusalCount, Transaction } from '../../domain/transaction.ts'
import { tellSecurityOnce } from '../rules/tell-security.ts'
import { ofNoRequest } from './audit-events.ts'

const windowSeconds = 60
/** The number of refusals of one account in a minute that have an event each. */
const listedPerWindow = 10

/**
 * Records that a person was refused. After ten refusals in a minute, the others are only counted. `refusals.omitted` has the
 * count: at the 1st, 2nd, 4th, 8th ... refusal without an event, and the exact number at the first refusal after that minute.
 * A refusal with another action or subject than those in this minute always has an event: repetitions must not hide it.
 */
export async function recordRefusal(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  refused: SlackAccount,
  eventOf: (actor: Actor, at: Date, accountId: string) => AuditEvent,
): Promise<void> {
  await store.transaction(async (tx) => {
    const account = await tx.accounts.upsert(refused)
    const now = clock.now()
    const earlier = await tx.refusals.lock(account.id, now)
    const isOver = now >= addSeconds(earlier.since, windowSeconds)
    const since = isOver ? now : earlier.since
    const count: RefusalCount = { since, refused: isOver ? 1 : earlier.refused + 1 }
    const event = eventOf(actorOf(account), now, account.id)
    await tellFailedEvaluation(tx, event)
    if (isOver && !isTold(earlier)) await tellOmitted(tx, account.id, earlier, now)
    if (omittedOf(count) > 0 && !(await tx.refusals.isListed(event, since))) return tx.audit.append(event)
    await tx.refusals.save(account.id, count)
    if (omittedOf(count) === 0) await tx.audit.append(event)
    else if (isTold(count)) await tellOmitted(tx, account.id, count, now)
  })
}

/** Nobody notices a policy that fails, because it only refuses. */
async function tellFailedEvaluation(tx: Transaction, { policy, at, ...event }: AuditEvent): Promise<void> {
  if (policy?.outcome !== 'error') return
  const { action, errors } = policy
  const { resourceId, entitlementId } = event
  await tellSecurityOnce(tx, errors.join(' '), at, {
    kind: 'policies_not_evaluated',
    ...{ action, resourceId, entitlementId, errors },
  })
}

function omittedOf({ refused }: RefusalCount): number {
  return Math.max(0, refused - listedPerWindow)
}

/** Whether the log has this count: 0 needs no event, and each power of two has an event already. */
function isTold(count: RefusalCount): boolean {
  const omitted = omittedOf(count)
  return (omitted & (omitted - 1)) === 0
}

async function tellOmitted(
  tx: Transaction,
  accountId: string,
  count: RefusalCount,
  now: Date,
): Promise<void> {
  const omitted = omittedOf(count)
  await tx.audit.append({
    ...ofNoRequest({ kind: 'account', id: accountId }),
    at: now,
    actor: actorOf({ id: accountId }),
    action: 'refusals.omitted',
    details: {
      omitted,
      since: count.since.toISOString(),
      message: `${omitted} more were refused within a minute and are not listed`,
    },
  })
}
