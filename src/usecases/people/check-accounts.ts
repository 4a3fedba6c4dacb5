import type { Account } from '../../domain/account.ts'
import type { Ports } from '../../domain/ports.ts'
import type { AccountKey } from '../_shared/person.ts'
import { shortenLeases } from '../_shared/shorten-leases.ts'
import { offboardAccount } from './offboard-account.ts'

/**
 * Slack allows about 100 calls of `users.info` a minute (tier 4, https://docs.slack.dev/apis/web-api/rate-limits). All workers
 * together use a third of that here. Up to 300 holders are each checked every 10 minutes.
 */
const pace = { everySeconds: 600, paceSeconds: 2 }

type CheckPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'directory'>

export type AccountCheck = 'nobody' | 'unchanged' | 'offboarded' | 'shortened'

/**
 * Checks one account that has a live grant or a pending request, if a check is due. The event about its end may have been
 * lost. Only accounts of `teamId`, so that a token of another workspace offboards nobody. Throws `DirectoryUnavailable`.
 */
export async function checkNextAccount(ports: CheckPorts, teamId: string): Promise<AccountCheck> {
  const account = await ports.store.transaction((tx) =>
    tx.accounts.claimForCheck(teamId, ports.clock.now(), pace),
  )
  return account ? check(ports, account) : 'nobody'
}

/** The same check at once, after Slack's event that this account changed. Only if it has a live grant or a pending request. */
export async function checkAccount(ports: CheckPorts, { teamId, userId }: AccountKey): Promise<AccountCheck> {
  const account = await ports.store.transaction(async (tx) => {
    const known = await tx.accounts.findByUserId(teamId, userId)
    if (!known) return null
    const [grants, requests] = await Promise.all([
      tx.grants.liveOf(known.id),
      tx.requests.pendingOf(known.id),
    ])
    return grants.length + requests.length > 0 ? known : null
  })
  return account ? check(ports, account) : 'nobody'
}

async function check(ports: CheckPorts, account: Account): Promise<AccountCheck> {
  const { store, clock, directory } = ports
  const found = await directory.account(account.userId, { maxAgeSeconds: 0 })
  if (!found || found.isDeactivated) {
    await offboardAccount(ports, account)
    return 'offboarded'
  }
  const { guestExpiresAt } = found
  const shortened = await store.transaction(async (tx) => {
    await tx.accounts.upsert(found)
    // Checked even if the stored end is the same: a new request or a decision may have stored it before this check.
    if (!guestExpiresAt) return 0
    const change = { accountId: account.id, accountEndsAt: guestExpiresAt, now: clock.now() }
    return shortenLeases(ports, tx, change)
  })
  return shortened > 0 ? 'shortened' : 'unchanged'
}
