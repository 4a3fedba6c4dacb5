import { mkdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startOfDay } from 'date-fns/startOfDay'
import { subDays } from 'date-fns/subDays'
import { makeYear } from '../fixtures/year/year.ts'
import { openData, type PreparedDatabase, prepareDatabase } from '../src/app/data.ts'
import { keyFileOf } from '../src/app/record.ts'
import { readFiles } from '../src/config.ts'
import { makeKey, openSigner } from '../src/record/keys.ts'
import { createMemory } from '../src/record/memory.ts'
import { printLine, printTitle } from './print.ts'

const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '500' },
    days: { type: 'string', default: '365' },
    'requests-per-day': { type: 'string', default: '10' },
    seed: { type: 'string', default: '42' },
  },
})
const wanted = {
  people: whole('people', values.people, 50, 2_000),
  days: whole('days', values.days, 1, 731),
  requestsPerDay: whole('requests-per-day', values['requests-per-day'], 1, 500),
  seed: whole('seed', values.seed, 0, 4_294_967_295),
}

/** Fills an empty database with the year of a company, which ended yesterday. For looking at reports. */
async function main(): Promise<void> {
  const config = readFiles()
  mkdirSync(config.directory, { recursive: true, mode: 0o700 })
  const data = await openData(unhurried(await prepareDatabase(config)), () => {})
  try {
    const [any] = await data.database.sql`select from requests limit 1`
    if (any) throw new Error('This database has requests already. Name an empty one.')
    const keyFile = keyFileOf(config)
    await makeKey(keyFile)
    const signer = await openSigner({ keyFile, command: null })
    const memory = createMemory(`${config.directory}/record.checkpoint`)
    printTitle(`${wanted.days} days of a company of ${wanted.people} people, seed ${wanted.seed}`)
    const began = performance.now()
    const from = subDays(startOfDay(new Date()), wanted.days)
    const onDay = (day: number) => {
      if (day % 30 === 29) printLine(`  day ${day + 1}, ${Math.round((performance.now() - began) / 1000)} s`)
    }
    const { counts } = await makeYear(data, { ...wanted, from, signer, memory, onDay })
    for (const [what, count] of [...counts].toSorted()) printLine(`  ${String(count).padStart(6)}  ${what}`)
    printLine(
      `Made in ${Math.round((performance.now() - began) / 1000)} s. Look: daypass report summary --format html`,
    )
  } finally {
    await data.close()
  }
}

/** A crash may lose the last commits: then one makes the year again. Waiting for the disk at each commit would take most of the time. */
function unhurried({ url, release }: PreparedDatabase): PreparedDatabase {
  const faster = new URL(url)
  faster.searchParams.set('synchronous_commit', 'off')
  return { url: faster.href, release }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new Error(`--${name} needs a whole number from ${least} to ${most}.`)
}

await main()
