import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { type OpenRecord, openRecord } from '../app/audit.ts'
import { ConfigError, readFiles } from '../config.ts'
import { knownZone, startOfDay } from '../domain/calendar-day.ts'
import { parseVerifierKey } from '../domain/record/checkpoint.ts'
import type { SignedCheckpoint } from '../domain/record/record-log.ts'
import { print } from './print.ts'
import { writePopulation } from './soc2/population.ts'
import { draw, type Lists, writeSample } from './soc2/sample.ts'
import { writeLog } from './soc2/write-log.ts'

export interface Soc2Arguments {
  readonly from: string
  readonly to: string
  readonly sample: string
  readonly seed: string
  readonly out: string
  readonly zone: string
  readonly texts?: boolean
}

/** `daypass audit soc2`: a folder with the population, a sample and proofs, for an auditor who trusts nobody. */
export async function writeSoc2Pack(given: Soc2Arguments): Promise<void> {
  const period = readPeriod(given)
  const opened = await openRecord(readFiles())
  try {
    const checkpoint = await opened.record.lastCheckpoint()
    const keyText = checkpoint && (await opened.record.keyAt(checkpoint.size))
    const key = keyText ? parseVerifierKey(keyText) : null
    if (!checkpoint || !key)
      throw new ConfigError('Nothing was signed yet, so nothing can be proven. A worker signs the log.')
    prepare(given.out)
    const put = (name: string, text: string) => writeFileSync(join(given.out, name), text, { mode: 0o600 })
    const happened = await writeLog(opened.record, join(given.out, 'log.jsonl'), {
      ...period,
      size: checkpoint.size,
    })
    await writePopulation(opened, join(given.out, 'population.csv'), happened, {
      ...{ from: given.from, to: given.to, timeZone: given.zone, by: userInfo().username },
    })
    const drawn = draw(happened, period)
    put('sample.csv', drawn.csv)
    await writeSample(opened, join(given.out, 'sample'), drawn.references, {
      ...{ happened, size: checkpoint.size, texts: given.texts === true },
    })
    put('checkpoint.txt', checkpoint.note)
    put('key.txt', `${key.text}\n`)
    put('key.pem', String(key.publicKey.export({ type: 'spki', format: 'pem' })))
    put(
      'period.json',
      `${JSON.stringify({ ...asText(period), seed: period.seed, sample: period.sample }, null, 2)}\n`,
    )
    put('check.mjs', ownFile('check.mjs'))
    put('README.md', readme(given, period, happened, key.text))
    await tell(opened, given, { happened, checkpoint, period })
  } finally {
    await opened.close()
  }
}

export interface Period {
  readonly from: Date
  /** Before this instant. */
  readonly to: Date
  readonly seed: number
  /** How many of each list. */
  readonly sample: number
}

function readPeriod({ from, to, zone, sample, seed }: Soc2Arguments): Period {
  if (knownZone(zone) !== zone) throw new ConfigError('--zone needs an IANA time zone such as Europe/Lisbon.')
  const [begins, ends] = [startOfDay(from, zone), startOfDay(to, zone, 1)]
  if (!begins) throw new ConfigError('--from needs a day, such as 2026-01-01.')
  if (!ends) throw new ConfigError('--to needs a day, such as 2026-12-31.')
  if (begins >= ends) throw new ConfigError('--to is before --from.')
  return {
    from: begins,
    to: ends,
    sample: whole('sample', sample, 1, 10_000),
    seed: whole('seed', seed, 0, 2 ** 32),
  }
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new ConfigError(`--${option} needs a whole number from ${least} to ${most}.`)
}

/** Only this user may read it. */
function prepare(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (readdirSync(folder).length > 0)
      throw new ConfigError(`${folder} is not empty. Name a new folder, so that nothing else is in the pack.`)
    mkdirSync(join(folder, 'sample'), { mode: 0o700 })
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(`${folder} cannot be written (${(error as NodeJS.ErrnoException).code}).`)
  }
}

function ownFile(name: string): string {
  return readFileSync(new URL(`./soc2/${name}`, import.meta.url), 'utf8')
}

function asText({ from, to }: Period): { from: string; to: string } {
  return { from: from.toISOString(), to: to.toISOString() }
}

function readme({ texts }: Soc2Arguments, period: Period, { granted, removed }: Lists, key: string): string {
  const values: Record<string, string> = {
    ...asText(period),
    ...{ key, seed: String(period.seed), sample: String(period.sample) },
    ...{ granted: String(granted.size), removed: String(removed.size) },
    texts: texts ? '; its free texts, with their salts' : '',
    freeText: texts
      ? 'the texts of the sampled requests are in `sample/`; they may be personal data'
      : 'the texts are not in this folder',
  }
  return ownFile('README.md').replace(/\{\{(\w+)\}\}/g, (mark, name) => values[name] ?? mark)
}

async function tell(
  { record, clock }: OpenRecord,
  { out }: Soc2Arguments,
  { happened, checkpoint, period }: { happened: Lists; checkpoint: SignedCheckpoint; period: Period },
): Promise<void> {
  const { granted, removed } = happened
  print(
    `${out}: ${granted.size} accesses granted, ${removed.size} removed; ${checkpoint.size} events, all signed.`,
  )
  print(`Check it as its README says: cd ${out} && node check.mjs`)
  if (period.to > clock.now()) print('The period is not over yet.')
  const newer = (await record.state()).size - checkpoint.size
  if (newer > 0) print(`${newer} newer events are not in it, because no checkpoint holds them yet.`)
}
