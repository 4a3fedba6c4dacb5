import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import {
  type Behaviour,
  startWebhookReceiver,
  type WebhookReceiver,
} from '../../fixtures/targets/webhook-receiver.ts'
import { startPostgres18, type TestPostgres } from '../_postgres.ts'
import { type ActionWorld, openActionWorld } from '../actions/_action-world.ts'
import { type RunStep, startRunWorker } from './_run-worker.ts'

/** A kill at one step of a run, and what it leaves: how often the target did it, and the status of the run. */
interface Kill {
  readonly at: string
  readonly step: RunStep
  readonly leaves: readonly [times: number, status: string]
  readonly webhook?: { readonly behaviour: Behaviour; readonly reads: boolean }
}

const honest = { behaviour: 'honest', reads: true } as const
const kills: readonly Kill[] = [
  { at: 'postgres: ready', step: 'ready, before the commit of the intent', leaves: [1, 'done'] },
  { at: 'postgres: the intent committed', step: 'the intent committed', leaves: [0, 'failed'] },
  { at: 'postgres: the statement under way', step: 'the statement under way', leaves: [0, 'failed'] },
  // Postgres had what it needed, and went on.
  { at: 'postgres: the commit under way', step: 'the commit under way', leaves: [1, 'done'] },
  { at: 'postgres: committed at the target', step: 'committed at the target', leaves: [1, 'done'] },
  { at: 'postgres: the outcome recorded', step: 'the outcome recorded', leaves: [1, 'done'] },
  {
    at: 'webhook: ready',
    step: 'ready, before the commit of the intent',
    leaves: [1, 'done'],
    webhook: honest,
  },
  // It was not sent. The receiver says so, and refuses it from then on.
  {
    at: 'webhook: the intent committed',
    step: 'the intent committed',
    leaves: [0, 'failed'],
    webhook: honest,
  },
  {
    at: 'webhook: the call under way',
    step: 'the statement under way',
    leaves: [1, 'done'],
    webhook: { behaviour: 'does it, never answers', reads: true },
  },
  {
    at: 'webhook: the call under way, and the receiver cannot be asked',
    step: 'the statement under way',
    leaves: [1, 'outcome_unknown'],
    webhook: { behaviour: 'does it, never answers', reads: false },
  },
  { at: 'webhook: answered', step: 'committed at the target', leaves: [1, 'done'], webhook: honest },
  {
    at: 'webhook: the outcome recorded',
    step: 'the outcome recorded',
    leaves: [1, 'done'],
    webhook: honest,
  },
]

/** One process holds a worker for each, so that one kill and one wait are enough. */
let server: TestPostgres
let places: Place[] = []
let child: ChildProcess
const others: Awaited<ReturnType<typeof startRunWorker>>[] = []

interface Place {
  readonly world: ActionWorld
  readonly receiver: WebhookReceiver | null
  readonly catalog: string
  readonly requestId: string
}

beforeAll(async () => {
  server = await startPostgres18()
  places = await Promise.all(kills.map(prepare))
  const said = new Set<unknown>()
  const heard = (word: string) => vi.waitUntil(() => said.has(word), { timeout: 60_000, interval: 50 })
  const workers = kills.map((kill, index) => workerOf(index, kill))
  const file = fileURLToPath(new URL('./_run-worker-process.ts', import.meta.url))
  child = fork(file, [JSON.stringify(workers)], { execArgv: ['--import', 'tsx'] })
  child.on('message', (word) => said.add(word))
  await Promise.all([heard('ready'), ...kills.map(({ at }) => heard(at))])
  child.kill('SIGKILL')
  for (const index of kills.keys()) others.push(await startRunWorker(workerOf(index, null), () => {}))
}, 120_000)
afterAll(async () => {
  child?.kill('SIGKILL')
  await Promise.all(others.map((other) => other.close()))
  await Promise.all(places.map(({ world }) => world.close()))
  await Promise.all(places.map(({ receiver }) => receiver?.close()))
  await server.close()
}, 30_000)

it.each(kills)(
  'killed, $at: it was done at most once, and the record says what the target says',
  async (kill) => {
    const place = places[kills.indexOf(kill)]
    if (!place) throw new Error('no place')
    const { world, receiver, requestId: id } = place
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
    expect([receiver ? receiver.system.done().length : rowCount, await status()]).toEqual(kill.leaves)
    if (receiver)
      expect(receiver.calls.filter(({ type }) => type === 'action.run').length).toBe(kill.leaves[0])
    const ends = await sql`
      select action from audit_events where request_id = ${id}
        and action in ('run.began', 'run.finished', 'run.failed', 'run.outcome_unknown') order by id`
    const end = { done: 'run.finished', failed: 'run.failed' }[kill.leaves[1]] ?? 'run.outcome_unknown'
    expect(ends.map(({ action }) => action)).toEqual(['run.began', end])
  },
  90_000,
)

/** An approved request for an action that takes a while in its statement, its commit or its call. */
async function prepare({ step, webhook }: Kill): Promise<Place> {
  const world = await openActionWorld(server)
  const receiver = webhook ? await startWebhookReceiver() : null
  if (webhook) receiver?.behave('action.run', webhook.behaviour)
  const offer = receiver
    ? callOf(receiver, webhook?.reads === true)
    : journalOf(world.shop.clerk, step === 'the statement under way' ? 25 : 0)
  const isCommit = step === 'the commit under way'
  await world.shop.shop.query(`
    create function public.slowly() returns trigger language plpgsql security definer as
      $$ begin perform pg_sleep(${isCommit ? 5 : 0}); return null; end $$;
    create constraint trigger slowly after insert on public.journal deferrable initially deferred
      for each row execute function public.slowly()`)
  world.changeCatalog((yaml) => `${yaml}${offer}`)
  const what = receiver ? { resourceId: 'crm', entitlementId: 'resend' } : { entitlementId: 'write-entry' }
  const answer = await world.ask({ [receiver ? 'invoice' : 'entry']: receiver ? '7' : 'x' }, what)
  if (answer.kind !== 'submitted') throw new Error(JSON.stringify(answer))
  const requestId = answer.history.request.id
  await world.processAll()
  await world.approve(requestId)
  // The clock of the world stands still. The workers have that of the database.
  await world.database.sql`update outbox set due_at = now() where done_at is null`
  await world.owner.sql`alter table runs disable trigger runs_move_legally`
  await world.owner.sql`update runs set approved_at = now(), lapses_at = now() + interval '14 minutes'`
  await world.owner.sql`alter table runs enable trigger runs_move_legally`
  const catalog = `${world.catalogText}${offer}`.replace(/\$\{URL\}/, world.shop.url)
  return { world, receiver, catalog, requestId }
}

function journalOf(clerk: string | undefined, seconds: number): string {
  return `
      write-entry:
        name: Write an entry
        risk: low
        parameters: { entry: { type: string, pattern: "[a-z]+" } }
        statement: insert into public.journal (entry) select :entry from pg_sleep(${seconds})
        runAs: ${clerk}
        writes: { rows: 1 }
`
}

function callOf(receiver: WebhookReceiver, reads: boolean): string {
  return `
  crm:
    name: CRM
    owners: { channel: C0ORDERS, approvers: [U0DANA, S0DBAS] }
    connector:
      kind: webhook
      url: ${receiver.url()}
      secrets: [${receiver.secrets[0]}]
      signedAnswers: false
      allowHttp: true
      allowAddresses: [127.0.0.0/8]
      timeout: 30s
    entitlements: {}
    actions:
      resend:
        name: Send an invoice again
        risk: low
        parameters: { invoice: { type: string, pattern: "[0-9]+" } }
        call: resend
        reads: ${reads}
`
}

function workerOf(index: number, kill: Kill | null) {
  const place = places[index]
  if (!place) throw new Error('no place')
  const { world, catalog } = place
  return { databaseUrl: world.url, catalog, step: kill?.step ?? null, name: kill?.at ?? '' }
}
