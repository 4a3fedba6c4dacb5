import { daypass } from '../../../domain/audit-event.ts'
import type { Engagement, Sponsor } from '../../../domain/engagement.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { Transaction } from '../../../domain/transaction.ts'
import { addEngagement, correct, handOver, moveEnd } from '../_engagements/change-engagement.ts'
import { identityEvent } from '../_engagements/engagement-events.ts'
import type { ReadRow, RowProblem } from './read-row.ts'

/** What an import does with one line. `changes` is empty: the line says what is stored. */
export interface ImportedRow {
  readonly line: number
  readonly who: string
  readonly kind: 'added' | 'changed' | 'unchanged'
  /** For people: `ends 2027-01-31T22:59:00Z, was 2026-12-31T22:59:00Z`. */
  readonly changes: readonly string[]
}

/** Brings the engagement and the logins of one person to what the line says. */
export async function importRow(
  ports: Pick<Ports, 'catalog'>,
  tx: Transaction,
  row: ReadRow,
  now: Date,
): Promise<ImportedRow | { readonly problem: RowProblem }> {
  const contractor = await tx.accounts.upsert(row.contractor)
  const sponsor = await tx.accounts.upsert(row.sponsor)
  const wrong = (column: string, message: string) => ({ problem: { line: row.line, column, message } })
  if (sponsor.personId === contractor.personId)
    return wrong(
      'sponsor',
      'Nobody sponsors themselves, not even with a second account. Name another employee.',
    )
  if (sponsor.kind !== 'employee')
    return wrong(
      'sponsor',
      `${sponsor.userId} is a contractor, and a sponsor is an employee. Name another one.`,
    )
  const { id: accountId, personId, userId, displayName } = sponsor
  const named: Sponsor = { accountId, personId, userId, displayName, isActive: true }

  const open = await tx.engagements.lockOpenOf(contractor.personId)
  const current = open && open.endsAt > now ? open : null
  const changes = current ? await change(ports, tx, current, row, named, now) : []
  if (!current) {
    const { company, tags, endsAt } = row
    const times = { startsAt: row.startsAt ?? now, endsAt }
    const fields = {
      personId: contractor.personId,
      company,
      tags,
      sponsorPersonId: personId,
      createdById: null,
    }
    if (!(await addEngagement(tx, { ...fields, ...times }, daypass, now)))
      return wrong('account', 'Somebody added an engagement at this moment. Import again.')
  }
  for (const [system, login] of row.logins) {
    if (login === '') continue
    const stored = (await tx.identities.of(contractor.personId)).find((one) => one.system === system)
    if (stored?.login === login) continue
    const identity = { personId: contractor.personId, system, login, confirmedById: null, confirmedAt: now }
    if (!(await tx.identities.confirm(identity)))
      return wrong(
        `login:${system}`,
        `Another person has the login ${login} at ${system}. Correct one of the two.`,
      )
    await tx.audit.append(identityEvent(identity, 'identity.confirmed', daypass, now))
    changes.push(`login:${system} ${login}${stored ? `, was ${stored.login}` : ''}`)
  }
  const kind = current ? (changes.length > 0 ? 'changed' : 'unchanged') : 'added'
  const added = [`sponsor ${named.userId}`, `ends ${row.endsAt.toISOString()}`]
  return {
    line: row.line,
    who: contractor.userId,
    kind,
    changes: kind === 'added' ? [...added, ...changes] : changes,
  }
}

/** Brings an open engagement to what the line says. Resolves with the differences. */
async function change(
  ports: Pick<Ports, 'catalog'>,
  tx: Transaction,
  before: Engagement,
  { company, tags, startsAt, endsAt }: ReadRow,
  sponsor: Sponsor,
  now: Date,
): Promise<string[]> {
  const changes: string[] = []
  let engagement = before
  const corrections = {
    ...(company === before.company ? {} : { company }),
    ...(tags.join() === before.tags.join() ? {} : { tags }),
    ...(startsAt && startsAt.getTime() !== before.startsAt.getTime() ? { startsAt } : {}),
  }
  for (const field of Object.keys(corrections))
    changes.push(`${field === 'startsAt' ? 'starts' : field} changed`)
  if (changes.length > 0) engagement = await correct(tx, engagement, corrections, daypass, now)
  if (sponsor.personId !== before.sponsor.personId) {
    changes.push(`sponsor ${sponsor.userId}, was ${before.sponsor.userId}`)
    engagement = await handOver(tx, engagement, sponsor, daypass, now)
  }
  if (endsAt.getTime() !== before.endsAt.getTime()) {
    changes.push(`ends ${endsAt.toISOString()}, was ${before.endsAt.toISOString()}`)
    await moveEnd(ports, tx, engagement, endsAt, daypass, now)
  }
  return changes
}
