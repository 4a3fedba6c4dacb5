import type { SlackAccount } from '../../domain/account.ts'
import { actorOf } from '../../domain/audit-event.ts'
import type { EngagementView } from '../../domain/engagement-message.ts'
import type { Ports } from '../../domain/ports.ts'
import type { FieldProblem } from '../_shared/field-problem.ts'
import { type AccountKey, freshAtClick } from '../_shared/person.ts'
import {
  type ContractorField,
  type Invalid,
  identifyManager,
  type ManagePorts,
  newSponsorFacts,
  type Refused,
  refusalOf,
} from './_engagements/ask-manager.ts'
import { addEngagement } from './_engagements/change-engagement.ts'
import { readEndDay } from './_engagements/read-end-day.ts'
import { readCompany, readTags } from './_engagements/read-fields.ts'

/** The input, as the person typed it. */
export interface NewContractor {
  readonly by: AccountKey
  readonly userId: string
  readonly company: string
  /** Null: the person who acts. */
  readonly sponsorUserId: string | null
  /** A day: `2027-03-31`. The engagement ends in its last minute, in the time zone of the person who acts. */
  readonly ends: string
  readonly tags: string
}

export type AddAnswer = { readonly kind: 'added'; readonly view: EngagementView } | Refused | Invalid

/** Adds an engagement that begins now. Throws `DirectoryUnavailable`. */
export async function addContractor(ports: ManagePorts, input: NewContractor): Promise<AddAnswer> {
  const { by, userId } = input
  const manager = await identifyManager(ports, by)
  const contractor = await ports.directory.account(userId, freshAtClick)
  const company = readCompany(input.company)
  const tags = readTags(input.tags)
  const ends = readEndDay(input.ends, manager.account.timeZone, ports.clock.now())
  const problems: FieldProblem<ContractorField>[] = [
    ...('problem' in company ? [{ field: 'company', message: company.problem } as const] : []),
    ...('problem' in tags ? [{ field: 'tags', message: tags.problem } as const] : []),
    ...('problem' in ends ? [{ field: 'ends', message: ends.problem } as const] : []),
    ...contractorProblems(contractor, by),
  ]
  if (!contractor || problems.some(({ field }) => field === 'person')) return { kind: 'invalid', problems }
  const [person] = await ports.store.people.of([contractor])
  if (!person) throw new Error(`The person of ${userId} was not read`)
  const sponsor = await newSponsorFacts(ports, by, input.sponsorUserId ?? by.userId)
  const subject = { personId: person.id, engagement: person.engagement }
  const refused = await refusalOf(ports, manager, subject, 'add', sponsor.facts)
  if (refused) return refused
  if (problems.length > 0 || 'problem' in company || 'problem' in tags || 'problem' in ends)
    return { kind: 'invalid', problems }

  const id = await store(
    ports,
    { manager: manager.account, contractor, sponsor: sponsor.account },
    {
      ...company,
      ...tags,
      endsAt: ends.endsAt,
    },
  )
  const view = id === null ? null : await ports.store.people.engagement(id)
  if (view) return { kind: 'added', view }
  const message = 'This person has an open engagement. Extend that one, or end it first.'
  return { kind: 'invalid', problems: [{ field: 'person', message }] }
}

function contractorProblems(
  contractor: SlackAccount | null,
  by: AccountKey,
): FieldProblem<ContractorField>[] {
  const problem = (message: string) => [{ field: 'person', message } as const]
  if (!contractor) return problem('Slack knows no such account. Choose the person again.')
  if (contractor.isDeactivated) return problem('This account is deactivated. Activate it in Slack first.')
  if (contractor.isBot) return problem('This is an app. Only people have engagements.')
  if (contractor.isStranger || contractor.teamId !== by.teamId)
    return problem('This account belongs to another organisation. Invite the person as a guest first.')
  return []
}

function store(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  accounts: Readonly<Record<'manager' | 'contractor' | 'sponsor', SlackAccount>>,
  fields: { readonly company: string; readonly tags: readonly string[]; readonly endsAt: Date },
): Promise<string | null> {
  return store.transaction(async (tx) => {
    const by = await tx.accounts.upsert(accounts.manager)
    const { personId } = await tx.accounts.upsert(accounts.contractor)
    const { personId: sponsorPersonId } = await tx.accounts.upsert(accounts.sponsor)
    const now = clock.now()
    const engagement = { personId, sponsorPersonId, ...fields, startsAt: now, createdById: by.id }
    return (await addEngagement(tx, engagement, actorOf(by), now))?.id ?? null
  })
}
