import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { decideRequest } from '../../src/usecases/requests/decide-request.ts'
import { openWorld, type World, who } from '../_world.ts'
import { startGroupWorker, steps } from './_group-worker.ts'
import { addLeases } from './_more-leases.ts'

const leases = 20
/** From the kill until each lease has its outcome. */
const limitMs = 15_000

const cases = ['the only worker', 'one of two workers'].flatMap((killed) =>
  steps.map((step) => ({ killed, step })),
)
/** One process holds a worker for each case, so that one kill and one wait are enough. */
let worlds: World[] = []
let child: ChildProcess
let killedAt = 0
const others: Awaited<ReturnType<typeof startGroupWorker>>[] = []

beforeAll(async () => {
  worlds = await Promise.all(cases.map(() => openWorld()))
  await Promise.all(worlds.map(prepare))
  const said = new Set<unknown>()
  const heard = (word: string) => vi.waitUntil(() => said.has(word), { timeout: 40_000, interval: 50 })
  const workers = cases.map(({ step }, index) => ({ url: worlds[index]?.url, step }))
  const file = fileURLToPath(new URL('./_group-worker-process.ts', import.meta.url))
  child = fork(file, [JSON.stringify(workers)], { execArgv: ['--import', 'tsx'] })
  child.on('message', (word) => said.add(word))
  await heard('ready')
  await Promise.all(worlds.map(dueLeases))
  await Promise.all(worlds.map(({ url }) => heard(url)))
  await startOthers('one of two workers')
  child.kill('SIGKILL')
  killedAt = performance.now()
  await startOthers('the only worker')
}, 90_000)
afterAll(async () => {
  child?.kill('SIGKILL')
  await Promise.all(others.map((other) => other.close()))
  await Promise.all(worlds.map((world) => world.close()))
}, 30_000)

it.each(cases)(
  '$killed is killed, $step: each lease has one outcome within 15 seconds',
  async (one) => {
    const { sql } = worlds[cases.indexOf(one)]?.database ?? {}
    if (!sql) throw new Error('no world')
    const open = () => sql`select from grants where status not in ('ended', 'revoked')`
    await vi.waitUntil(async () => (await open()).length === 0, { timeout: 20_000, interval: 100 })
    const [last] = await sql<{ secondsAgo: number }[]>`
    select extract(epoch from clock_timestamp() - max(ended_at))::float8 as "secondsAgo" from grants, requests
    where requests.id = request_id and submission_key like 'more-%'`
    expect(performance.now() - (last?.secondsAgo ?? 0) * 1_000 - killedAt).toBeLessThan(limitMs)
    const outcomes = await sql`
    select count(*)::integer as events from audit_events, requests
    where requests.id = request_id and submission_key like 'more-%' and audit_events.action = 'grant.ended' group by grant_id`
    expect(outcomes.map(({ events }) => events)).toEqual(Array(leases).fill(1))
    expect(await sql`select from held_accesses`).toHaveLength(0)
  },
  30_000,
)

/** One lease, which has ended already: the others are copied from it. */
async function prepare(world: World): Promise<void> {
  const { id: requestId } = await world.ask()
  await decideRequest(world.ports, { by: who('U0DANA'), requestId, verdict: 'approve', reason: null })
  await world.processAll()
  world.clock.advance(3600)
  await world.processAll()
  const { sql } = world.database
  await sql`delete from outbox`
  await world.owner.sql`create table held_accesses (grant_id uuid primary key)`
  await world.owner.sql`grant all on held_accesses to public`
}

/** Leases that end at once, whose accesses are held. */
async function dueLeases({ owner: { sql } }: World): Promise<void> {
  await addLeases(sql, { resource: 'orders-db', count: leases, endsInSeconds: 0.2 })
  await sql`insert into held_accesses select id from grants where status = 'active'`
}

async function startOthers(killed: string): Promise<void> {
  for (const [index, one] of cases.entries()) {
    const url = worlds[index]?.url
    if (one.killed === killed && url) others.push(await startGroupWorker(url, null, () => {}))
  }
}
