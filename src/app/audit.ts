import type { Config } from '../config.ts'
import { archivedRequest } from '../db/record/archive.ts'
import { type Imported, importLog, type LogToImport } from '../db/record/import.ts'
import type { Clock } from '../domain/ports.ts'
import type { RecordLog, RecordSigner } from '../domain/record/record-log.ts'
import type { Reference } from '../domain/request.ts'
import type { Store } from '../domain/store.ts'
import { openSigner } from '../record/keys.ts'
import { openData, prepareDatabase } from './data.ts'
import { keyFileOf } from './record.ts'

/** The record, for commands. */
export interface OpenRecord {
  readonly record: RecordLog
  readonly store: Store
  readonly clock: Clock
  /** Null: there is no such request. */
  requestOf(reference: Reference): Promise<{ readonly id: string; readonly reference: string } | null>
  /** The key of this installation. Throws `StartupRefused`. */
  signer(): Promise<RecordSigner>
  /** Imports a verified log, if nothing has happened in this database. */
  importLog(log: Omit<LogToImport, 'at'>): Promise<Imported>
  close(): Promise<void>
}

type RecordConfig = Pick<Config, 'database' | 'directory' | 'logKey'>

export async function openRecord(config: RecordConfig): Promise<OpenRecord> {
  const { database, record, store, clock, isArchive, close } = await openData(
    await prepareDatabase(config),
    () => {},
  )
  return {
    record,
    store,
    clock,
    requestOf: async (reference) => {
      if (isArchive) return archivedRequest(database, reference)
      return (await store.histories.byReference(reference))?.request ?? null
    },
    signer: () => signerIn(config, keyFileOf(config)),
    importLog: (log) => importLog(database, { ...log, at: clock.now() }),
    close,
  }
}

/** A key in a file, or one that the command of the configuration signs for. */
export function signerIn({ logKey }: Pick<Config, 'logKey'>, keyFile: string): Promise<RecordSigner> {
  return openSigner({ keyFile, command: logKey.command })
}
