import { UnknownAccount } from '../../domain/directory.ts'
import { countsForCriticalFrom, type Passkey } from '../../domain/passkey.ts'
import type { Ports } from '../../domain/ports.ts'
import { type AccountKey, freshEnoughToShow } from '../_shared/person.ts'
import { stepUpRules } from '../_shared/proofs.ts'
import { identifyLead } from '../_shared/security-lead.ts'

export interface OwnPasskeys {
  readonly passkeys: readonly (Passkey & { readonly countsFrom: Date })[]
  /** The person may let others add a passkey. */
  readonly mayHelp: boolean
  /** There is a sign-in of the company, to which a security lead links people. */
  readonly hasSignIn: boolean
  readonly now: Date
}

/** The passkeys of the person behind this account. Throws `DirectoryUnavailable`. */
export async function listPasskeys(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>,
  by: AccountKey,
): Promise<OwnPasskeys> {
  const account = await ports.directory.account(by.userId, freshEnoughToShow)
  if (!account) throw new UnknownAccount(by.userId)
  const [person] = await ports.store.people.of([account])
  const passkeys = person ? await ports.store.passkeysOf(person.id) : []
  const { coolingSeconds, signIn } = stepUpRules(ports.catalog)
  return {
    passkeys: passkeys.map((one) => ({ ...one, countsFrom: countsForCriticalFrom(one, coolingSeconds) })),
    mayHelp: (await identifyLead(ports, by)).isLead,
    hasSignIn: signIn !== null,
    now: ports.clock.now(),
  }
}
