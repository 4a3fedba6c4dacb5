import postgres from 'postgres'
import { createDatabaseClock } from '../../src/db/clock.ts'
import { openDatabase } from '../../src/db/database.ts'
import { createOutbox } from '../../src/db/outbox.ts'
import { createRecord } from '../../src/db/record/record.ts'
import { createStore } from '../../src/db/store.ts'
import type { AccessOrder, Connector, Evidence } from '../../src/domain/connector.ts'
import type { Directory } from '../../src/domain/directory.ts'
import type { Messenger } from '../../src/domain/messenger.ts'
import type { Store } from '../../src/domain/store.ts'
import { type Jobs, startJobs } from '../../src/jobs/start-jobs.ts'
import { loadPolicies } from '../../src/policy/load-policies.ts'
import { createPlaces } from '../../src/record/places.ts'
import { post } from '../../src/siem/destinations/http.ts'
import { runnableEffects } from '../../src/usecases/effects.ts'
import { baseCatalog, fakeVault, silent } from '../_world.ts'

/** The steps of a group of revocations, in their order. */
export const steps = ['intent committed', 'target called half-way', 'outcomes committed', 'messages'] as const
export type Step = (typeof steps)[number]

/**
 * A worker before a target that is a table (`held_accesses`), so that it outlives the worker. At `stopAt` it calls `onStop`
 * and does nothing more, as a process that is killed there.
 */
export async function startGroupWorker(databaseUrl: string, stopAt: Step | null, onStop: () => void) {
  const database = openDatabase(databaseUrl, { poolSize: 2 })
  const target = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  const clock = await createDatabaseClock(database)
  const stop = async (step: Step): Promise<void> => {
    if (step !== stopAt) return
    onStop()
    await new Promise(() => {})
  }
  const jobs: { started: Jobs | null } = { started: null }
  const base = createStore(database, (added) => jobs.started?.wake(added))
  const store: Store = {
    ...base,
    async transaction(work) {
      const result = await base.transaction(work)
      const [revoking] = await target`select from grants where status = 'revoking' limit 1`
      if (revoking) await stop('intent committed')
      return result
    },
  }
  const take = async ({ grantId }: AccessOrder<unknown>): Promise<Evidence> => {
    await target`delete from held_accesses where grant_id = ${grantId}`
    return { readAt: clock.now(), summary: 'It is gone.', facts: {} }
  }
  const connector: Connector = {
    grant: async () => ({ readAt: clock.now(), summary: 'It is there.', facts: {} }),
    revoke: take,
    revokeAll: (orders) =>
      orders.map(async (order, index) => {
        if (index >= orders.length / 2) await stop('target called half-way')
        return take(order)
      }),
    check: async () => ({ ok: true, summary: 'well' }),
    close: async () => {},
  }
  const messenger: Messenger = {
    async deliver(_, at) {
      await stop('messages')
      return at ?? { channelId: 'C0ORDERS', ts: `${performance.now()}` }
    },
    postDigest: async ({ channelId }) => ({ channelId, ts: `${performance.now()}` }),
    deliverEngagement: async (_, at) => at ?? { channelId: 'C0ORDERS', ts: `${performance.now()}` },
    tellPanic: async (_, __, { channelId }) => ({ channelId, ts: '1.000100' }),
    shareReport: async () => {},
    tellCampaign: async () => ({ channelId: 'D0DIRECT', ts: '1.000100' }),
    tellAlerts: async (_, { channelId }) => ({ channelId, ts: '1.000100' }),
    tellInsight: async () => {},
    tellSecurity: async () => {},
    tellPerson: async () => {},
    publishHome: async () => {},
  }
  const catalog = baseCatalog(() => connector)
  const policy = loadPolicies('policies', { securityLeads: catalog.security.leads })
  const connectors = { of: () => connector }
  const directory: Directory = { account: async () => null, groupMembers: async () => null }
  const record = createRecord(database)
  const places = createPlaces(post)
  const ports = {
    ...{ store, clock, catalog, policy, directory, messenger },
    ...{ connectors, record, places, vault: fakeVault },
  }
  const outbox = createOutbox(database)
  jobs.started = startJobs({
    // No queue answers here: commits and the sweep wake the runner, and the test needs fewer connections.
    backend: { kind: 'redis', url: 'redis://127.0.0.1:1' },
    role: 'worker',
    outbox: {
      ...outbox,
      async done(taken, now) {
        await stop('outcomes committed')
        return outbox.done(taken, now)
      },
    },
    clock,
    effects: runnableEffects(() => ports),
    log: silent,
  })
  return {
    async close() {
      await jobs.started?.stop(1_000)
      await Promise.all([database.close(), target.end({ timeout: 2 })])
    },
  }
}
