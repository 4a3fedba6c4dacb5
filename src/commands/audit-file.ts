import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { z } from 'zod'
import { ConfigError } from '../config.ts'
import type { LeafEvent } from '../domain/record/leaf.ts'
import type { RecordEntry, RecordLog, SaidOpening } from '../domain/record/record-log.ts'

/** An export: a heading, the signed checkpoints, and every event in its order. One JSON value a line. */
const heading = z.object({
  daypassRecord: z.literal(1),
  origin: z.string(),
  /** The key that signed the first checkpoint. Null: nobody has signed. */
  key: z.string().nullable(),
  checkpoints: z.array(z.string()),
})
export type ExportHeading = z.infer<typeof heading>

const entry = z.object({
  position: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  event: z.looseObject({ v: z.literal(1), action: z.string(), details: z.unknown() }).nullable(),
})
const opening = z.object({
  commitment: z.string(),
  field: z.string(),
  opened: z.object({ salt: z.string(), text: z.string() }).nullable(),
})

/** Writes the record as it is now. The texts go to a file of their own, or nowhere: the record needs none of them. */
export async function writeExport(
  record: RecordLog,
  path: string,
  textsPath: string | null,
): Promise<number> {
  const checkpoints = (await record.checkpoints(0)).map(({ note }) => note)
  const { origin, size } = await record.state()
  const key = await record.keyAt(0)
  const head: ExportHeading = { daypassRecord: 1, origin, key, checkpoints }
  await writeLines(path, async function* () {
    yield [head]
    for await (const entries of record.entries(0))
      yield entries
        .filter(({ position }) => position < size)
        .map(({ position, hash, event }) => ({ position, hash: hash?.toString('hex'), event }))
  })
  if (textsPath !== null) await writeLines(textsPath, () => record.openings(null))
  return size
}

async function writeLines(path: string, batches: () => AsyncIterable<readonly unknown[]>): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600 })
  await once(file, 'open')
  for await (const batch of batches())
    if (!file.write(batch.map((line) => `${JSON.stringify(line)}\n`).join(''))) await once(file, 'drain')
  file.end()
  await once(file, 'close')
}

/** Reads an export. Throws `ConfigError` with the line that cannot be read. */
export async function readExport(
  path: string,
): Promise<{ heading: ExportHeading; entries: AsyncIterable<readonly RecordEntry[]> }> {
  const lines = numberedLines(path)
  const first = await lines.next()
  const head = heading.safeParse(first.done ? null : parsed(path, first.value))
  if (!head.success) throw new ConfigError(`${path} is no export of an audit log.`)
  return { heading: head.data, entries: entriesIn(path, lines) }
}

async function* entriesIn(path: string, lines: AsyncIterable<NumberedLine>): AsyncIterable<RecordEntry[]> {
  for await (const line of lines) {
    const read = entry.safeParse(parsed(path, line))
    if (!read.success) throw new ConfigError(`${path}:${line.number}: this is no entry of the log.`)
    const { position, hash, event } = read.data
    yield [{ position, hash: Buffer.from(hash, 'hex'), event: event as LeafEvent | null }]
  }
}

/** Reads the texts of an export. */
export async function* readTexts(path: string): AsyncIterable<SaidOpening> {
  for await (const line of numberedLines(path)) {
    const read = opening.safeParse(parsed(path, line))
    if (!read.success) throw new ConfigError(`${path}:${line.number}: this is no text of the log.`)
    yield read.data as SaidOpening
  }
}

interface NumberedLine {
  readonly number: number
  readonly text: string
}

async function* numberedLines(path: string): AsyncGenerator<NumberedLine, void> {
  const file = createReadStream(path)
  await once(file, 'open').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(`${path} cannot be read (${error.code}).`)
  })
  let number = 0
  for await (const text of createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    if (text !== '') yield { number, text }
  }
}

function parsed(path: string, { number, text }: NumberedLine): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ConfigError(`${path}:${number}: this line is no JSON.`)
  }
}
