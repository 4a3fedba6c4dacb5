import { openDatabase } from '../../src/db/database.ts'
import { createRecord } from '../../src/db/record/record.ts'
import { createStore } from '../../src/db/store.ts'
import type { StreamRules } from '../../src/domain/record/stream-rules.ts'
import { createStreamSender } from '../../src/siem/sender.ts'
import { sendStream } from '../../src/usecases/record/send-stream.ts'

/** Sends one stream in a process of its own, to be killed. */
export interface StreamProcess {
  readonly databaseUrl: string
  readonly rules: StreamRules
  /** ISO: the time of its clock, which stands still. */
  readonly now: string
  readonly holder: string
}

const { databaseUrl, rules, now, holder }: StreamProcess = JSON.parse(process.argv[2] ?? '{}')
const database = openDatabase(databaseUrl, { poolSize: 2 })
const ports = {
  store: createStore(database),
  record: createRecord(database),
  clock: { now: () => new Date(now) },
  sender: createStreamSender(),
}
const sending = await sendStream(ports, rules, { holder, signal: new AbortController().signal })
process.send?.(sending)
await database.close()
process.disconnect()
