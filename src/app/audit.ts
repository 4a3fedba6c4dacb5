import type { Config } from '../config.ts'
import type { Clock } from '../domain/ports.ts'
import type { RecordLog, RecordSigner } from '../domain/record/record-log.ts'
import type { Store } from '../domain/store.ts'
import { openSigner } from '../record/keys.ts'
import { openData, prepareDatabase } from './data.ts'
import { keyFileOf } from './record.ts'

/** The record, for commands. */
export interface OpenRecord {
  readonly record: RecordLog
  readonly store: Store
  readonly clock: Clock
  /** The key of this installation. Throws `StartupRefused`. */
  signer(): Promise<RecordSigner>
  close(): Promise<void>
}

type RecordConfig = Pick<Config, 'database' | 'directory' | 'logKey'>

export async function openRecord(config: RecordConfig): Promise<OpenRecord> {
  const { record, store, clock, close } = await openData(await prepareDatabase(config), () => {})
  return { record, store, clock, signer: () => signerIn(config, keyFileOf(config)), close }
}

/** A key in a file, or one that the command of the configuration signs for. */
export function signerIn({ logKey }: Pick<Config, 'logKey'>, keyFile: string): Promise<RecordSigner> {
  return openSigner({ keyFile, command: logKey.command })
}
