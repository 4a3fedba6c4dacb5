/** A contractor's contract. Nothing that the contractor holds outlives it. A person has one open engagement at the most. */
export interface Engagement {
  readonly id: string
  readonly personId: string
  readonly company: string
  readonly sponsor: Sponsor
  readonly startsAt: Date
  /** The agreed end. */
  readonly endsAt: Date
  /** In the order of the alphabet, each once. */
  readonly tags: readonly string[]
  /** The time at which it ended. Null: it is open. */
  readonly endedAt: Date | null
  /** The account that ended it. Null: it is open, or its time was over. */
  readonly endedById: string | null
  /** The time at which Daypass noticed that the sponsor had left. Null: the sponsor is there. */
  readonly sponsorLeftAt: Date | null
  /** Goes up when the end or the sponsor changes, so that notices about the former ones are not sent. */
  readonly generation: number
}

/** An engagement that has no id yet. */
export interface NewEngagement
  extends Pick<Engagement, 'personId' | 'company' | 'startsAt' | 'endsAt' | 'tags'> {
  readonly sponsorPersonId: string
  readonly createdById: string | null
}

/** The employee who is answerable for a contractor. */
export interface Sponsor {
  readonly personId: string
  readonly displayName: string
  /** The account by which Daypass reaches the sponsor. */
  readonly accountId: string
  readonly userId: string
  /** False: the account is deactivated or a guest. The engagement then allows nothing until somebody takes it over. */
  readonly isActive: boolean
}

/** Whether the engagement holds at `now`: it has begun and not ended. */
export function holdsAt({ startsAt, endsAt, endedAt }: Engagement, now: Date): boolean {
  return endedAt === null && startsAt <= now && now < endsAt
}

/** A login of a person in a target system. The sponsor, a security lead or an import confirms it, never the person. */
export interface Identity {
  readonly personId: string
  /** A kind of connector such as `github`, or the id of a resource. */
  readonly system: string
  readonly login: string
  /** The account that confirmed it. Null: an import did. */
  readonly confirmedById: string | null
  readonly confirmedAt: Date
}

/** The last instant at which a contractor may hold access. Null: there is no limit. */
export function accessEndsAt(
  guestExpiresAt: Date | null,
  engagement: Pick<Engagement, 'endsAt'> | null,
): Date | null {
  const ends = [guestExpiresAt, engagement?.endsAt ?? null].flatMap((end) => (end ? [end.getTime()] : []))
  return ends.length > 0 ? new Date(Math.min(...ends)) : null
}
