/** A person who may decide has said to be away. */
export interface Absence {
  readonly userId: string
  readonly until: Date
}

/** Those who are away at this time. */
export function awayAt(now: Date, absences: readonly Absence[]): ReadonlyMap<string, Date> {
  return new Map(absences.filter(({ until }) => until > now).map(({ userId, until }) => [userId, until]))
}
