import { generateKeyPairSync, sign } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { openDatabase } from '../../src/db/database.ts'
import { createRecord } from '../../src/db/record/record.ts'
import { verifierKey } from '../../src/domain/record/checkpoint.ts'
import type { RecordLog } from '../../src/domain/record/record-log.ts'
import { signCheckpoint } from '../../src/usecases/record/sign-checkpoint.ts'
import { checkRecord } from '../../src/usecases/record/verify-record.ts'
import { median, type Spread, spreadOf } from '../load/latencies.ts'
import { type Environment, emptyTemplate } from '../world/environment.ts'

export interface RecordFigures {
  readonly clients: number
  /** Commits of one event each, in a second: alone, and while they get positions and checkpoints. */
  readonly plainPerSecond: number
  readonly recordedPerSecond: number
  /** From the commit of an event to the commit of its position, in milliseconds, by Postgres' own clock. */
  readonly lag: Spread
  readonly verified: {
    readonly events: number
    readonly sequencedInSeconds: number
    readonly seconds: number
  }
}

export interface RecordSize {
  readonly rounds: number
  readonly seconds: number
  readonly events: number
}

const clients = 16
const databases = {
  plain: 'bot_plain_events',
  recorded: 'bot_recorded_events',
  verified: 'bot_verified_events',
}

/** Measures appends with and without the record, and the verification of a large one. The sequencer runs in this process. */
export async function measureRecord(
  environment: Environment,
  { rounds, seconds, events }: RecordSize,
): Promise<RecordFigures> {
  const [plain, recorded]: [number[], number[]] = [[], []]
  let lag: Spread = spreadOf([])
  for (let round = 0; round < rounds; round += 1) {
    plain.push(await appends(await fresh(environment, databases.plain), seconds))
    const url = await fresh(environment, databases.recorded)
    const stop = keepRecord(url)
    recorded.push(await appends(url, seconds))
    await pause(1_500)
    await stop()
    lag = spreadOf(await lagsIn(url))
  }
  const verified = await verifyMany(await fresh(environment, databases.verified), events)
  for (const name of Object.values(databases)) await environment.server.drop(name)
  return { clients, plainPerSecond: median(plain), recordedPerSecond: median(recorded), lag, verified }
}

function fresh({ server }: Environment, name: string): Promise<string> {
  return server.create(name, emptyTemplate)
}

/** As many events as clients can append that wait for each commit. */
async function appends(url: string, seconds: number): Promise<number> {
  const sql = postgres(url, { max: clients, onnotice: () => {} })
  await sql`select 1`
  const until = performance.now() + seconds * 1000
  let count = 0
  const append = async () => {
    while (performance.now() < until) {
      await sql`insert into audit_events (at, action, details)
        values (now(), 'grant.activated', '{"summary": "The role is there.", "facts": {"connections": 0}}')`
      count += 1
    }
  }
  await Promise.all(Array.from({ length: clients }, append))
  await sql.end()
  return count / seconds
}

/** As a worker does it (`src/app/record.ts`). */
function keepRecord(url: string): () => Promise<void> {
  const database = openDatabase(url)
  const record = createRecord(database)
  let stopped = false
  const sequencing = (async () => {
    for (let round = 0; !stopped; round += 1) {
      while ((await record.sequence()) === 2_000);
      if (round % 10 === 0) await record.sequence({ late: true })
      await pause(100)
    }
  })()
  const sign = signing(record)
  const signingAll = (async () => {
    while (!stopped) {
      await sign()
      await pause(1_000)
    }
  })()
  return async () => {
    stopped = true
    await Promise.all([sequencing, signingAll])
    await database.close()
  }
}

function signing(record: RecordLog): () => Promise<unknown> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  let note: string | null = null
  const ports = {
    record,
    clock: { now: () => new Date() },
    signer: {
      key: async (name: string) => verifierKey(name, publicKey),
      sign: async (text: string) => sign(null, Buffer.from(text), privateKey),
    },
    memory: {
      last: async () => note,
      remember: async (next: string) => {
        note = next
      },
    },
  }
  return () => signCheckpoint(ports)
}

async function lagsIn(url: string): Promise<number[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const rows = await sql<{ ms: number }[]>`
    select (extract(epoch from pg_xact_commit_timestamp(l.xmin) - pg_xact_commit_timestamp(e.xmin)) * 1000)::float8 as ms
    from record_leaves l join audit_events e on e.id = l.event_id where e.action = 'grant.activated'`
  await sql.end()
  return rows.map(({ ms }) => ms)
}

async function verifyMany(url: string, events: number): Promise<RecordFigures['verified']> {
  const database = openDatabase(url)
  const record = createRecord(database)
  const filling = postgres(url, { max: 1, onnotice: () => {} })
  await filling`insert into audit_events (at, action, details)
    select now(), 'grant.activated', jsonb_build_object('summary', 'The role is there.', 'n', n) from generate_series(1, ${events}::integer) n`
  await filling`analyze audit_events`
  await filling.end()
  let since = performance.now()
  while ((await record.sequence({ most: 2_000 })) > 0);
  await signing(record)()
  const sequencedInSeconds = (performance.now() - since) / 1000
  since = performance.now()
  const clock = { now: () => new Date() }
  const report = await checkRecord({ record, clock }, { scope: 'whole', from: 0 }, { notes: [], key: null })
  const seconds = (performance.now() - since) / 1000
  await database.close()
  if (report.faults.length > 0) throw new Error(`The record is faulty: ${JSON.stringify(report.faults[0])}`)
  return { events: report.size, sequencedInSeconds, seconds }
}
