import type { ContractorRow } from '../../domain/engagement-message.ts'
import type { ContractorChange, PolicyResult } from '../../domain/policy.ts'
import type { AccountKey } from '../_shared/person.ts'
import { identifyManager, judgeManager, type ManagePorts } from './_engagements/ask-manager.ts'

/** A contractor with the changes that the reader may make. */
export interface ManagedContractor extends ContractorRow {
  readonly may: readonly ContractorChange[]
}

export interface ContractorList {
  readonly contractors: readonly ManagedContractor[]
  /** `all`: of every sponsor, for those who may see all. */
  readonly scope: 'mine' | 'all'
  /** Whether the reader may see those of every sponsor. */
  readonly maySeeAll: boolean
  /** Whether the reader may add a contractor, with themselves as the sponsor. */
  readonly mayAdd: boolean
  /** The sentence for a reader who may do nothing here. */
  readonly policy: PolicyResult
  /** From 1. */
  readonly page: number
  readonly pageCount: number
  readonly total: number
}

const pageSize = 8
const changes = ['extend', 'end', 'handOver', 'confirmIdentity'] as const

/** Stands for a contractor of somebody else: a person who may see that one may see all. */
const ofSomebodyElse = { personId: '*', engagement: null }

/** The open engagements that this person may see, the first to end first. Throws `DirectoryUnavailable`. */
export async function listContractors(
  ports: ManagePorts,
  { by, scope, page }: { by: AccountKey; scope: 'mine' | 'all'; page: number },
): Promise<ContractorList> {
  const manager = await identifyManager(ports, by)
  const { facts, account } = manager
  const maySeeAll = judgeManager(ports, manager, ofSomebodyElse, 'see').allowed
  const self = {
    person: facts.person,
    kind: facts.kind,
    userId: facts.userId,
    displayName: account.displayName,
    isActive: true,
  }
  const policy = judgeManager(ports, manager, ofSomebodyElse, 'add', self)
  const shown = scope === 'all' && maySeeAll ? 'all' : 'mine'
  const sponsorPersonId = shown === 'all' ? null : facts.person
  const { rows, total } = await ports.store.people.contractors({
    sponsorPersonId,
    offset: (page - 1) * pageSize,
    limit: pageSize,
  })
  const contractors = rows.flatMap((row) => {
    const subject = { personId: row.engagement.personId, engagement: row.engagement }
    if (!judgeManager(ports, manager, subject, 'see').allowed) return []
    const may = changes.filter((change) => judgeManager(ports, manager, subject, change).allowed)
    return [{ ...row, may }]
  })
  const pageCount = Math.max(1, Math.ceil(total / pageSize))
  return { contractors, scope: shown, maySeeAll, mayAdd: policy.allowed, policy, page, pageCount, total }
}
