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
import type { Elsewhere } from './_elsewhere.ts'
import { type ElsewhereKind, openElsewhere } from './_killed-elsewhere.ts'
import { type RunStep, startRunWorker } from './_run-worker.ts'

/** A kill at one step of a run, and what it leaves: how often the target did it, and the status of the run. */
export interface Kill {
  readonly at: string
  readonly step: RunStep
  readonly leaves: readonly [times: number, status: string]
  readonly webhook?: { readonly behaviour: Behaviour; readonly reads: boolean }
  readonly elsewhere?: ElsewhereKind
  /** The target may still show it, so that it is asked again. */
  readonly isAskedAgain?: true
}

interface Place {
  readonly world: ActionWorld
  readonly receiver: WebhookReceiver | null
  readonly catalog: string
  readonly requestId: string
  /** How often the target did it. */
  times(): Promise<number | null>
}

/** Kills a worker at each of these steps. One process holds them all, so that one kill and one wait are enough. */
export function survivesKills(kills: readonly Kill[]): void {
  let server: TestPostgres
  const places: Place[] = []
  let targets: ReadonlyMap<ElsewhereKind, Elsewhere> = new Map()
  let child: ChildProcess
  const others: Awaited<ReturnType<typeof startRunWorker>>[] = []

  beforeAll(async () => {
    server = await startPostgres18()
    const kinds = [...new Set(kills.flatMap(({ elsewhere }) => elsewhere ?? []))]
    const opened = kinds.map(async (kind) => [kind, await openElsewhere(kind)] as const)
    targets = new Map(await Promise.all(opened))
    // A few at a time: each makes two databases.
    const preparing = kills.map((kill, index) => async () => prepare(server, targets, kill, index))
    while (preparing.length > 0)
      places.push(...(await Promise.all(preparing.splice(0, 3).map((start) => start()))))
    const said = new Set<unknown>()
    const heard = (word: string) => vi.waitUntil(() => said.has(word), { timeout: 120_000, interval: 50 })
    const workers = kills.map((kill, index) => workerOf(places[index], kill))
    const file = fileURLToPath(new URL('./_run-worker-process.ts', import.meta.url))
    child = fork(file, [JSON.stringify(workers)], { execArgv: ['--import', 'tsx'] })
    child.on('message', (word) => said.add(word))
    await Promise.all([heard('ready'), ...kills.map(({ at }) => heard(at))])
    child.kill('SIGKILL')
    for (const target of targets.values()) target.afterKill()
    // Nobody knows what became of these. The owners are told after a minute of silence, which is over by this.
    for (const { world } of places.filter((_, index) => kills[index]?.leaves[1] === 'outcome_unknown'))
      await world.database
        .sql`update runs set beat_at = beat_at - interval '1 minute' where status = 'running'`
    for (const index of kills.keys())
      others.push(await startRunWorker(workerOf(places[index], null), () => {}))
  }, 240_000)
  afterAll(async () => {
    child?.kill('SIGKILL')
    await Promise.all(others.map((other) => other.close()))
    await Promise.all(places.map(({ world }) => world.close()))
    await Promise.all(places.map(({ receiver }) => receiver?.close()))
    await Promise.all([...targets.values()].map((target) => target.close()))
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
      // Nothing is executed any more: the outbox has nothing of it left but a question.
      const left = kill.isAskedAgain ? 1 : 0
      await vi.waitUntil(
        async () =>
          (await sql`select from outbox where effect ->> 'kind' = 'run_action' and done_at is null`)
            .length === left,
        { timeout: 30_000, interval: 100 },
      )
      expect([await place.times(), await status()]).toEqual(kill.leaves)
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
}

/** An approved request for an action that takes a while in its statement, its commit or its call. */
async function prepare(
  server: TestPostgres,
  targets: ReadonlyMap<ElsewhereKind, Elsewhere>,
  { step, webhook, elsewhere }: Kill,
  index: number,
): Promise<Place> {
  const world = await openActionWorld(server)
  const receiver = webhook ? await startWebhookReceiver() : null
  if (webhook) receiver?.behave('action.run', webhook.behaviour)
  const target = elsewhere && targets.get(elsewhere)
  // Each has an entry of its own, because those of one kind share a target.
  const entry = 'a'.repeat(index + 1)
  const offer = target
    ? target.offer(step)
    : receiver
      ? callOf(receiver, webhook?.reads === true)
      : journalOf(world.shop.clerk, step === 'the statement under way' ? 25 : 0)
  const isCommit = step === 'the commit under way'
  await world.shop.shop.query(`
    create function public.slowly() returns trigger language plpgsql security definer as
      $$ begin perform pg_sleep(${isCommit ? 5 : 0}); return null; end $$;
    create constraint trigger slowly after insert on public.journal deferrable initially deferred
      for each row execute function public.slowly()`)
  world.changeCatalog((yaml) => `${yaml}${offer}`)
  const answer = receiver
    ? await world.ask({ invoice: '7' }, { resourceId: 'crm', entitlementId: 'resend' })
    : await world.ask(
        { entry },
        { resourceId: target ? 'elsewhere' : 'orders-db', entitlementId: 'write-entry' },
      )
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
  const times = async () => {
    if (target) return target.times(entry)
    return receiver
      ? receiver.system.done().length
      : (await world.shop.shop.query('select from public.journal')).rowCount
  }
  return { world, receiver, catalog, requestId, times }
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

function workerOf(place: Place | undefined, kill: Kill | null) {
  if (!place) throw new Error('no place')
  const { world, catalog } = place
  return { databaseUrl: world.url, catalog, step: kill?.step ?? null, name: kill?.at ?? '' }
}
