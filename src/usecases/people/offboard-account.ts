import type { Account, SlackAccount } from '../../domain/account.ts'
import type { Ports } from '../../domain/ports.ts'
import type { AccountKey } from '../_shared/person.ts'
import { type ClosedAccess, noAccess } from './_engagements/close-access.ts'
import { settleAccount } from './settle-account.ts'

/** The account was deactivated: cancels its pending requests and revokes its grants. A repetition changes nothing. */
export async function offboardAccount(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { teamId, userId }: AccountKey,
): Promise<ClosedAccess> {
  return store.transaction(async (tx) => {
    const known = await tx.accounts.findByUserId(teamId, userId)
    if (!known) return noAccess
    const now = clock.now()
    return (await settleAccount(tx, await tx.accounts.upsert(gone(known, now)), now)).closed
  })
}

/** What Slack would say of an account that it has no more. */
export function gone(known: Account, fetchedAt: Date): SlackAccount {
  const { teamId, userId, displayName, confirmedEmail, timeZone, isGuest, guestExpiresAt } = known
  const facts = { teamId, userId, displayName, confirmedEmail, timeZone, isGuest, guestExpiresAt, fetchedAt }
  return { ...facts, isDeactivated: true, isBot: false, isStranger: false }
}
