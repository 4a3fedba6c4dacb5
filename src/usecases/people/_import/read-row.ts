import { isFullMember, type SlackAccount } from '../../../domain/account.ts'
import { endOfDay, knownZone, startOfDay } from '../../../domain/calendar-day.ts'
import { readCompany, readLogin, readTags } from '../_engagements/read-fields.ts'

/** One line of a file of people. Each cell as it is written. */
export interface PeopleRow {
  /** The line in the file, from 1. */
  readonly line: number
  /** A Slack user id, or a confirmed address. */
  readonly account: string
  readonly company: string
  readonly sponsor: string
  readonly starts: string
  readonly ends: string
  readonly tags: string
  /** The logins by their systems. Empty: the login stays as it is. */
  readonly logins: ReadonlyMap<string, string>
}

export interface RowProblem {
  readonly line: number
  readonly column: string
  /** What is wrong, and what to do. */
  readonly message: string
}

/** A line that can be imported. */
export interface ReadRow {
  readonly line: number
  readonly contractor: SlackAccount
  readonly company: string
  readonly sponsor: SlackAccount
  /** Null: the cell is empty. Then the start stays, or is now. */
  readonly startsAt: Date | null
  readonly endsAt: Date
  readonly tags: readonly string[]
  readonly logins: ReadonlyMap<string, string>
}

export type FindMember = (idOrAddress: string) => SlackAccount | null

/** Reads a line, or says all that is wrong with it. */
export function readRow(row: PeopleRow, find: FindMember, now: Date): ReadRow | RowProblem[] {
  const problems: RowProblem[] = []
  const wrong = (column: string, message: string): null => {
    problems.push({ line: row.line, column, message })
    return null
  }
  const contractor = readContractor(row.account, find, (message) => wrong('account', message))
  const sponsor = readSponsor(row.sponsor, find, (message) => wrong('sponsor', message))
  const company = readCompany(row.company)
  const tags = readTags(row.tags)
  if ('problem' in company) wrong('company', company.problem)
  if ('problem' in tags) wrong('tags', tags.problem)
  const zone = knownZone(contractor?.timeZone ?? null)
  const startsAt = row.starts === '' ? null : readTime(row.starts, (day) => startOfDay(day, zone))
  if (row.starts !== '' && !startsAt) wrong('starts', timeProblem(row.starts))
  const endsAt = readTime(row.ends, (day) => endOfDay(day, zone))
  if (!endsAt)
    wrong(
      'ends',
      row.ends === ''
        ? 'Every engagement has an end. Write a day such as 2027-03-31.'
        : timeProblem(row.ends),
    )
  else if (endsAt <= now)
    wrong(
      'ends',
      `${row.ends} is past. Write a later day; or remove this line, and end the engagement with /contractors.`,
    )
  else if (startsAt && startsAt >= endsAt)
    wrong('ends', 'The engagement ends before it starts. Correct one of the two days.')
  for (const [system, login] of row.logins) {
    const read = login === '' ? { login } : readLogin(login)
    if ('problem' in read) wrong(`login:${system}`, read.problem)
  }
  if (problems.length > 0 || !contractor || !sponsor || !endsAt || 'problem' in company || 'problem' in tags)
    return problems
  return { line: row.line, contractor, sponsor, ...company, ...tags, startsAt, endsAt, logins: row.logins }
}

type Wrong = (message: string) => null

function readContractor(typed: string, find: FindMember, wrong: Wrong): SlackAccount | null {
  if (typed === '') return wrong('Write the Slack user id (U0…) or the confirmed address of the contractor.')
  const found = find(typed)
  if (!found) return wrong(notFound(typed))
  if (found.isDeactivated)
    return wrong(`The account ${typed} is deactivated. Remove this line, or activate the account in Slack.`)
  if (found.isBot) return wrong(`${typed} is a bot. Only people have engagements: remove this line.`)
  if (found.isStranger)
    return wrong(
      `${typed} belongs to another organisation. Invite the person as a guest of this workspace first.`,
    )
  return found
}

function readSponsor(typed: string, find: FindMember, wrong: Wrong): SlackAccount | null {
  if (typed === '')
    return wrong('Write the Slack user id (U0…) or the confirmed address of the employee who is answerable.')
  const found = find(typed)
  if (!found) return wrong(notFound(typed))
  if (!isFullMember(found))
    return wrong(
      `${typed} is deactivated, a guest, a bot or of another organisation. Name an employee with an active account.`,
    )
  return found
}

function notFound(typed: string): string {
  return typed.includes('@')
    ? `Slack knows no member with the confirmed address ${typed}. Check it, invite the person, or write the user id.`
    : `Slack knows no member ${typed}. Copy the user id from the profile in Slack, or write the address.`
}

/** A day, or an instant with its offset as an export writes it. */
function readTime(typed: string, ofDay: (day: string) => Date | null): Date | null {
  if (/^\d{4}-\d{2}-\d{2}$/.test(typed)) return ofDay(typed)
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(typed)) return null
  const at = new Date(typed)
  return Number.isNaN(at.getTime()) ? null : at
}

function timeProblem(typed: string): string {
  return `“${typed.slice(0, 40)}” is no time. Write a day such as 2027-03-31, or an instant such as 2027-03-31T16:00Z.`
}
