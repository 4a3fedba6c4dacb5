import { Queue, Worker } from 'bullmq'
import postgres from 'postgres'
import { readCatalog } from '../../src/catalog-file/read-catalog.ts'
import { connectorKinds } from '../../src/connectors/kinds.ts'
import { createDatabaseClock } from '../../src/db/clock.ts'
import { openDatabase } from '../../src/db/database.ts'
import { createOutbox } from '../../src/db/outbox.ts'
import { createRecord } from '../../src/db/record/record.ts'
import { createStore } from '../../src/db/store.ts'
import type { Connector, Evidence } from '../../src/domain/connector.ts'
import type { Directory } from '../../src/domain/directory.ts'
import type { Messenger } from '../../src/domain/messenger.ts'
import { type Jobs, startJobs } from '../../src/jobs/start-jobs.ts'
import { loadPolicies } from '../../src/policy/load-policies.ts'
import { createPlaces } from '../../src/record/places.ts'
import { post } from '../../src/siem/destinations/http.ts'
import { runnableEffects } from '../../src/usecases/effects.ts'
import { openVault } from '../../src/vault.ts'
import { fromRoot } from '../world/children.ts'
import { evidence } from '../world/years.ts'

// Ends the leases of a database: as a worker of Daypass does, before targets and a Slack that do nothing (`daypass`), or as
// one job of BullMQ for each lease, which makes one transaction (`bare`).
const [mode, databaseUrl = '', redisUrl = '', catalogPath = ''] = process.argv.slice(2)

async function startDaypass(): Promise<void> {
  const database = openDatabase(databaseUrl)
  const clock = await createDatabaseClock(database)
  const jobs: { started: Jobs | null } = { started: null }
  const store = createStore(database, (added) => jobs.started?.wake(added))
  const absent = async (): Promise<Evidence> => ({ readAt: clock.now(), summary: 'It is gone.', facts: {} })
  const connector: Connector = {
    grant: absent,
    revoke: absent,
    revokeAll: (orders) => orders.map(absent),
    check: async () => ({ ok: true, summary: 'well' }),
    close: async () => {},
  }
  const messenger: Messenger = {
    deliver: async (_, at) => at ?? { channelId: 'C0ORDERS', ts: `${performance.now()}` },
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
  const catalog = readCatalog(catalogPath, { environment: {}, connectorKinds })
  const policy = loadPolicies(fromRoot('policies'), { securityLeads: catalog.security.leads })
  const connectors = { of: () => connector }
  const directory: Directory = { account: async () => null, groupMembers: async () => null }
  const record = createRecord(database)
  const places = createPlaces(post)
  const vault = openVault(fromRoot('.daypass/output-key'))
  const ports = {
    ...{ store, clock, catalog, policy, directory, messenger },
    ...{ connectors, record, places, vault },
  }
  jobs.started = startJobs({
    backend: redisUrl ? { kind: 'redis', url: redisUrl } : { kind: 'postgres', url: databaseUrl },
    role: 'worker',
    outbox: createOutbox(database),
    clock,
    effects: runnableEffects(() => ports),
    log: { debug() {}, info() {}, warn: console.warn, error: console.error },
  })
}

/** Updates the grant, and inserts an audit event and an effect: in one flight, without triggers and foreign keys. */
async function startBare(): Promise<void> {
  const sql = postgres(databaseUrl, { max: 10, connection: { session_replication_role: 'replica' } })
  const end = (id: string) =>
    sql.begin((tx) => [
      tx`update grants set status = 'ended', revocation_cause = 'lease_ended', revocation_started_at = now(), ended_at = now(),
          removed = ${evidence}::text::jsonb where id = ${id} and status = 'active'`,
      tx`insert into audit_events (at, action, subject_kind, subject_id, grant_id, details)
          values (now(), 'grant.ended', 'grant', ${id}, ${id}, ${evidence}::text::jsonb)`,
      tx`insert into outbox (effect, due_at) values (jsonb_build_object('kind', 'deliver_message', 'grantId', ${id}::text), now())`,
    ])
  const { hostname: host, port } = new URL(redisUrl)
  const connection = { host, port: Number(port), maxRetriesPerRequest: null }
  const queue = new Queue('bare', { connection })
  const due = await sql<{ id: string; ms: number }[]>`
    select id, (extract(epoch from lease_ends_at - clock_timestamp()) * 1000)::float8 as ms from grants where status = 'active'`
  for (let from = 0; from < due.length; from += 500) {
    const jobs = due.slice(from, from + 500).map(({ id, ms }) => ({
      name: 'end',
      data: { id },
      opts: { delay: Math.max(0, Math.ceil(ms)), removeOnComplete: true },
    }))
    await queue.addBulk(jobs)
  }
  const worker = new Worker<{ id: string }>('bare', async ({ data }) => void (await end(data.id)), {
    connection,
    concurrency: 100,
  })
  worker.on('error', console.error)
  worker.on('failed', (_, error) => console.error(error))
}

await (mode === 'daypass' ? startDaypass() : startBare())
process.send?.({})
