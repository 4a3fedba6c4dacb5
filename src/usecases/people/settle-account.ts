import { z } from 'zod'
import type { Account } from '../../domain/account.ts'
import { daypass } from '../../domain/audit-event.ts'
import { type Engagement, holdsAt } from '../../domain/engagement.ts'
import { engagementMessage } from '../../domain/engagement-message.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { defineEffect, each } from '../_shared/define-effect.ts'
import { done, type EffectOutcome } from '../_shared/effect-outcome.ts'
import { type ClosedAccess, closeAccess, noAccess } from './_engagements/close-access.ts'
import { ofEngagement } from './_engagements/engagement-events.ts'
import { orderEngagementMessage, redrawEngagement } from './_engagements/order-engagement-messages.ts'

const data = z.object({ accountId: z.guid() })
declare module '../../domain/effect.ts' {
  interface Effects {
    /** Ordered when an account is deactivated, becomes a guest, or the reverse of these. */
    settle_account: z.infer<typeof data>
  }
}

/** `mayHold`: false for an account that may hold no access, and then holds none. */
interface Settled {
  readonly mayHold: boolean
  readonly closed: ClosedAccess
}

/**
 * Applies what Slack says of a stored account: one that is deactivated, or became a guest without an engagement, has no access;
 * engagements of a sponsor who is no longer a full member allow nothing. A repetition changes nothing.
 */
export async function settleAccount(tx: Transaction, account: Account, now: Date): Promise<Settled> {
  await settleSponsored(tx, account, now)
  const engagement = account.isDeactivated ? null : await tx.engagements.lockOpenOf(account.personId)
  const mayHold =
    !account.isDeactivated && (!account.isGuest || (engagement !== null && holdsAt(engagement, now)))
  return { mayHold, closed: mayHold ? noAccess : await offboard(tx, account, now) }
}

async function offboard(tx: Transaction, account: Account, now: Date): Promise<ClosedAccess> {
  const closed = await closeAccess(tx, [account.id], now)
  if (closed.cancelled + closed.revoking > 0) {
    await tx.audit.append({
      ...ofNoRequest({ kind: 'account', id: account.id }),
      at: now,
      actor: daypass,
      action: 'account.offboarded',
      accountId: account.id,
      details: { ...closed, why: account.isDeactivated ? 'deactivated' : 'became_guest' },
    })
  }
  return closed
}

async function settleSponsored(tx: Transaction, { personId }: Account, now: Date): Promise<void> {
  const left: string[] = []
  for (const id of await tx.engagements.openOfSponsor(personId)) {
    const engagement = await tx.engagements.lock(id)
    if (!engagement || engagement.endedAt !== null || engagement.sponsor.personId !== personId) continue
    if (engagement.sponsor.isActive) await welcomeBack(tx, engagement, now)
    else if (await closeSponsored(tx, engagement, now)) left.push(engagement.personId)
  }
  if (left.length === 0) return
  const contractors = await Promise.all(
    left.map(async (id) => (await tx.accounts.ofPerson(id))[0]?.userId ?? null),
  )
  const [sponsor] = await tx.accounts.ofPerson(personId)
  const notice = {
    kind: 'sponsor_left' as const,
    sponsorUserId: sponsor?.userId ?? '',
    contractorUserIds: contractors.flatMap((id) => id ?? []).slice(0, 20),
    contractorCount: left.length,
  }
  await tx.outbox.add({ kind: 'tell_security', at: now.toISOString(), notice }, now)
}

/** Whether this is news. */
async function closeSponsored(tx: Transaction, engagement: Engagement, now: Date): Promise<boolean> {
  const accounts = await tx.accounts.ofPerson(engagement.personId)
  const closed = await closeAccess(
    tx,
    accounts.map(({ id }) => id),
    now,
  )
  if (engagement.sponsorLeftAt) return false
  await tx.engagements.save({ ...engagement, sponsorLeftAt: now })
  const details = { ...closed, sponsor: engagement.sponsor.personId }
  await tx.audit.append(ofEngagement(engagement, 'engagement.sponsor_left', daypass, now, details))
  await orderEngagementMessage(tx, engagementMessage(engagement, 'contractor:sponsor_left'), now)
  return true
}

async function welcomeBack(tx: Transaction, engagement: Engagement, now: Date): Promise<void> {
  if (!engagement.sponsorLeftAt) return
  await tx.engagements.save({ ...engagement, sponsorLeftAt: null, generation: engagement.generation + 1 })
  await redrawEngagement(tx, engagement, now)
}

async function settle(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { accountId }: z.infer<typeof data>,
): Promise<EffectOutcome> {
  return store.transaction(async (tx) => {
    const account = await tx.accounts.find(accountId)
    if (!account) return done('there is no such account')
    const { mayHold } = await settleAccount(tx, account, clock.now())
    return done(mayHold ? 'may hold access' : 'offboarded')
  })
}

export const settleAccountEffect = defineEffect({
  kind: 'settle_account',
  data,
  queue: 'revoke',
  longestBackoffSeconds: 60,
  run: each(settle),
})
