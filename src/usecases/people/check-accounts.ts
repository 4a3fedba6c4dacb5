import type { Account } from '../../domain/account.ts'
import { accessEndsAt } from '../../domain/engagement.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { AccountKey } from '../_shared/person.ts'
import { shortenLeases } from '../_shared/shorten-leases.ts'
import { gone } from './offboard-account.ts'
import { settleAccount } from './settle-account.ts'

/**
 * Slack allows about 100 calls of `users.info` a minute (tier 4, https://docs.slack.dev/apis/web-api/rate-limits). All workers
 * together use a third of that here. Up to 300 holders and sponsors are each checked every 10 minutes.
 */
const pace = { everySeconds: 600, paceSeconds: 2 }

type CheckPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'directory'>

export type AccountCheck = 'nobody' | 'unchanged' | 'offboarded' | 'shortened'

/**
 * Checks one account that has a live grant or a pending request, or sponsors one that has, if a check is due. The event about
 * its end may have been lost. Only accounts of `teamId`, so that a token of another workspace offboards nobody. Throws
 * `DirectoryUnavailable`.
 */
export async function checkNextAccount(ports: CheckPorts, teamId: string): Promise<AccountCheck> {
  const account = await ports.store.transaction((tx) =>
    tx.accounts.claimForCheck(teamId, ports.clock.now(), pace),
  )
  return account ? check(ports, account) : 'nobody'
}

/** The same check at once, after Slack's event that this account changed. Only if it matters for access. */
export async function checkAccount(ports: CheckPorts, { teamId, userId }: AccountKey): Promise<AccountCheck> {
  const account = await ports.store.transaction(async (tx) => {
    const known = await tx.accounts.findByUserId(teamId, userId)
    if (!known) return null
    const [grants, requests, sponsored] = await Promise.all([
      tx.grants.openOf(known.id),
      tx.requests.pendingOf(known.id),
      tx.engagements.openOfSponsor(known.personId),
    ])
    return grants.length + requests.length + sponsored.length > 0 ? known : null
  })
  return account ? check(ports, account) : 'nobody'
}

async function check(ports: CheckPorts, known: Account): Promise<AccountCheck> {
  const { store, clock, directory } = ports
  const found = await directory.account(known.userId, { maxAgeSeconds: 0 })
  return store.transaction(async (tx) => {
    const now = clock.now()
    // The upsert orders what follows from a change of the account.
    const account = await tx.accounts.upsert(found ?? gone(known, now))
    if (account.isDeactivated) {
      await settleAccount(tx, account, now)
      return 'offboarded'
    }
    return (await shorten(ports, tx, account, now)) > 0 ? 'shortened' : 'unchanged'
  })
}

/** Checked even if the stored end is the same: a new request or a decision may have stored it before this check. */
async function shorten(
  ports: Pick<Ports, 'catalog'>,
  tx: Transaction,
  { id: accountId, personId, guestExpiresAt }: Account,
  now: Date,
): Promise<number> {
  const accountEndsAt = accessEndsAt(guestExpiresAt, await tx.engagements.lockOpenOf(personId))
  return accountEndsAt ? shortenLeases(ports, tx, { accountId, accountEndsAt, now }) : 0
}
