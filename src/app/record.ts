import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../config.ts'
import type { RecordLog, RecordSigner } from '../domain/record/record-log.ts'
import { usualRecordRules } from '../domain/record/rules.ts'
import { StartupRefused } from '../domain/startup-refused.ts'
import type { Logger } from '../logger.ts'
import { makeKey, openSigner } from '../record/keys.ts'
import { createMemory } from '../record/memory.ts'
import { orderPublication } from '../usecases/record/publish-checkpoint.ts'
import { removeOldEvents } from '../usecases/record/remove-old-events.ts'
import { reportFaultsNow } from '../usecases/record/report-faults.ts'
import { signCheckpoint } from '../usecases/record/sign-checkpoint.ts'
import { verifyRecord } from '../usecases/record/verify-record.ts'
import type { Base } from './base.ts'
import { emergencyFolderOf, recordEmergencyFolder } from './emergency.ts'

const sequenceEveryMs = 100
const lateEveryMs = 1_000
/** Signs at most so often, and so often looks whether the record is still the signed one. */
const signEveryMs = 1_000
const signByCommandEveryMs = 60_000
const idleSignMs = 30_000
const dutiesEveryMs = 5_000
const removeEveryMs = 600_000

/** Keeps the record: positions, checkpoints, verifications. Returns a function that stops it and waits for running work. */
export async function startRecord(base: Base): Promise<() => Promise<void>> {
  const { data, config, log } = base
  const signer = await signerOf(config, data.record, log)
  // Not under the name of the record, which the database says: under another name nothing would be remembered.
  const memory = createMemory(join(config.directory, 'record.checkpoint'))
  const ports = () => ({ ...base.ports(), memory })
  const sequencer = createSequencer(data.record)
  const stops = [
    loop(sequenceEveryMs, log, 'events got no positions; they are tried again', sequencer.work),
    loop(dutiesEveryMs, log, 'a checkpoint could not be ordered; it is tried again', () =>
      orderPublication(ports()),
    ),
    loop(
      dutiesEveryMs,
      log,
      'emergency revocations could not be put on record; they are tried again',
      async () => {
        await recordEmergencyFolder(base.ports(), emergencyFolderOf(config))
      },
    ),
    loop(dutiesEveryMs, log, 'the record could not be verified; it is tried again', () =>
      sequencer.hasCaughtUp() ? verifyIfDue(ports(), signer) : Promise.resolve(),
    ),
  ]
  stops.push(
    loop(removeEveryMs, log, 'old events could not be removed; it is tried again', async () => {
      const { removed, kept } = await removeOldEvents(base.ports())
      if (removed > 0) log.info({ removed, kept }, 'removed events whose time is over; their hashes stay')
      else if (Object.keys(kept).length > 0) log.debug({ kept }, 'legal holds keep events whose time is over')
    }),
  )
  if (signer) {
    const everyMs = config.logKey.command === null ? signEveryMs : signByCommandEveryMs
    const sign = signing(base, signer, memory, everyMs)
    stops.push(loop(signEveryMs, log, 'no checkpoint could be signed; it is tried again', sign))
  }
  return async () => {
    await Promise.all(stops.map((stop) => stop()))
  }
}

/** Null: this process has not the key of the record, so others sign. */
async function signerOf(
  { directory, logKey }: Pick<Config, 'directory' | 'logKey'>,
  record: RecordLog,
  log: Logger,
): Promise<RecordSigner | null> {
  const { key } = await record.state()
  const keyFile = keyFileOf({ directory, logKey })
  if (logKey.file === null && key === null && (await makeKey(keyFile)))
    log.info({ keyFile }, 'made the key of the record; keep a copy, and let nobody else read it')
  try {
    return await openSigner({ keyFile, command: logKey.command })
  } catch (error) {
    // A process that shares the database may have the key.
    if (logKey.file !== null || !(error instanceof StartupRefused)) throw error
    log.warn({ keyFile }, 'this process has no key of the record, so it signs no checkpoints')
    return null
  }
}

export function keyFileOf({ directory, logKey }: Pick<Config, 'directory' | 'logKey'>): string {
  return logKey.file ?? join(directory, 'record-key.pem')
}

/** Gives positions. `hasCaughtUp`: it has once had nothing more to do, so events without a position are not just waiting. */
function createSequencer(record: RecordLog) {
  let nextLateAt = 0
  let hasCaughtUp = false
  const work = async () => {
    const most = 2_000
    while ((await record.sequence({ most })) === most);
    const since = performance.now()
    if (since < nextLateAt) return
    await record.sequence({ late: true, most })
    const tookMs = performance.now() - since
    nextLateAt = since + Math.max(lateEveryMs, 10 * tookMs)
    hasCaughtUp = true
  }
  return { work, hasCaughtUp: () => hasCaughtUp }
}

function signing(
  base: Base,
  signer: RecordSigner,
  memory: ReturnType<typeof createMemory>,
  everyMs: number,
): () => Promise<void> {
  const { data, log } = base
  let signed = { at: Number.NEGATIVE_INFINITY, size: -1 }
  let isToldOfKey = false
  return async () => {
    const { size } = await data.record.state()
    const ageMs = performance.now() - signed.at
    if (ageMs < (size === signed.size ? idleSignMs : everyMs)) return
    signed = { at: performance.now(), size }
    const signing = await signCheckpoint({ record: data.record, clock: data.clock, signer, memory })
    if (signing.kind === 'fault') {
      log.error({ fault: signing.fault }, 'the record is not the one that was signed, so nothing is signed')
      await reportFaultsNow(base.ports(), [signing.fault])
    }
    if (signing.kind !== 'other_key' || isToldOfKey) return
    isToldOfKey = true
    log.error('another key signs the record; see docs/record.md for how a key is changed')
  }
}

async function verifyIfDue(
  ports: Parameters<typeof verifyRecord>[0] & ReturnType<Base['ports']>,
  signer: RecordSigner | null,
): Promise<void> {
  const { record, clock, catalog } = ports
  const { verifyEverySeconds, verifyWholeEverySeconds } = catalog.record ?? usualRecordRules
  const due = await record.claimVerification(clock.now(), {
    new: verifyEverySeconds,
    whole: verifyWholeEverySeconds,
  })
  if (!due) return
  const { origin } = await record.state()
  await verifyRecord(ports, due, signer && (await signer.key(origin)))
}

const longestStopMs = 5_000

/** Does `work` again and again, and never twice at once. The result stops it, and waits some seconds for work that is under way. */
function loop(everyMs: number, log: Logger, problem: string, work: () => Promise<void>): () => Promise<void> {
  let stopped = false
  let saidAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  const once = async () => {
    try {
      await work()
    } catch (error) {
      if (performance.now() - saidAt > 30_000 && !stopped) {
        saidAt = performance.now()
        log.warn({ err: error }, problem)
      }
    }
    if (!stopped) next()
  }
  const next = () => {
    timer = setTimeout(() => {
      running = once()
    }, everyMs)
    timer.unref()
  }
  next()
  return async () => {
    stopped = true
    clearTimeout(timer)
    // A verification may take minutes. The next process begins it again.
    await Promise.race([running, pause(longestStopMs, null, { ref: false })])
  }
}
