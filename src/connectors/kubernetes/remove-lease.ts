import { type AccessOrder, ConnectorError } from '../../domain/connector.ts'
import { type Account, accountPath, accountsOf, requestToken } from './accounts.ts'
import { type Binding, earliest, listBindings, placeText } from './bindings.ts'
import { accountNameIn, bindingsOf, isAccountOf, removeBindings } from './lease.ts'
import type { Api, Target } from './target.ts'

/**
 * In seconds. A holder with rights on bindings can make them as fast as they are removed, until its token is refused. The API
 * server remembers an accepted token for 10 seconds:
 * https://github.com/kubernetes/kubernetes/blob/v1.20.2/pkg/kubeapiserver/authenticator/config.go
 */
export const tokensAreRemembered = 12

/** All that was found of a lease and removed. */
export interface Removed {
  readonly bindings: readonly Binding[]
  readonly accounts: readonly Account[]
  /** Bindings that name an account of the lease, among others, and that Daypass may not change. */
  readonly left: readonly Binding[]
  /** Tokens of the latest account that nobody has used. None: there was no account. */
  readonly probes: readonly string[]
  /** All bindings of the cluster at the last look. */
  readonly all: readonly Binding[]
}

/**
 * Removes bindings and accounts of the lease until a look finds none. `beside` is asked at the same time as each look after the
 * first, and its answer at the last one is returned; null where the first look found nothing.
 */
export async function removeLease<T = null>(
  target: Target,
  api: Api,
  grantId: string,
  beside: (accounts: readonly Account[]) => Promise<T | null> = async () => null,
): Promise<Removed & { beside: T | null }> {
  const bindings = new Map<string, Binding>()
  const accounts = new Map<string, Account>()
  let probes: readonly string[] = []
  const until = Date.now() + Math.min(tokensAreRemembered, target.settings.timeout / 2) * 1_000
  for (let look = 1; ; look += 1) {
    const [found, all, answer] = await Promise.all([
      listAccounts(target, api, grantId),
      listBindings(api),
      look === 1 ? null : beside([...accounts.values()]),
    ])
    const mine = bindingsOf(target, grantId, all)
    const [left, tokens]: [Binding[], readonly string[]] = await Promise.all([
      removeBindings(target, api, grantId, mine),
      look === 1 ? probesOf(target, api, found[0]) : probes,
    ])
    probes = tokens
    const names = new Set([...found.map(({ name }) => name), ...accountsIn(target, grantId, mine)])
    await Promise.all([...names].map((name) => api.remove(accountPath(target, name))))
    for (const binding of mine) bindings.set(placeText(binding), binding)
    for (const account of found) accounts.set(account.name, account)
    if (found.length === 0 && mine.length === left.length)
      return {
        bindings: [...bindings.values()],
        accounts: [...accounts.values()],
        left,
        probes,
        all,
        beside: answer,
      }
    if (Date.now() > until) throw comesBack(target, mine)
  }
}

/** The accounts of the lease that its bindings name. */
function accountsIn(target: Target, grantId: string, bindings: readonly Binding[]): string[] {
  const subjects = bindings.flatMap((binding) => binding.subjects)
  return subjects.filter((subject) => isAccountOf(target, grantId, subject)).map(accountNameIn)
}

async function listAccounts(target: Target, api: Api, grantId: string): Promise<Account[]> {
  return target.settings.access === 'user' ? [] : accountsOf(target, api, grantId)
}

/** Tokens made just for the read-back, which asks about the second one if it asked too early about the first. */
async function probesOf(target: Target, api: Api, account: Account | undefined): Promise<string[]> {
  if (!account) return []
  const make = () =>
    requestToken(target, api, account.name, 0).then(
      ({ token }) => [token],
      (error) => {
        if (error instanceof ConnectorError && !error.retryable) return []
        throw error
      },
    )
  return (await Promise.all([make(), make()])).flat()
}

/** When the lease began, by the record of its grant, or else by what was found of it. */
export function sinceOf({ given }: AccessOrder<unknown>, { bindings, accounts }: Removed): Date | null {
  if (typeof given?.since === 'string') return new Date(given.since)
  if (bindings.length > 0) return earliest(bindings)
  return accounts[0]?.createdAt ?? null
}

function comesBack({ resourceId }: Target, bindings: readonly Binding[]): ConnectorError {
  const places = bindings.map((binding) => placeText(binding)).slice(0, 5)
  const message = `${resourceId}: somebody goes on making bindings or accounts for a lease that ends: ${places.join(', ') || 'a ServiceAccount'}. See in the audit log of the cluster who does, and take that right away.`
  return new ConnectorError('still_present', message, { retryable: true })
}
