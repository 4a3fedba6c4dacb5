import { actorOf } from '../../domain/audit-event.ts'
import type { Ports } from '../../domain/ports.ts'
import { ofNoRequest } from '../_shared/audit-events.ts'
import type { AccountKey } from '../_shared/person.ts'
import { recordRefusal } from '../_shared/record-refusal.ts'
import { identifyLead } from '../_shared/security-lead.ts'

export type AcknowledgeAnswer =
  | { readonly kind: 'acknowledged'; readonly count: number }
  | { readonly kind: 'refused' | 'nothing_open' }

type AcknowledgePorts = Pick<Ports, 'store' | 'clock' | 'catalog' | 'policy' | 'directory'>

/** A security lead has read of the faults that were found until then: they are not told again. Throws `DirectoryUnavailable`. */
export async function acknowledgeFaults(
  ports: AcknowledgePorts,
  { by, until }: { by: AccountKey; until: Date },
): Promise<AcknowledgeAnswer> {
  const { person, isLead } = await identifyLead(ports, by)
  if (!isLead) {
    await recordRefusal(ports, person.account, (actor, at) => ({
      ...ofNoRequest(null),
      at,
      actor,
      action: 'audit.refused',
      details: { asked: 'acknowledge faults of the record' },
    }))
    return { kind: 'refused' }
  }
  const { store, clock } = ports
  return store.transaction(async (tx) => {
    const account = await tx.accounts.upsert(person.account)
    const at = clock.now()
    const faults = await tx.recordFaults.acknowledge(until, account.id, at)
    if (faults.length === 0) return { kind: 'nothing_open' }
    await tx.audit.append({
      ...ofNoRequest(null),
      at,
      actor: actorOf(account),
      action: 'record.fault_acknowledged',
      details: { faults: faults.slice(0, 20), count: faults.length },
    })
    return { kind: 'acknowledged', count: faults.length }
  })
}
