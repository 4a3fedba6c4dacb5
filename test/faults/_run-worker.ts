import { parseCatalog } from '../../src/catalog-file/read-catalog.ts'
import { connectorKinds } from '../../src/connectors/kinds.ts'
import { createConnectors } from '../../src/connectors/registry.ts'
import { createDatabaseClock } from '../../src/db/clock.ts'
import { openDatabase } from '../../src/db/database.ts'
import { createOutbox } from '../../src/db/outbox.ts'
import { createRecord } from '../../src/db/record/record.ts'
import { createStore } from '../../src/db/store.ts'
import type { Runs } from '../../src/domain/connector.ts'
import type { Directory } from '../../src/domain/directory.ts'
import type { Messenger } from '../../src/domain/messenger.ts'
import type { Store } from '../../src/domain/store.ts'
import { type Jobs, startJobs } from '../../src/jobs/start-jobs.ts'
import { loadPolicies } from '../../src/policy/load-policies.ts'
import { createPlaces } from '../../src/record/places.ts'
import { post } from '../../src/siem/destinations/http.ts'
import { trackerKinds } from '../../src/trackers/kinds.ts'
import { runnableEffects } from '../../src/usecases/effects.ts'
import { fakeVault, silent } from '../_world.ts'

/** The steps of a run, in their order. */
export type RunStep =
  | 'ready, before the commit of the intent'
  | 'the intent committed'
  | 'the statement under way'
  | 'the commit under way'
  | 'committed at the target'
  | 'the outcome recorded'

export interface RunWorker {
  readonly databaseUrl: string
  readonly catalog: string
  readonly step: RunStep | null
  /** What its process says when it has stopped at its step. */
  readonly name: string
}

/** A worker before a real Postgres. At its step it calls `onStop`, and does nothing more there, until it is killed. */
export async function startRunWorker(
  { databaseUrl, catalog: text, step: stopAt }: RunWorker,
  onStop: () => void,
) {
  const database = openDatabase(databaseUrl, { poolSize: 2 })
  const clock = await createDatabaseClock(database)
  const stop = async (step: RunStep): Promise<void> => {
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
      const [running] = await database.sql`select from runs where status = 'running' limit 1`
      if (running) await stop('the intent committed')
      return result
    },
  }
  const catalog = parseCatalog('catalog.yml', text, { environment: {}, connectorKinds, trackerKinds })
  const registry = createConnectors(catalog, () => {})
  const stopping = (runs: Runs): Runs => ({
    ...runs,
    ready: async (order) => {
      const ready = await runs.ready(order)
      await stop('ready, before the commit of the intent')
      return {
        ...ready,
        execute: async (signal) => {
          const executing = ready.execute(signal)
          // It goes on at the target meanwhile.
          await new Promise((resolve) => setTimeout(resolve, 300))
          await Promise.race([executing, stop('the statement under way'), stop('the commit under way')])
          const result = await executing
          await stop('committed at the target')
          return result
        },
      }
    },
  })
  const connectors = {
    of: (resourceId: string) => {
      const connector = registry.of(resourceId)
      return { ...connector, ...(connector.runs && { runs: stopping(connector.runs) }) }
    },
  }
  const anywhere = { channelId: 'C0ORDERS', ts: '1.000100' }
  const messenger: Messenger = {
    deliver: async () => ({ ...anywhere, ts: `${performance.now()}` }),
    postDigest: async () => anywhere,
    deliverEngagement: async () => anywhere,
    tellPanic: async () => anywhere,
    shareReport: async () => {},
    tellCampaign: async () => anywhere,
    tellAlerts: async () => anywhere,
    tellInsight: async () => {},
    tellSecurity: async () => {},
    tellPerson: async () => {},
    publishHome: async () => {},
  }
  const directory: Directory = { account: async () => null, groupMembers: async () => null }
  const policy = loadPolicies('policies', { securityLeads: catalog.security.leads })
  const ports = {
    ...{ store, clock, catalog, policy, directory, messenger, connectors, vault: fakeVault },
    ...{ record: createRecord(database), places: createPlaces(post) },
  }
  const outbox = createOutbox(database)
  jobs.started = startJobs({
    // No queue answers here: commits and the sweep wake the runner.
    backend: { kind: 'redis', url: 'redis://127.0.0.1:1' },
    role: 'worker',
    outbox: {
      ...outbox,
      async done(taken, now) {
        const [over] = await database.sql`select from runs where status not in ('waiting', 'running') limit 1`
        if (over) await stop('the outcome recorded')
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
      await registry.close()
      await database.close()
    },
  }
}
