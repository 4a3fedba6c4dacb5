import { actorOf } from '../../domain/audit-event.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import { type AccountKey, freshAtClick, type Identified } from '../_shared/person.ts'
import {
  type Invalid,
  identifyManager,
  type ManagePorts,
  type Refused,
  refusalOf,
} from './_engagements/ask-manager.ts'

export type LinkAnswer = { readonly kind: 'done' } | Refused | Invalid

interface Pair {
  readonly by: AccountKey
  readonly userId: string
  readonly otherUserId: string
}

/** Says that two accounts belong to one person. Rules only become stricter. Throws `DirectoryUnavailable`. */
export async function linkAccounts(ports: ManagePorts, pair: Pair): Promise<LinkAnswer> {
  const asked = await ask(ports, pair)
  if (asked.kind !== 'may') return asked
  const { manager, accounts } = asked
  return ports.store.transaction(async (tx) => {
    const by = await tx.accounts.upsert(manager.account)
    const [one, other] = [await tx.accounts.upsert(accounts[0]), await tx.accounts.upsert(accounts[1])]
    if (one.personId === other.personId) return { kind: 'done' }
    const now = ports.clock.now()
    await tx.accounts.link({ into: one.personId, from: other.personId, at: now })
    const details = { account: one.id, other: other.id }
    const subject = { kind: 'person', id: one.personId } as const
    await tx.audit.append({
      ...ofNoRequest(subject),
      at: now,
      actor: actorOf(by),
      action: 'person.linked',
      details,
    })
    return { kind: 'done' }
  })
}

async function ask(ports: ManagePorts, { by, userId, otherUserId }: Pair) {
  const manager = await identifyManager(ports, by)
  const [one, other] = await Promise.all(
    [userId, otherUserId].map((id) => ports.directory.account(id, freshAtClick)),
  )
  if (!one || !other)
    return invalid(one ? 'other' : 'person', 'Slack knows no such account. Choose it again.')
  if (one.userId === other.userId) return invalid('other', 'Choose two different accounts.')
  const accounts = [one, other] as const
  for (const person of await ports.store.people.of(accounts)) {
    const subject = { personId: person.id, engagement: person.engagement }
    const refused = await refusalOf(ports, manager, subject, 'linkAccounts')
    if (refused) return refused
  }
  return { kind: 'may', manager, accounts } as const satisfies {
    kind: 'may'
    manager: Identified
    accounts: unknown
  }
}

function invalid(field: 'person' | 'other', message: string): Invalid {
  return { kind: 'invalid', problems: [{ field, message }] }
}
