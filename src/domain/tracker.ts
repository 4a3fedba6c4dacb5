/** Conditions on a ticket that a tracker can check. `assignee`: it is assigned to the requester. */
export const ticketRequirements = ['exists', 'open', 'assignee'] as const
export type TicketRequirement = (typeof ticketRequirements)[number]

/** A tracker of tickets, such as Jira, as the catalog configures it. Its secrets stay hidden in its functions. */
export interface Tracker {
  readonly id: string
  /** The kind, such as `jira`. A login that is confirmed for this kind counts for every tracker of it. */
  readonly kind: string
  /** For people: "Jira". */
  readonly name: string
  /** The key of the ticket in the tracker, from the text that a person typed. Null: it is no ticket of this tracker. */
  readonly keyOf: (ticket: string) => string | null
  readonly require: readonly TicketRequirement[]
  /** What becomes of a request while the tracker does not answer. */
  readonly whenDown: 'allow' | 'refuse'
  /** How often the ticket of a lease is looked up. Null: never, the tracker's webhook tells that it is closed. */
  readonly pollEverySeconds: number | null
  /** Null: there is no such ticket. Absent: this tracker cannot be asked. Throws `TrackerUnavailable`. */
  readonly find?: (key: string) => Promise<FoundTicket | null>
  /** Reads a delivery of its webhook. Absent: no secret is configured, so no delivery is believed. */
  readonly readHook?: (delivery: HookDelivery, now: Date) => HookReading
}

/** The tracker did not answer, or not as it should. The message is for operators, without secrets. */
export class TrackerUnavailable extends Error {
  override readonly name = 'TrackerUnavailable'
}

export interface FoundTicket {
  /** The name of its status, such as "In Progress". */
  readonly status: string
  readonly isOpen: boolean
  /** Empty: it is assigned to nobody. */
  readonly assignees: readonly TicketAssignee[]
}

export interface TicketAssignee {
  /** The login that does not change and that nobody chooses: Jira account id, Linear user id, GitHub login. */
  readonly login: string
  readonly displayName: string
}

/** A request to the webhook, as it was sent. */
export interface HookDelivery {
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
}

/**
 * `forged`: the signature is not that of the tracker. `stale`: too old or too new. `irrelevant`: it tells of no closed ticket. `id`: what
 * tells two deliveries with the same body apart, and is signed too.
 */
export type HookReading =
  | { readonly kind: 'closed'; readonly key: string; readonly id?: string }
  | { readonly kind: 'forged' | 'stale' | 'irrelevant' }

/** What the tracker said of the ticket of a request, when that was submitted. */
export interface TicketCheck {
  readonly trackerId: string
  readonly trackerName: string
  readonly key: string
  /** Null: the tracker did not answer, or cannot be asked. */
  readonly found: FoundTicket | null
  /** `unavailable`: it did not answer. `not_asked`: it only tells when a ticket is closed. */
  readonly outcome: 'checked' | 'unavailable' | 'not_asked'
}

/** The tracker of this ticket, and the key of the ticket there: the first that takes it. Null: none. */
export function trackerOf(
  trackers: ReadonlyMap<string, Tracker> | undefined,
  ticket: string,
): { readonly tracker: Tracker; readonly key: string } | null {
  for (const tracker of trackers?.values() ?? []) {
    const key = tracker.keyOf(ticket)
    if (key !== null) return { tracker, key }
  }
  return null
}

/** The names under which a login in this tracker may be confirmed. */
export function loginSystemsOfTracker({ id, kind }: Pick<Tracker, 'id' | 'kind'>): string[] {
  return id === kind ? [id] : [id, kind]
}

/** The names in the tracker: for display only, because people choose them. */
export function assigneesText({ assignees }: FoundTicket): string {
  return assignees.map(({ displayName }) => displayName).join(', ') || 'nobody'
}
