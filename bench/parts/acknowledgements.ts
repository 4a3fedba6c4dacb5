import { setTimeout as pause } from 'node:timers/promises'
import { median, medianSpread, type Spread } from '../load/latencies.ts'
import type { LoadReport } from '../load/orders.ts'
import { approveBodies, commandBodies, type PostedCard } from '../load/payloads.ts'
import { cpuOf } from '../world/cpu.ts'
import { type Bot, type Environment, emptyTemplate, startBot, startReference } from '../world/environment.ts'
import { makePending, readCards } from '../world/pending.ts'
import { inTurn } from '../world/people.ts'
import { once } from '../world/server.ts'

export interface AckOptions {
  readonly rounds: number
  /** Requests that each server answers before anything is measured. */
  readonly warmUp: number
  readonly latencySeconds: number
  readonly throughputSeconds: number
  readonly tell: (line: string) => void
}

export type Interaction = 'command' | 'approve'
export type Candidate = 'bolt, acknowledges' | 'bolt, one commit' | 'daypass web' | 'daypass serve'

export interface AckFigures {
  readonly interaction: Interaction
  readonly candidate: Candidate
  /** At 200 a second, in milliseconds. */
  readonly latency: Spread
  /** Acknowledgements a second with 32 connections that always ask. */
  readonly saturated: number
  /** Processor time of the server process for one acknowledgement at saturation, in milliseconds. */
  readonly cpuMs: number
  /** The same of Postgres, all its processes. */
  readonly postgresCpuMs: number
  /** Not acknowledged in time, or at all, of all that were sent in all rounds. */
  readonly failed: number
  /** Acknowledged at 2.5 s, before the operation was committed. The person was not told a result. */
  readonly late: number
  readonly rounds: readonly AckRound[]
}

interface AckRound {
  readonly latency: Spread
  readonly saturated: number
  readonly cpuMs: number
  readonly postgresCpuMs: number
  readonly failed: number
  readonly late: number
  readonly generatorLag: number
}

const perSecond = 200
const connections = 32
/** Higher than any server reaches, so that no server runs out of requests. */
const mostPerSecond = { bolt: 8_000, daypass: 1_000 }

/** Measures how fast bare Bolt apps and the bot acknowledge commands and clicks, one server after the other. */
export async function measureAcknowledgements(
  environment: Environment,
  options: AckOptions,
): Promise<AckFigures[]> {
  const clicksUrl = await environment.server.create('clicks')
  await once(
    clicksUrl,
    (sql) => sql`
    create table clicks (
      id bigint generated always as identity primary key, person text not null, body jsonb not null,
      at timestamptz not null default now())`,
  )
  const references = {
    'bolt, acknowledges': await startReference(environment, 'ack', clicksUrl),
    'bolt, one commit': await startReference(environment, 'commit', clicksUrl),
  }
  const pendingCount = needed(options, mostPerSecond.daypass)
  options.tell(`submitting ${pendingCount} requests to approve`)
  const pending = 'bot_pending'
  const cards = await readCards(await makePending(environment, pending, pendingCount))
  const rounds = new Map<string, AckRound[]>()
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const interaction of ['command', 'approve'] as const) {
      const keep = (candidate: Candidate, figures: AckRound) => {
        const key = `${interaction}/${candidate}`
        rounds.set(key, [...(rounds.get(key) ?? []), figures])
        options.tell(
          `round ${round}, ${interaction}, ${candidate}: ${Math.round(figures.saturated)}/s, CPU ${figures.cpuMs.toFixed(2)} + ${figures.postgresCpuMs.toFixed(2)} ms each`,
        )
      }
      for (const candidate of ['bolt, acknowledges', 'bolt, one commit'] as const) {
        const bodies = bodiesFor(environment, interaction, cards, options, candidate)
        keep(candidate, (await measure(environment, references[candidate], bodies, options)).figures)
      }
      for (const role of ['web', 'serve'] as const) {
        const template = interaction === 'command' ? emptyTemplate : pending
        keep(`daypass ${role}`, await measureBot(environment, role, template, interaction, cards, options))
      }
    }
  }
  await Promise.all(Object.values(references).map((reference) => reference.stop()))
  return [...rounds].map(([key, all]) => summary(key, all))
}

async function measureBot(
  environment: Environment,
  role: 'web' | 'serve',
  template: string,
  interaction: Interaction,
  cards: readonly PostedCard[],
  options: AckOptions,
): Promise<AckRound> {
  const databaseUrl = await environment.server.create('bot', template)
  const bot = await startBot(environment, { role, databaseUrl })
  const bodies = bodiesFor(environment, interaction, cards, options, `daypass ${role}`)
  const { figures, ...counts } = await measure(environment, bot, bodies, options)
  await requireOnRecord(databaseUrl, interaction, counts)
  await bot.stop()
  await environment.server.drop('bot')
  return figures
}

async function measure(environment: Environment, bot: Bot, bodies: readonly string[], options: AckOptions) {
  const { warmUp, latencySeconds } = options
  const open = perSecond * latencySeconds
  const warm = await environment.load({
    url: bot.url,
    bodies: bodies.slice(0, warmUp),
    pace: { kind: 'closed', connections, seconds: 60 },
  })
  const paced = await environment.load({
    url: bot.url,
    bodies: bodies.slice(warmUp, warmUp + open),
    pace: { kind: 'open', perSecond },
  })
  const before = { bot: cpuOf(bot.pid), postgres: environment.server.cpu() }
  const full = await environment.load({
    url: bot.url,
    bodies: bodies.slice(warmUp + open),
    pace: { kind: 'closed', connections, seconds: options.throughputSeconds },
  })
  const cpuMs = (cpuOf(bot.pid) - before.bot) / full.acknowledged
  const postgresCpuMs = (environment.server.cpu() - before.postgres) / full.acknowledged
  const sum = (count: (report: LoadReport) => number) => count(warm) + count(paced) + count(full)
  const sent = sum((report) => report.sent)
  const acknowledged = sum((report) => report.acknowledged)
  const late = sum((report) => report.late)
  return {
    sent,
    acknowledged,
    late,
    figures: {
      latency: paced.latency,
      saturated: full.perSecond,
      cpuMs,
      postgresCpuMs,
      failed: sent - acknowledged,
      late,
      generatorLag: paced.generatorLag,
    },
  }
}

/** Enough bodies for one measurement. For the bot each body approves another card; a bare app may get one twice. */
function bodiesFor(
  environment: Environment,
  interaction: Interaction,
  cards: readonly PostedCard[],
  options: AckOptions,
  candidate: Candidate,
): string[] {
  const bare = candidate.startsWith('bolt')
  const count = needed(options, bare ? mostPerSecond.bolt : mostPerSecond.daypass)
  if (interaction === 'command') return commandBodies(environment, count)
  return approveBodies(
    environment,
    Array.from({ length: count }, (_, index) => inTurn(cards, index)),
  )
}

function needed({ warmUp, latencySeconds, throughputSeconds }: AckOptions, most: number): number {
  return warmUp + perSecond * latencySeconds + most * throughputSeconds
}

/**
 * Whatever was acknowledged in good time is committed by then, and what was acknowledged late is soon. What was not
 * acknowledged at all may be on record as well: that person saw an error and asks again. Nothing else is.
 */
async function requireOnRecord(
  url: string,
  interaction: Interaction,
  { sent, acknowledged, late }: { sent: number; acknowledged: number; late: number },
): Promise<void> {
  const found: number[] = []
  for (const giveUpAt = Date.now() + 60_000; Date.now() < giveUpAt; await pause(500)) {
    const count = await countOnRecord(url, interaction)
    found.push(count)
    if (count < acknowledged - late || count > sent) break
    if (count >= acknowledged) return
  }
  throw new Error(
    `Of ${sent} (${interaction}) ${acknowledged} were acknowledged, ${late} of them late, but ${found.at(-1)} are on record`,
  )
}

async function countOnRecord(url: string, interaction: Interaction): Promise<number> {
  const [row] = await once(url, (sql) =>
    interaction === 'command'
      ? sql<{ count: number }[]>`select count(*)::integer from requests`
      : sql<{ count: number }[]>`
          select count(*)::integer from decisions d join grants g using (request_id) where d.verdict = 'approve'`,
  )
  return row?.count ?? 0
}

function summary(key: string, rounds: readonly AckRound[]): AckFigures {
  const [interaction, candidate] = key.split('/') as [Interaction, Candidate]
  return {
    interaction,
    candidate,
    latency: medianSpread(rounds.map(({ latency }) => latency)),
    saturated: median(rounds.map(({ saturated }) => saturated)),
    cpuMs: median(rounds.map(({ cpuMs }) => cpuMs)),
    postgresCpuMs: median(rounds.map(({ postgresCpuMs }) => postgresCpuMs)),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
    late: rounds.reduce((sum, { late }) => sum + late, 0),
    rounds,
  }
}
