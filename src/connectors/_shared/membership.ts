import { type AccessOrder, ConnectorError, type Evidence } from '../../domain/connector.ts'

/** For connectors that make an existing login a member of something. */

/** The grants whose lease gives the same as this one. */
export function keepersOf<Content>(
  { content, alsoHeld = [] }: AccessOrder<Content>,
  idOf: (content: NonNullable<Content> | Content) => string,
): string[] {
  return alsoHeld.filter((other) => idOf(other.content) === idOf(content)).map(({ grantId }) => grantId)
}

/** The state that a read-back has shown. `of`: "the channel C0VAULT". */
export function membershipEvidence(
  { member, of, keptBy = [] }: { member: string; of: string; keptBy?: readonly string[] },
  isIn: boolean,
  readAt: Date,
  facts: Evidence['facts'],
): Evidence {
  const summary =
    keptBy.length > 0
      ? `${member} stays a member of ${of}, because another lease gives it.`
      : membershipSentence(member, of, isIn)
  return { readAt, summary, facts: { ...facts, member: isIn, ...(keptBy.length > 0 ? { keptBy } : {}) } }
}

export function membershipSentence(member: string, of: string, isIn: boolean): string {
  return `${member} ${isIn ? 'is a member' : 'is no member'} of ${of}.`
}

/** The evidence of taking away from an order that names no login. */
export function nothingGiven(): Evidence {
  const summary = 'No login was given anything, so there is nothing to take away.'
  return { readAt: new Date(), summary, facts: { login: null } }
}

export function requireLease({ until }: AccessOrder<unknown>): void {
  if (until > new Date()) return
  const message = `the lease ends ${until.toISOString()}, which is past`
  throw new ConnectorError('conflict', message, { retryable: false })
}

export function noLogin({ resourceId }: AccessOrder<unknown>): ConnectorError {
  const message = `${resourceId}: the order names no login that could become a member`
  return new ConnectorError('misconfigured', message, { retryable: false })
}

/** The target does not say what the lease gave, and neither does this version of the connector. */
export function contentNotUnderstood({ resourceId, holder }: AccessOrder<unknown>): ConnectorError {
  const message = `${resourceId}: this version of Daypass does not understand of what ${holder.identity} became a member. Take it away there by hand, or start the former version.`
  return new ConnectorError('misconfigured', message, { retryable: true })
}
