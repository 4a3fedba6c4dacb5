import type { Account } from '../../../domain/account.ts'
import { DirectoryUnavailable } from '../../../domain/directory.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import type { Task } from '../../../domain/task.ts'
import {
  type AccountKey,
  accountKeyOf,
  freshAtClick,
  type Identified,
  identify,
} from '../../_shared/person.ts'

/** Why somebody may not answer a task. */
export type WhyNot = 'own_access' | 'not_asked' | 'guest' | 'account'

type JudgePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/**
 * Whether this person may answer the task: one whom it names, a member of a user group that it names, or a security lead, and
 * not the holder by any account. A guest must be named in person. Null in `because`: yes. Throws `DirectoryUnavailable`.
 */
export async function judgeAssignee(
  ports: JudgePorts,
  by: AccountKey,
  { requester }: Pick<RequestHistory, 'requester'>,
  { assignees }: Pick<Task, 'assignees'>,
): Promise<{ person: Identified; because: WhyNot | null }> {
  const { leads } = ports.catalog.security
  const named = [...new Set([...assignees, ...leads])]
  // The holder first: Slack may tell now that the two accounts are one person.
  const holderPerson = await personOfHolder(ports, requester)
  const person = await identify(ports, by, named, freshAtClick)
  const { facts } = person
  const isNamed = named.includes(facts.userId)
  const isMember = named.some((name) => facts.groups.includes(name))
  if (facts.isDeactivated || facts.isBot || facts.isStranger) return { person, because: 'account' }
  if (facts.person === requester.personId || facts.person === holderPerson)
    return { person, because: 'own_access' }
  if (isNamed) return { person, because: null }
  if (!isMember) return { person, because: 'not_asked' }
  return { person, because: facts.isGuest ? 'guest' : null }
}

/** As Slack knows it now. If Slack does not, as it is stored: the access must be taken away also after its holder has gone. */
async function personOfHolder(ports: JudgePorts, holder: Account): Promise<string> {
  try {
    return (await identify(ports, accountKeyOf(holder), [], freshAtClick)).facts.person
  } catch (error) {
    if (error instanceof DirectoryUnavailable) return holder.personId
    throw error
  }
}
