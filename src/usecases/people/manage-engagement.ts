import { type Account, isFullMember, type SlackAccount } from '../../domain/account.ts'
import { actorOf } from '../../domain/audit-event.ts'
import type { Engagement } from '../../domain/engagement.ts'
import type { EngagementView } from '../../domain/engagement-message.ts'
import type { ContractorChange } from '../../domain/policy.ts'
import type { Transaction } from '../../domain/transaction.ts'
import type { AccountKey, Identified } from '../_shared/person.ts'
import {
  type ContractorField,
  findOpen,
  type Invalid,
  identifyManager,
  type ManagePorts,
  type NotThere,
  newSponsorFacts,
  type Refused,
  refusalOf,
} from './_engagements/ask-manager.ts'
import { endEngagement, handOver, keepEnd, moveEnd } from './_engagements/change-engagement.ts'
import { readEndDay } from './_engagements/read-end-day.ts'

export type ManageAnswer =
  | { readonly kind: 'done'; readonly view: EngagementView }
  | Refused
  | Invalid
  | NotThere

interface Managed {
  readonly by: AccountKey
  readonly engagementId: string
}

/** Whether this person may make this change. Records a refusal. Throws `DirectoryUnavailable`. */
export async function mayManage(
  ports: ManagePorts,
  { by, engagementId, change }: Managed & { readonly change: ContractorChange },
): Promise<ManageAnswer> {
  const asked = await ask(ports, { by, engagementId }, change)
  return asked.kind === 'may' ? { kind: 'done', view: asked.view } : asked
}

/** Moves the end to the last minute of a day, in the time zone of the person who acts. An earlier end shortens leases. */
export async function moveEngagementEnd(
  ports: ManagePorts,
  { ends, ...managed }: Managed & { readonly ends: string },
): Promise<ManageAnswer> {
  const asked = await ask(ports, managed, 'extend')
  if (asked.kind !== 'may') return asked
  const read = readEndDay(ends, asked.manager.account.timeZone, ports.clock.now())
  if ('problem' in read) return invalid('ends', read.problem)
  return apply(ports, asked, (tx, engagement, by, now) =>
    read.endsAt.getTime() === engagement.endsAt.getTime()
      ? Promise.resolve(engagement)
      : moveEnd(ports, tx, engagement, read.endsAt, actorOf(by), now),
  )
}

/** Ends the engagement now. */
export async function endEngagementNow(ports: ManagePorts, managed: Managed): Promise<ManageAnswer> {
  const asked = await ask(ports, managed, 'end')
  if (asked.kind !== 'may') return asked
  return apply(ports, asked, (tx, engagement, by, now) => endEngagement(tx, engagement, by, now))
}

/** The sponsor has seen the notice and lets the engagement end at its time. No further notice is sent. */
export async function letEngagementEnd(ports: ManagePorts, managed: Managed): Promise<ManageAnswer> {
  const asked = await ask(ports, managed, 'end')
  if (asked.kind !== 'may') return asked
  return apply(ports, asked, (tx, engagement, by, now) => keepEnd(tx, engagement, actorOf(by), now))
}

/** Makes another employee the sponsor. */
export async function handOverEngagement(
  ports: ManagePorts,
  { sponsorUserId, ...managed }: Managed & { readonly sponsorUserId: string },
): Promise<ManageAnswer> {
  const asked = await ask(ports, managed, 'handOver', sponsorUserId)
  if (asked.kind !== 'may') return asked
  const { newSponsor } = asked
  if (!newSponsor || !isFullMember(newSponsor))
    return invalid('sponsor', 'Choose an employee with an active account.')
  return apply(ports, asked, async (tx, engagement, by, now) => {
    const account = await tx.accounts.upsert(newSponsor)
    if (account.personId === engagement.sponsor.personId && engagement.sponsor.isActive) return engagement
    const { id: accountId, personId, userId, displayName } = account
    const sponsor = { accountId, personId, userId, displayName, isActive: true }
    return handOver(tx, engagement, sponsor, actorOf(by), now)
  })
}

function invalid(field: ContractorField, message: string): Invalid {
  return { kind: 'invalid', problems: [{ field, message }] }
}

interface Permitted {
  readonly kind: 'may'
  readonly manager: Identified
  readonly view: EngagementView
  readonly newSponsor: SlackAccount | null
}

async function ask(
  ports: ManagePorts,
  { by, engagementId }: Managed,
  change: ContractorChange,
  sponsorUserId: string | null = null,
): Promise<Permitted | Refused | NotThere> {
  const manager = await identifyManager(ports, by)
  const found = await findOpen(ports, engagementId)
  if (found.kind === 'unknown') return found
  const { engagement } = found.view
  const sponsor = sponsorUserId === null ? null : await newSponsorFacts(ports, by, sponsorUserId)
  const subject = { personId: engagement.personId, engagement }
  const refused = await refusalOf(ports, manager, subject, change, sponsor?.facts ?? null)
  if (refused) return refused
  if (found.kind === 'over') return found
  return { kind: 'may', manager, view: found.view, newSponsor: sponsor?.account ?? null }
}

/** Applies the change to the engagement as it is now, unless it has ended meanwhile. */
async function apply(
  { store, clock }: Pick<ManagePorts, 'store' | 'clock'>,
  { manager, view }: Permitted,
  change: (tx: Transaction, engagement: Engagement, by: Account, now: Date) => Promise<Engagement>,
): Promise<ManageAnswer> {
  const changed = await store.transaction(async (tx) => {
    const by = await tx.accounts.upsert(manager.account)
    const now = clock.now()
    const engagement = await tx.engagements.lock(view.engagement.id)
    if (!engagement || engagement.endedAt !== null || engagement.endsAt <= now) return null
    return change(tx, engagement, by, now)
  })
  return changed ? { kind: 'done', view: { ...view, engagement: changed } } : { kind: 'over', view }
}
