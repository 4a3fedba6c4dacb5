import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { ConnectorError } from '../domain/connector.ts'
import type { Connectors, Ports } from '../domain/ports.ts'
import { StartupRefused } from '../domain/startup-refused.ts'
import type { PersonTasks } from '../domain/task.ts'
import type { Logger } from '../logger.ts'
import { type EmergencyEntry, emergencyEntry } from '../usecases/emergency/emergency-entry.ts'
import { recordEmergency } from '../usecases/emergency/record-emergency.ts'
import { type Emergency, revokeInEmergency } from '../usecases/emergency/revoke-in-emergency.ts'
import { openConnectors } from './connectors.ts'
import { openData, prepareDatabase } from './data.ts'
import { readRules } from './rules.ts'

/** What became of one target. A text: why nothing was done there. */
export interface EmergencyOutcome {
  readonly resourceId: string
  readonly entries: readonly EmergencyEntry[] | string
  /** Why the entries could not be written. Null: they are in the folder. */
  readonly unwritten: string | null
}

/** Where emergency revocations wait to be put on record. A worker of this machine reads it when the database answers. */
export function emergencyFolderOf({ directory }: Pick<Config, 'directory'>): string {
  return join(directory, 'emergency')
}

/** Takes away everything at these targets, with the catalog alone. Needs neither the database, nor Redis, nor Slack. */
export async function revokeWithoutDatabase(
  config: Pick<Config, 'catalogPath' | 'policiesPath' | 'directory'>,
  { resourceId, ...emergency }: Emergency & { readonly resourceId: string | null },
  log: Logger,
): Promise<EmergencyOutcome[]> {
  const { catalog } = readRules(config)
  const ids = resourceId === null ? [...catalog.resources.keys()] : [resourceId]
  const unknown = ids.find((id) => !catalog.resources.has(id))
  if (unknown !== undefined) throw new StartupRefused(`The catalog has no resource "${unknown}".`)
  const connectors = openConnectors(catalog, log, noTasks)
  try {
    return await Promise.all(ids.map((id) => revokeAt(connectors, id, emergency, emergencyFolderOf(config))))
  } finally {
    await connectors.close()
  }
}

/** Never rejects: whatever fails at one target, or on this disk, must not keep the others open. */
export async function revokeAt(
  connectors: Connectors,
  resourceId: string,
  emergency: Emergency,
  folder: string,
): Promise<EmergencyOutcome> {
  let begun: string | null = null
  let unwritten: string | null = null
  const note = async (entries: readonly EmergencyEntry[]): Promise<string | null> => {
    try {
      return await write(folder, entries)
    } catch (error) {
      unwritten = messageOf(error)
      return null
    }
  }
  try {
    const entries = await revokeInEmergency(connectors, resourceId, emergency, async (all) => {
      begun = await note(all)
    })
    if (!entries) return { resourceId, entries: 'the target cannot list what Daypass made there', unwritten }
    // The outcome says more. A worker that was faster has put both on record.
    if ((await note(entries)) !== null && begun !== null) await rm(begun, { force: true })
    return { resourceId, entries, unwritten }
  } catch (error) {
    return { resourceId, entries: messageOf(error), unwritten }
  }
}

/**
 * Each time a file of its own, which has its name when it is whole. So a worker never reads a part, and never misses a line. Resolves
 * with its path. Null: there is nothing to write.
 */
async function write(folder: string, entries: readonly EmergencyEntry[]): Promise<string | null> {
  if (entries.length === 0) return null
  await mkdir(folder, { recursive: true })
  const path = join(folder, randomUUID())
  await writeFile(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''), {
    mode: 0o600,
    flush: true,
  })
  await rename(path, `${path}.jsonl`)
  return `${path}.jsonl`
}

/** A person cannot be asked without the database. */
const noTasks: PersonTasks = {
  now: () => new Date(),
  ensure: () => refuseTask(),
  withdraw: () => refuseTask(),
  find: async () => null,
  countOpen: async () => 0,
}
function refuseTask(): Promise<never> {
  const what = 'A person has to take this away, and Daypass cannot ask anybody without its database.'
  return Promise.reject(new ConnectorError('misconfigured', what, { retryable: false }))
}

/**
 * Puts all files of a folder on record, and gives each another name. Null: there is no such folder. Throws for files that cannot be read,
 * after all others are on record.
 */
export async function recordEmergencyFolder(
  ports: Pick<Ports, 'store' | 'clock'>,
  folder: string,
): Promise<number | null> {
  const names = await readdir(folder).catch(absent)
  if (names === null) return null
  let recorded = 0
  const unreadable: string[] = []
  for (const name of names.filter((one) => one.endsWith('.jsonl'))) {
    const path = join(folder, name)
    // Another worker may have been faster.
    const text = await readFile(path, 'utf8').catch(absent)
    if (text === null) continue
    const entries = entriesIn(text)
    if (!entries) {
      unreadable.push(path)
      continue
    }
    recorded += await recordEmergency(ports, entries)
    await rename(path, `${path}.recorded`).catch(absent)
  }
  if (unreadable.length > 0)
    throw new Error(
      `These files hold no emergency revocations: ${unreadable.join(', ')}. Correct or remove them.`,
    )
  return recorded
}

/** Null: a line is no entry. */
function entriesIn(text: string): EmergencyEntry[] | null {
  try {
    const lines = text.split('\n').filter((line) => line !== '')
    return lines.map((line) => emergencyEntry.parse(JSON.parse(line)))
  } catch {
    return null
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}

/** The same for a command. */
export async function recordEmergencyOf(
  config: Pick<Config, 'database'>,
  folder: string,
): Promise<number | null> {
  const data = await openData(await prepareDatabase(config), () => {})
  return recordEmergencyFolder(data, folder).finally(data.close)
}
