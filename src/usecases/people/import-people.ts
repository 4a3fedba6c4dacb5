import type { SlackAccount } from '../../domain/account.ts'
import { daypass } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import type { Transaction } from '../../domain/transaction.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { type ImportedRow, importRow } from './_import/import-row.ts'
import {
  type FindMember,
  type PeopleRow,
  type ReadRow,
  type RowProblem,
  readRow,
} from './_import/read-row.ts'

export type ImportAnswer =
  | { readonly kind: 'imported' | 'dry_run'; readonly rows: readonly ImportedRow[] }
  /** Nothing was stored. In the order of the lines. */
  | { readonly kind: 'invalid'; readonly problems: readonly RowProblem[] }

type ImportPorts = Pick<Ports, 'store' | 'clock' | 'catalog'>

/**
 * Brings engagements and confirmed logins to what the lines say, in one transaction: all lines or none. People who are in no
 * line stay as they are. A dry run does the same and takes it back. `members`: all accounts of the workspace.
 */
export async function importPeople(
  ports: ImportPorts,
  {
    rows,
    members,
    dryRun,
  }: { rows: readonly PeopleRow[]; members: readonly SlackAccount[]; dryRun: boolean },
): Promise<ImportAnswer> {
  const now = ports.clock.now()
  const find = findIn(members)
  const read = rows.map((row) => readRow(row, find, now))
  const unreadable = read.flatMap((row) => (Array.isArray(row) ? row : []))
  if (unreadable.length > 0) return { kind: 'invalid', problems: unreadable }
  const readable = read.flatMap((row) => (Array.isArray(row) ? [] : [row]))
  try {
    return await ports.store.transaction(async (tx): Promise<ImportAnswer> => {
      const answer = await importAll(ports, tx, readable, now)
      if (answer.kind === 'invalid' || dryRun) throw new TakenBack(answer)
      return answer
    })
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error
    const { answer } = error
    return answer.kind === 'imported' ? { ...answer, kind: 'dry_run' } : answer
  }
}

/** Rolls the transaction back. */
class TakenBack extends Error {
  readonly answer: ImportAnswer
  constructor(answer: ImportAnswer) {
    super('taken back')
    this.answer = answer
  }
}

async function importAll(
  ports: Pick<Ports, 'catalog'>,
  tx: Transaction,
  rows: readonly ReadRow[],
  now: Date,
): Promise<ImportAnswer> {
  // All accounts first: an account of a later line may be the second account of a person in an earlier one.
  const people = new Map<string, SlackAccount>()
  for (const { contractor, sponsor } of rows)
    for (const one of [contractor, sponsor]) people.set(one.userId, one)
  for (const one of people.values()) await tx.accounts.upsert(one)
  const seen = new Map<string, number>()
  const imported: ImportedRow[] = []
  const problems: RowProblem[] = []
  for (const row of rows) {
    const { personId } = await tx.accounts.upsert(row.contractor)
    const earlier = seen.get(personId)
    if (earlier !== undefined) {
      const message = `Line ${earlier} is about the same person. Keep one line for each person.`
      problems.push({ line: row.line, column: 'account', message })
      continue
    }
    seen.set(personId, row.line)
    const outcome = await importRow(ports, tx, row, now)
    if ('problem' in outcome) problems.push(outcome.problem)
    else imported.push(outcome)
  }
  if (problems.length > 0) return { kind: 'invalid', problems }
  const count = (kind: ImportedRow['kind']) => imported.filter((row) => row.kind === kind).length
  const details = { added: count('added'), changed: count('changed'), unchanged: count('unchanged') }
  await tx.audit.append({ ...ofNoRequest(null), at: now, actor: daypass, action: 'people.imported', details })
  return { kind: 'imported', rows: imported }
}

/** By user id, or by confirmed address. An address that two accounts have belongs to one person: the first full member counts. */
function findIn(members: readonly SlackAccount[]): FindMember {
  const byId = new Map(members.map((member) => [member.userId, member]))
  const byAddress = new Map<string, SlackAccount>()
  const rank = ({ isDeactivated, isGuest }: SlackAccount) => Number(isDeactivated) * 2 + Number(isGuest)
  for (const member of members.toSorted((a, b) => rank(b) - rank(a)))
    if (member.confirmedEmail) byAddress.set(member.confirmedEmail, member)
  return (typed) =>
    (typed.includes('@') ? byAddress.get(typed.toLowerCase()) : byId.get(typed.toUpperCase())) ?? null
}
