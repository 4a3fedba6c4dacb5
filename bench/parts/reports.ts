import { Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { openDatabase } from '../../src/db/database.ts'
import { reportDefinitions } from '../../src/db/reports/all.ts'
import { reportQuery } from '../../src/db/reports/report.ts'
import { createStore } from '../../src/db/store.ts'
import { reportFormats } from '../../src/report-formats.ts'
import { readParameters } from '../../src/usecases/reports/read-parameters.ts'
import { median } from '../load/latencies.ts'
import type { Environment } from '../world/environment.ts'
import { makeYears, pastPerson, type YearsSize } from '../world/years.ts'

export interface ReportsFigures extends YearsSize {
  readonly reports: readonly {
    readonly name: string
    readonly rows: number
    /** From the question to the last byte of the CSV. */
    readonly reportMs: number
    /** The same statements sent plainly, and their rows read. */
    readonly bareMs: number
  }[]
}

const database = 'bot_reports'

/** Each report as people ask for it without a range, as CSV, beside its bare statement. Some also over the whole past. */
export async function measureReports(
  environment: Environment,
  { repeat, ...size }: YearsSize & { readonly repeat: number },
  tell: (line: string) => void,
): Promise<ReportsFigures> {
  const url = await makeYears(environment, database, size)
  tell(`${size.requests} requests are written`)
  const opened = openDatabase(url)
  const bare = postgres(url, { max: 1, transform: postgres.camel })
  const store = createStore(opened)
  const reports: ReportsFigures['reports'][number][] = []
  for (const { name, given } of questions()) {
    const definition = reportDefinitions.find((one) => one.name === name)
    // A report with charts asks for those of others too.
    const statements = reportDefinitions.filter(
      (one) => one.name === name || definition?.chartsOf?.includes(one.name),
    )
    const now = new Date()
    const read = readParameters(store.reports.kinds, name, given, { timeZone: 'UTC', now })
    if (!definition || !read.ok) throw new Error(`${name}: ${JSON.stringify(read)}`)
    const filter = { ...read.about, resourceIds: null, exceptResourceIds: [] }
    const [ours, theirs]: [number[], number[]] = [[], []]
    let rows = 0
    // In turns, so that both meet the same caches and the same other work. The first of each is a warm-up.
    for (let round = -1; round < repeat; round += 1) {
      let since = performance.now()
      rows = await writeCsv(store, name, { about: read.about, filter, kind: read.kind })
      if (round >= 0) ours.push(performance.now() - since)
      since = performance.now()
      for (const one of statements) await one.query(reportQuery(bare, filter))
      if (round >= 0) theirs.push(performance.now() - since)
    }
    const label = given.from === undefined ? name : `${name}, everything`
    reports.push({ name: label, rows, reportMs: median(ours), bareMs: median(theirs) })
    tell(`${label}: ${rows} rows, ${Math.round(median(ours))} ms, bare ${Math.round(median(theirs))} ms`)
    await delay(0)
  }
  await bare.end()
  await opened.close()
  await environment.server.drop(database)
  return { ...size, reports }
}

function questions(): { readonly name: string; readonly given: Readonly<Record<string, string>> }[] {
  const given: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'held-on': { on: new Date(Date.now() - 30 * 86_400_000).toISOString().slice(0, 10) },
    contractor: { person: pastPerson(77) },
    activity: { request: 'AR-1042' },
    requests: { last: '90d' },
  }
  const all = reportDefinitions.map(({ name }) => ({ name, given: given[name] ?? {} }))
  const whole = ['board', 'summary', 'by-day', 'time-to-approve', 'time-over-end', 'requests']
  return [...all, ...whole.map((name) => ({ name, given: { from: '2000-01-01' } }))]
}

type Asked = {
  readonly about: Extract<ReturnType<typeof readParameters>, { ok: true }>['about']
  readonly filter: Parameters<ReturnType<typeof createStore>['reports']['read']>[1]
  readonly kind: Extract<ReturnType<typeof readParameters>, { ok: true }>['kind']
}

async function writeCsv(
  store: Pick<ReturnType<typeof createStore>, 'reports'>,
  name: string,
  { about, filter, kind }: Asked,
): Promise<number> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  let count = 0
  let end: () => Promise<void> = async () => {}
  await store.reports.read(name, filter, (charts) => {
    const writer = reportFormats.csv({ kind, about, resourceNames: null, charts }, nowhere)
    end = () => writer.end()
    return async (rows) => {
      count += rows.length
      await writer.rows(rows)
      return true
    }
  })
  await end()
  return count
}
