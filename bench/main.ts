import { parseArgs } from 'node:util'
import { describeMachine } from './machine.ts'
import { measureAcknowledgements } from './parts/acknowledgements.ts'
import { measureActivation } from './parts/approve-to-active.ts'
import { measureAudit } from './parts/audit.ts'
import { measureConnectors } from './parts/connectors.ts'
import { measureLeasesEnding } from './parts/leases-ending.ts'
import { measureMemory, soak } from './parts/memory.ts'
import { measurePanic } from './parts/panic.ts'
import { measureRecord } from './parts/record.ts'
import { measureReports } from './parts/reports.ts'
import { measureRules } from './parts/rules.ts'
import { measureStorm } from './parts/storm.ts'
import { describeResults, type Results } from './report.ts'
import { killChildren } from './world/children.ts'
import { startEnvironment } from './world/environment.ts'
import { type RedisServer, startRedis } from './world/redis.ts'
import { type Server, startServer } from './world/server.ts'

const usage = `npm run bench -- [options]
  --only acks,activation,leases,panic,storm,audit,reports,rules,connectors,record   the parts to run (these); also memory (ten minutes) and soak
  --quick                         one round and fewer of each: about five minutes
  --soak-minutes <n>              length of the soak (10)
  --rounds <n>                    rounds of acknowledgements (3)
  --profile <folder>              a .cpuprofile of each bot process
  --node-flags '<flag> ...'       flags of Node for the bot
  --json                          the figures as JSON`

const { values: flags } = parseArgs({
  options: {
    only: {
      type: 'string',
      default: 'acks,activation,leases,panic,storm,audit,reports,rules,connectors,record',
    },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    'soak-minutes': { type: 'string', default: '10' },
    profile: { type: 'string' },
    'node-flags': { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** Stops what was started. The last one started comes first. */
const endings: (() => Promise<void>)[] = []

async function run(): Promise<Results> {
  const { quick } = flags
  const parts = new Set(flags.only.split(','))
  const redis: RedisServer | null = parts.has('leases') || parts.has('storm') ? await startRedis() : null
  if (redis) endings.unshift(redis.stop)
  const server: Server = await startServer()
  endings.unshift(server.close)
  const about = describeMachine(server, redis)
  const environment = await startEnvironment(server, nodeFlags())
  endings.unshift(environment.close)
  return {
    about,
    acknowledgements: parts.has('acks')
      ? await measureAcknowledgements(environment, {
          rounds: Number(flags.rounds ?? (quick ? 1 : 3)),
          warmUp: quick ? 300 : 600,
          latencySeconds: quick ? 2 : 4,
          throughputSeconds: quick ? 1 : 2,
          tell,
        })
      : null,
    activation: parts.has('activation') ? await measureActivation(environment, quick ? 10 : 50) : null,
    leases: parts.has('leases') ? await measureLeasesEnding(environment, quick ? 100 : 1_000, redis) : null,
    panic: parts.has('panic') ? await measurePanic(environment, quick ? 150 : 1_000) : null,
    storm:
      parts.has('storm') && redis ? await measureStorm(environment, quick ? 1_000 : 10_000, redis) : null,
    audit: parts.has('audit')
      ? await measureAudit(environment, quick ? quickYears : { requests: 1_000_000, days: 730, repeat: 40 })
      : null,
    reports: parts.has('reports')
      ? await measureReports(
          environment,
          quick ? { requests: 200_000, days: 730, repeat: 2 } : { requests: 1_000_000, days: 730, repeat: 3 },
          tell,
        )
      : null,
    rules: parts.has('rules') ? await measureRules(environment, quick ? quickRules : manyRules) : null,
    connectors: parts.has('connectors') ? await measureConnectors(quick ? 10 : 50, tell) : null,
    record: parts.has('record')
      ? await measureRecord(
          environment,
          quick ? { rounds: 1, seconds: 3, events: 50_000 } : { rounds: 3, seconds: 8, events: 1_000_000 },
        )
      : null,
    memory: parts.has('memory')
      ? await measureMemory(
          environment,
          quick ? { grants: 100, requests: 1_000 } : { grants: 1_000, requests: 10_000 },
        )
      : null,
    soak: parts.has('soak') ? await soak(environment, Number(flags['soak-minutes'])) : null,
  }
}

const manyRules = { policies: 1_000, people: 5_000, resources: 2_000, rows: 200, repeat: 20 }
const quickRules = { ...manyRules, people: 500, repeat: 5 }
const quickYears = { requests: 50_000, days: 365, repeat: 5 }

/** The flags of Node for the processes of the bot. */
function nodeFlags(): string[] {
  const profiling = flags.profile ? ['--cpu-prof', `--cpu-prof-dir=${flags.profile}`] : []
  return [...profiling, ...flags['node-flags'].split(' ').filter((flag) => flag !== '')]
}

const startedAt = performance.now()
function tell(line: string): void {
  process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${line}\n`)
}

async function end(code: number): Promise<never> {
  killChildren()
  for (const ending of endings) await ending().catch(() => {})
  process.exit(code)
}

if (flags.help) {
  process.stdout.write(`${usage}\n`)
} else {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(130))
  try {
    const results = await run()
    process.stdout.write(`${flags.json ? JSON.stringify(results, null, 2) : describeResults(results)}\n`)
    await end(0)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    await end(1)
  }
}
