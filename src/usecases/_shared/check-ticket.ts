import type { AuditEvent } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import type { AccessRequest } from '../../domain/request.ts'
import {
  type FoundTicket,
  loginSystemsOfTracker,
  type TicketCheck,
  type Tracker,
  TrackerUnavailable,
  trackerOf,
} from '../../domain/tracker.ts'
import type { FieldProblem } from './field-problem.ts'
import type { Identified } from './person.ts'

/** `refusal`: for the record, because nobody typed it wrongly. */
export type CheckedTicket =
  | { readonly ticketCheck: TicketCheck | null }
  | { readonly problem: FieldProblem<'ticket'>; readonly refusal: AuditEvent['details'] }

/** What the audit log keeps of a check. The names in the tracker stay on the row of the request. */
export function ticketDetails({ ticketCheck }: Pick<AccessRequest, 'ticketCheck'>): AuditEvent['details'] {
  if (!ticketCheck) return {}
  const { trackerId: tracker, outcome, found } = ticketCheck
  return { ticket: { tracker, outcome, open: found?.isOpen ?? null } }
}

/** Asks the tracker about the ticket of a request, as the catalog says. */
export async function checkTicket(
  { catalog, store }: Pick<Ports, 'catalog' | 'store'>,
  ticket: string | null,
  { facts }: Pick<Identified, 'facts'>,
): Promise<CheckedTicket> {
  const mapped = ticket === null ? null : trackerOf(catalog.trackers, ticket)
  if (!mapped) return { ticketCheck: null }
  const { tracker, key } = mapped
  const named = { trackerId: tracker.id, trackerName: tracker.name, key }
  if (!tracker.find) return { ticketCheck: { ...named, found: null, outcome: 'not_asked' } }
  try {
    const found = await tracker.find(key)
    const isAskedOf = tracker.require.includes('assignee')
    const login = isAskedOf ? await store.people.loginOf(facts.person, loginSystemsOfTracker(tracker)) : null
    const message = problemWith(tracker, key, found, login)
    if (message !== null) return problem(message, tracker)
    return { ticketCheck: { ...named, found, outcome: 'checked' } }
  } catch (error) {
    if (!(error instanceof TrackerUnavailable)) throw error
    if (tracker.whenDown === 'refuse') {
      const message = `${tracker.name} does not answer, so ${key} could not be checked. Try again in a few minutes.`
      return problem(message, tracker)
    }
    return { ticketCheck: { ...named, found: null, outcome: 'unavailable' } }
  }
}

/**
 * Null: the ticket is as the catalog requires. Only a login that somebody answerable confirmed shows whose ticket it is: an e-mail
 * address or a name in the tracker proves nothing.
 */
function problemWith(
  { name, require }: Tracker,
  key: string,
  found: FoundTicket | null,
  login: string | null,
): string | null {
  if (require.length === 0) return null
  if (!found) return `${name} has no ticket ${key}, or Daypass may not see it.`
  if (require.includes('open') && !found.isOpen) return `${key} is closed in ${name} (${found.status}).`
  if (!require.includes('assignee')) return null
  if (login === null)
    return `Nobody has confirmed your ${name} login, so Daypass cannot see whether ${key} is yours. Ask your sponsor or the security team to confirm it.`
  if (found.assignees.some((one) => one.login.toLowerCase() === login.toLowerCase())) return null
  // Whose it is may be no business of the requester.
  return `${key} is not assigned to you in ${name}.`
}

function problem(message: string, { id: tracker }: Tracker): CheckedTicket {
  return { problem: { field: 'ticket', message }, refusal: { why: 'ticket', tracker } }
}
