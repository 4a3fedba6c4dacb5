import { type AccessOrder, ConnectorError, type HeldLease } from '../../domain/connector.ts'
import { type Account, leasesOf } from './accounts.ts'
import type { Invitations } from './invitations.ts'
import { type Access, accessOf, type GitHubEntitlement } from './schema.ts'
import type { GitHub, Target } from './target.ts'

export type Order = AccessOrder<GitHubEntitlement>
export type AccessTo<Kind extends Access['kind']> = Extract<Access, { kind: Kind }>

/** One operation for one account. */
export interface Work<Kind extends Access['kind'], Of extends Account = Account> {
  readonly target: Target
  readonly github: GitHub
  readonly invitations: Invitations
  readonly order: Order
  readonly access: AccessTo<Kind>
  readonly account: Of
}

interface Other<Kind extends Access['kind']> extends HeldLease<GitHubEntitlement> {
  readonly access: AccessTo<Kind>
}

/** Other live leases of the account that give something in the same place. */
export function othersHere<Kind extends Access['kind']>(
  { order, account, access }: Work<Kind>,
  isSamePlace: (other: AccessTo<Kind>) => boolean,
): Other<Kind>[] {
  return leasesOf(order, account).flatMap((lease) => {
    const other = accessOf(lease.content)
    return isKind(other, access.kind) && isSamePlace(other) ? [{ ...lease, access: other }] : []
  })
}

function isKind<Kind extends Access['kind']>(access: Access, kind: Kind): access is AccessTo<Kind> {
  return access.kind === kind
}

/** An account as people read it. */
export function nameOf({ id, login }: Account): string {
  return login ?? `The deleted account ${id}`
}

/** Somebody who changes it back at the same moment, or a GitHub that is late, is met so many times. */
export const mostChanges = 4

/** Milliseconds to wait before the change after so many. Not everything that GitHub took shows at once. */
export function pauseBefore(changes: number): number {
  return changes === 0 ? 0 : 150 * 2 ** changes
}

/** `where`: "in the team platform". */
export function changedBack(
  { target, account }: Pick<Work<Access['kind']>, 'target' | 'account'>,
  where: string,
  code: 'conflict' | 'still_present',
): ConnectorError {
  const message = `${target.resourceId}: what ${nameOf(account)} has ${where} is not as it was written, though GitHub took each change. Somebody changes it back, or GitHub is late.`
  return new ConnectorError(code, message, { retryable: true })
}
