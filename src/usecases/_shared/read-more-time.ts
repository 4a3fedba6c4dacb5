import type { Entitlement } from '../../domain/catalog.ts'
import { formatDuration } from '../../domain/duration.ts'
import { accessEndsAt, type Engagement } from '../../domain/engagement.ts'
import { type ExtendedLease, leaseOf, secondsOf } from '../../domain/lease-extension.ts'
import { type LongestTime, type ReadTerms, readTerms, type TypedTerms } from './read-terms.ts'

/** The limits of the holder: nothing goes beyond the guest account and the engagement. */
interface HolderLimits {
  readonly account: { readonly guestExpiresAt: Date | null }
  readonly engagement: Pick<Engagement, 'endsAt'> | null
}

/** Reads a request for more time. The whole lease counts, so that several extensions are no way around the longest time. */
export function readMoreTime(
  entitlement: Entitlement,
  typed: TypedTerms,
  extended: Pick<ExtendedLease, 'grant'>,
  holder: HolderLimits,
): ReadTerms {
  return readTerms(entitlement, typed, longestMoreTime(entitlement, extended, holder))
}

/** The longest time that may be added to this lease now. */
export function longestMoreTime(
  entitlement: Pick<Entitlement, 'name' | 'maxDurationSeconds'>,
  { grant }: Pick<ExtendedLease, 'grant'>,
  { account, engagement }: HolderLimits,
): LongestTime {
  const lease = leaseOf(grant)
  if (!lease) return { seconds: 0, refusal: () => 'This lease is over.' }
  const { name, maxDurationSeconds } = entitlement
  const left = Math.max(0, maxDurationSeconds - secondsOf(lease))
  const limit = accessEndsAt(account.guestExpiresAt, engagement)
  const untilLimit = limit ? Math.max(0, Math.floor((limit.getTime() - lease.endsAt.getTime()) / 1000)) : null
  if (untilLimit !== null && untilLimit < left) {
    const isEngagement = engagement !== null && engagement.endsAt <= (limit ?? engagement.endsAt)
    const what = isEngagement ? 'your engagement' : 'your guest account'
    return {
      seconds: untilLimit,
      refusal: () =>
        untilLimit === 0
          ? `This lease ends with ${what}, and nothing goes beyond that.`
          : `Nothing goes beyond the end of ${what}: ${formatDuration(untilLimit)} more at the most.`,
    }
  }
  const most = formatDuration(maxDurationSeconds)
  return {
    seconds: left,
    refusal: (asked) =>
      left === 0
        ? `${name} is given for ${most} at the most, and this lease lasts as long already.`
        : `${name} is given for ${most} at the most, so this lease can go on for ${formatDuration(left)} more; you asked for ${formatDuration(asked)}.`,
  }
}
