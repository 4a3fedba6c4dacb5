import type { Freeze } from '../../../domain/freeze.ts'
import type { Grant } from '../../../domain/grant.ts'
import type { Ports } from '../../../domain/ports.ts'
import type { RequestWithRequester } from '../../../domain/request-history.ts'
import { inBatches } from '../../../in-batches.ts'
import { findLogin, type HolderLogin } from '../../_shared/holder-login.ts'

export interface BegunActivation {
  readonly grant: Grant
  readonly asked: RequestWithRequester
  /** Null: the grant is no longer to be activated. */
  readonly login: HolderLogin | null
  /** Nothing is granted there now. */
  readonly freeze: Freeze | null
}

/** Records one more attempt to activate a grant, and reads its request. Null: there is no such grant. */
export function beginning(
  ports: Pick<Ports, 'store' | 'clock' | 'catalog'>,
): (grantId: string) => Promise<BegunActivation | null> {
  const { store, clock } = ports
  return inBatches(async (grantIds: readonly string[]) => {
    let reading: Promise<RequestWithRequester[]> = Promise.resolve([])
    const begun = await store.transaction(async (tx) => {
      const ids = [...new Set(grantIds)]
      const [locked, frozen] = await Promise.all([
        tx.grants.lockAll(ids),
        tx.freezes.holdingGrants(ids, clock.now()),
      ])
      // At the same time as the rest. The request of a grant does not change with the attempts.
      reading = store.histories.requests(locked.map(({ requestId }) => requestId))
      reading.catch(() => {})
      const found = new Map<string, Omit<BegunActivation, 'asked'>>()
      for (const grant of locked) {
        if (grant.status !== 'activating') {
          found.set(grant.id, { grant, login: null, freeze: null })
          continue
        }
        const trying = { ...grant, attempts: grant.attempts + 1 }
        const login = await findLogin(tx, ports, trying, clock.now())
        found.set(grant.id, { grant: login.grant, login, freeze: frozen.get(grant.id) ?? null })
      }
      await tx.grants.saveAll([...found.values()].flatMap(({ login }) => (login ? [login.grant] : [])))
      return found
    })
    const byRequest = new Map((await reading).map((asked) => [asked.request.id, asked]))
    return grantIds.map((grantId) => {
      const one = begun.get(grantId)
      const asked = one && byRequest.get(one.grant.requestId)
      return one && asked ? { ...one, asked } : null
    })
  })
}
