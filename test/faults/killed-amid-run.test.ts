import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { startPostgres18, type TestPostgres } from '../_postgres.ts'
import { type ActionWorld, openActionWorld } from '../actions/_action-world.ts'
import { type RunStep, runSteps, startRunWorker } from './_run-worker.ts'

/** One process holds a worker for each step, so that one kill and one wait are enough. */
let server: TestPostgres
let worlds: ActionWorld[] = []
let requestIds: string[] = []
let child: ChildProcess
const others: Awaited<ReturnType<typeof startRunWorker>>[] = []

/** What each step leaves: how many entries the journal of the target has, and the status of the run. */
const expected: Readonly<Record<RunStep, readonly [entries: number, status: string]>> = {
  'ready, before the commit of the intent': [1, 'done'],
  'the intent committed': [0, 'failed'],
  'the statement under way': [0, 'failed'],
  // Postgres had what it needed, and went on.
  'the commit under way': [1, 'done'],
  'committed at the target': [1, 'done'],
  'the outcome recorded': [1, 'done'],
}

beforeAll(async () => {
  server = await startPostgres18()
  worlds = await Promise.all(runSteps.map(() => openActionWorld(server)))
  requestIds = await Promise.all(worlds.map(prepare))
  const said = new Set<unknown>()
  const heard = (word: string) => vi.waitUntil(() => said.has(word), { timeout: 60_000, interval: 50 })
  const workers = runSteps.map((step, index) => workerOf(index, step))
  const file = fileURLToPath(new URL('./_run-worker-process.ts', import.meta.url))
  child = fork(file, [JSON.stringify(workers)], { execArgv: ['--import', 'tsx'] })
  child.on('message', (word) => said.add(word))
  await Promise.all([heard('ready'), ...runSteps.map(heard)])
  child.kill('SIGKILL')
  for (const index of runSteps.keys()) others.push(await startRunWorker(workerOf(index, null), () => {}))
}, 120_000)
afterAll(async () => {
  child?.kill('SIGKILL')
  await Promise.all(others.map((other) => other.close()))
  await Promise.all(worlds.map((world) => world.close()))
  await server.close()
}, 30_000)

it.each(runSteps)(
  'killed, %s: it was done at most once, and the record says what the target says',
  async (step) => {
    const world = worlds[runSteps.indexOf(step)]
    const id = requestIds[runSteps.indexOf(step)]
    if (!world || !id) throw new Error('no world')
    const { sql } = world.database
    const status = async () => (await sql`select status from runs where id = ${id}`)[0]?.status
    await vi.waitUntil(async () => !['waiting', 'running'].includes(await status()), {
      timeout: 60_000,
      interval: 100,
    })
    // Nothing is executed any more: the outbox has nothing of it left.
    await vi.waitUntil(
      async () =>
        (await sql`select from outbox where effect ->> 'kind' = 'run_action' and done_at is null`).length ===
        0,
      { timeout: 30_000, interval: 100 },
    )
    const { rowCount } = await world.shop.shop.query('select from public.journal')
    expect([rowCount, await status()]).toEqual(expected[step])
    const ends = await sql`
      select action from audit_events where request_id = ${id} and action in ('run.began', 'run.finished', 'run.failed') order by id`
    expect(ends.map(({ action }) => action)).toEqual([
      'run.began',
      expected[step][1] === 'done' ? 'run.finished' : 'run.failed',
    ])
  },
  90_000,
)

/** An approved request for an action that takes a while in its statement or in its commit. */
async function prepare(world: ActionWorld, index: number): Promise<string> {
  const isCommit = runSteps[index] === 'the commit under way'
  await world.shop.shop.query(`
    create function public.slowly() returns trigger language plpgsql security definer as
      $$ begin perform pg_sleep(${isCommit ? 3 : 0}); return null; end $$;
    create constraint trigger slowly after insert on public.journal deferrable initially deferred
      for each row execute function public.slowly()`)
  world.changeCatalog(journalOf(index))
  const id = await world.asked({ entry: 'x' }, 'write-entry')
  await world.approve(id)
  // The clock of the world stands still. The workers have that of the database.
  await world.database.sql`update outbox set due_at = now() where done_at is null`
  await world.owner.sql`alter table runs disable trigger runs_move_legally`
  await world.owner.sql`update runs set approved_at = now(), lapses_at = now() + interval '14 minutes'`
  await world.owner.sql`alter table runs enable trigger runs_move_legally`
  return id
}

function journalOf(index: number): (yaml: string) => string {
  const seconds = runSteps[index] === 'the statement under way' ? 3 : 0
  return (yaml) => `${yaml}
      write-entry:
        name: Write an entry
        risk: low
        parameters: { entry: { type: string, pattern: "[a-z]+" } }
        statement: insert into public.journal (entry) select :entry from pg_sleep(${seconds})
        runAs: ${worlds[index]?.shop.clerk}
        writes: { rows: 1 }
`
}

function workerOf(index: number, step: RunStep | null) {
  const world = worlds[index]
  if (!world) throw new Error('no world')
  const catalog = journalOf(index)(world.catalogText).replace(/\$\{URL\}/, world.shop.url)
  return { databaseUrl: world.url, catalog, step }
}
