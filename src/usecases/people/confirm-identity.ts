import { actorOf } from '../../domain/audit-event.ts'
import type { Identity } from '../../domain/engagement.ts'
import { signInSystem } from '../../domain/step-up.ts'
import { type AccountKey, freshAtClick } from '../_shared/person.ts'
import {
  type Invalid,
  identifyManager,
  type ManagePorts,
  type Refused,
  refusalOf,
} from './_engagements/ask-manager.ts'
import { identityEvent } from './_engagements/engagement-events.ts'
import { readLogin } from './_engagements/read-fields.ts'

export type IdentityAnswer =
  | { readonly kind: 'done'; readonly identities: readonly Identity[] }
  | Refused
  | Invalid

/** A kind of connector or the id of a resource. */
const systemPattern = /^[a-z0-9][a-z0-9-]{0,62}$/

/**
 * Confirms or withdraws the login of a person in a target system. `login` null withdraws it. Never by the person. Throws
 * `DirectoryUnavailable`.
 */
export async function confirmIdentity(
  ports: ManagePorts,
  { by, userId, system, login }: { by: AccountKey; userId: string; system: string; login: string | null },
): Promise<IdentityAnswer> {
  const manager = await identifyManager(ports, by)
  const account = await ports.directory.account(userId, freshAtClick)
  if (!account) return invalid('person', 'Slack knows no such account. Choose the person again.')
  const [person] = await ports.store.people.of([account])
  if (!person) throw new Error(`The person of ${userId} was not read`)
  const subject = { personId: person.id, engagement: person.engagement }
  const refused = await refusalOf(ports, manager, subject, 'confirmIdentity')
  if (refused) return refused
  if (!systemPattern.test(system))
    return invalid('system', 'Write a kind of connector such as github, or the id of a resource.')
  // A taken-over account of a lead or sponsor must not say who somebody is. The lead proves who they are first.
  if (system === signInSystem && login !== null)
    return invalid('system', 'Link the company’s sign-in on the Home tab of Daypass: Passkeys….')
  const read = login === null ? null : readLogin(login)
  if (read && 'problem' in read) return invalid('login', read.problem)
  return ports.store.transaction(async (tx): Promise<IdentityAnswer> => {
    const confirmer = await tx.accounts.upsert(manager.account)
    const now = ports.clock.now()
    const stored = (await tx.identities.of(person.id)).find((one) => one.system === system)
    if (read && stored?.login !== read.login) {
      const identity = { personId: person.id, system, ...read, confirmedById: confirmer.id, confirmedAt: now }
      if (!(await tx.identities.confirm(identity)))
        return invalid('login', `Another person has this login at ${system}. Withdraw it there first.`)
      await tx.audit.append(identityEvent(identity, 'identity.confirmed', actorOf(confirmer), now))
    }
    if (!read && stored) {
      await tx.identities.withdraw(person.id, system)
      await tx.audit.append(identityEvent(stored, 'identity.withdrawn', actorOf(confirmer), now))
    }
    return { kind: 'done', identities: await tx.identities.of(person.id) }
  })
}

function invalid(field: 'person' | 'system' | 'login', message: string): Invalid {
  return { kind: 'invalid', problems: [{ field, message }] }
}
