import type { Account, SlackAccount } from '../../domain/account.ts'
import type { Ports } from '../../domain/ports.ts'
import { type AccountKey, freshAtClick } from './person.ts'

/** As Slack knows the account, or as Daypass stored it. Null: nobody has this id. Throws `DirectoryUnavailable`. */
export async function findAccount(
  { store, directory }: Pick<Ports, 'store' | 'directory'>,
  who: AccountKey,
): Promise<Account | null> {
  const known: SlackAccount | null = await directory.account(who.userId, freshAtClick)
  return store.transaction((tx) =>
    known ? tx.accounts.upsert(known) : tx.accounts.findByUserId(who.teamId, who.userId),
  )
}
