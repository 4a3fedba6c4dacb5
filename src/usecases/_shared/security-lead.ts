import { isFullMember } from '../../domain/account.ts'
import { isNamedIn } from '../../domain/policy.ts'
import type { Ports } from '../../domain/ports.ts'
import { personFrozen } from './frozen.ts'
import { type AccountKey, freshAtClick, type Identified, identify } from './person.ts'

type LeadPorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/**
 * Identifies a person, and says whether the catalog names this person as a security lead, with an account that is a full member of this
 * workspace. A lead who is frozen is none meanwhile: the account may be in wrong hands. Throws `DirectoryUnavailable`.
 */
export async function identifyLead(
  ports: LeadPorts,
  by: AccountKey,
): Promise<{ readonly person: Identified; readonly isLead: boolean }> {
  const { leads } = ports.catalog.security
  const person = await identify(ports, by, leads, freshAtClick)
  const isNamedLead = isNamedIn(leads, person.facts) && isFullMember(person.facts)
  return { person, isLead: isNamedLead && !(await isFrozen(ports, person)) }
}

function isFrozen({ store, clock }: LeadPorts, { account }: Identified): Promise<boolean> {
  return store.transaction(async (tx) => {
    const freeze = await personFrozen(tx, await tx.accounts.upsert(account), clock.now())
    return freeze !== null
  })
}
