import type { Grant } from '../../../domain/grant.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { RequestHistory } from '../../../domain/request-history.ts'
import { inBatches } from '../../../in-batches.ts'
import { fixLogin, type HolderLogin } from '../../_shared/holder-login.ts'

export interface BegunActivation {
  readonly grant: Grant
  readonly history: RequestHistory
  /** Null: the grant is no longer to be activated. */
  readonly login: HolderLogin | null
}

/** Records one more attempt to activate a grant, and reads its request. Null: there is no such grant. */
export function beginning(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog'>,
): (grantId: string) => Promise<BegunActivation | null> {
  const { store, clock } = ports
  return inBatches(async (grantIds: readonly string[]) => {
    let reading: Promise<RequestHistory[]> = Promise.resolve([])
    const begun = await store.transaction(async (tx) => {
      const locked = await tx.grants.lockAll([...new Set(grantIds)])
      // At the same time as the rest. The request of a grant does not change with the attempts.
      reading = store.histories.byRequests(locked.map(({ requestId }) => requestId))
      reading.catch(() => {})
      const found = new Map<string, Omit<BegunActivation, 'history'>>()
      for (const grant of locked) {
        if (grant.status !== 'activating') {
          found.set(grant.id, { grant, login: null })
          continue
        }
        const trying = { ...grant, attempts: grant.attempts + 1 }
        const login = await fixLogin(tx, ports, trying, clock.now())
        found.set(grant.id, { grant: login.grant, login })
      }
      await tx.grants.saveAll([...found.values()].flatMap(({ login }) => (login ? [login.grant] : [])))
      return found
    })
    const histories = await reading
    const byRequest = new Map(histories.map((history) => [history.request.id, history]))
    return grantIds.map((grantId) => {
      const one = begun.get(grantId)
      const history = one && byRequest.get(one.grant.requestId)
      return one && history ? { ...one, history } : null
    })
  })
}
