import type { Account } from '../../domain/account.ts'
import type { Ports } from '../../domain/ports.ts'
import type { AccountKey } from '../_shared/person.ts'
import { shortenLeases } from '../_shared/shorten-leases.ts'
import { offboardAccount } from './offboard-account.ts'

/**
 * Slack allows about 100 calls of `users.info` a minute (tier 4, https://docs.slack.dev/apis/web-api/rate-limits): a third of
 * that is spent here, however many workers there are. Up to 300 holders are each asked about every 10 minutes.
 */
const pace = { everySeconds: 600, paceSeconds: 2 }

type CheckPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'directory'>

export type AccountCheck = 'nobody' | 'unchanged' | 'offboarded' | 'shortened'

/**
 * Asks Slack about one account that holds access or asks for it, if one is due: an event that told of its end may have been
 * lost. Only accounts of `teamId`, so that a token of another workspace offboards nobody. Throws `DirectoryUnavailable`.
 */
export async function checkNextAccount(ports: CheckPorts, teamId: string): Promise<AccountCheck> {
  const account = await ports.store.transaction((tx) =>
    tx.accounts.claimForCheck(teamId, ports.clock.now(), pace),
  )
  return account ? check(ports, account) : 'nobody'
}

/** Slack said that something about this account changed: the same check, at once, where it matters. */
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
    // Not only where it differs from what we knew: asking again or a decision may have told us of it before.
    if (!guestExpiresAt) return 0
    const change = { accountId: account.id, accountEndsAt: guestExpiresAt, now: clock.now() }
    return shortenLeases(ports, tx, change)
  })
  return shortened > 0 ? 'shortened' : 'unchanged'
}
