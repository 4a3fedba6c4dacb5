import { readFileSync } from 'node:fs'
import { openRecord, signerIn } from '../app/audit.ts'
import { ConfigError, readFiles } from '../config.ts'
import {
  checkpointBody,
  parseVerifierKey,
  unverifiedCheckpoint,
  type VerifierKey,
} from '../domain/record/checkpoint.ts'
import { consistencyRanges, provesConsistency, Tree } from '../domain/record/merkle.ts'
import { commitmentTo } from '../domain/record/said-text.ts'
import { parseReference } from '../domain/request.ts'
import { keyChangeText } from '../usecases/record/_verify/key-change.ts'
import { type LogReport, type RecordFault, verifyLog } from '../usecases/record/_verify/verify-log.ts'
import { proveRequest, type RequestProof } from '../usecases/record/prove-request.ts'
import { checkRecord } from '../usecases/record/verify-record.ts'
import { readExport, readTexts, writeExport } from './audit-file.ts'
import { print } from './print.ts'
import { checkPack } from './soc2/check-pack.ts'

export interface VerifyArguments {
  readonly from?: string
  readonly texts?: string
  readonly key?: string
  readonly checkpoints?: string
  readonly pack?: string
  readonly json?: boolean
}

/** `daypass audit verify`: the record of the database, or of an export with the public key alone. The exit code is 1 for a fault. */
export async function verifyAudit(given: VerifyArguments): Promise<void> {
  const key = given.key === undefined ? null : readVerifierKey(given.key)
  if (given.pack !== undefined) return checkPack(given.pack, key)
  const notes = given.checkpoints === undefined ? [] : readNotes(given.checkpoints)
  const report =
    given.from === undefined
      ? await verifyDatabase(key, notes)
      : await verifyExport(given.from, given.texts ?? null, key, notes)
  const { size, root, signedSize, checkedCheckpoints, faults } = report
  if (given.json) {
    const body = { size, root: root.toString('base64'), signedSize, checkpoints: checkedCheckpoints }
    print(
      JSON.stringify({ ...body, key: report.key?.text ?? null, removed: report.removed, faults }, null, 2),
    )
  } else {
    for (const fault of faults) print(`✘ ${faultText(fault)}`)
    print(
      faults.length === 0
        ? `✔ ${size} events, root ${root.toString('base64')}; ${signedSize} of them signed, ${checkedCheckpoints} checkpoints checked.`
        : `${faults.length} faults in ${size} events. Keep the database and its backups as they are.`,
    )
    for (const { rule, count, from, to } of report.removed)
      print(
        `  ${count} events were removed by retention (${rule}) between ${from} and ${to}. Their hashes are kept.`,
      )
    if (report.key && key === null)
      print(`  Signed by ${report.key.text}: compare this key with the one that you keep outside.`)
  }
  process.exitCode = faults.length === 0 ? 0 : 1
}

async function verifyDatabase(key: VerifierKey | null, notes: readonly string[]): Promise<LogReport> {
  const opened = await openRecord(readFiles())
  return checkRecord(opened, { scope: 'whole', from: 0 }, { notes, key }).finally(opened.close)
}

export async function verifyExport(
  path: string,
  textsPath: string | null,
  key: VerifierKey | null,
  notes: readonly string[],
): Promise<LogReport> {
  const { heading, entries } = await readExport(path)
  const claimed = heading.key === null ? null : parseVerifierKey(heading.key)
  const commitments = new Map<string, number>()
  async function* noting() {
    for await (const batch of entries) {
      for (const { position, event } of batch)
        for (const commitment of Object.values(event?.said ?? {})) commitments.set(commitment, position)
      yield batch
    }
  }
  const checkpoints = [...new Set([...heading.checkpoints, ...notes])].toSorted(
    (a, b) => (unverifiedCheckpoint(a)?.size ?? 0) - (unverifiedCheckpoint(b)?.size ?? 0),
  )
  const report = await verifyLog({
    entries: noting(),
    tree: new Tree(),
    origin: heading.origin,
    checkpoints,
    key: key ?? claimed,
  })
  const hasRemoved = report.removed.length > 0
  const texts = textsPath === null ? [] : await textFaults(textsPath, commitments, hasRemoved)
  return { ...report, faults: [...report.faults, ...texts] }
}

/** `hasRemoved`: retention removed events, so a text may be that of an event which is gone. */
async function textFaults(
  path: string,
  commitments: ReadonlyMap<string, number>,
  hasRemoved: boolean,
): Promise<RecordFault[]> {
  const faults: RecordFault[] = []
  for await (const { commitment, field, opened } of readTexts(path)) {
    if (opened === null) continue
    const position = commitments.get(commitment) ?? null
    const isSame = commitmentTo(opened.text, opened.salt) === commitment
    if (!isSame || (position === null && !hasRemoved))
      faults.push({ position, what: `its ${field} is not the text that was recorded` })
  }
  return faults
}

/** `daypass audit prove AR-1042`: the proofs of the events of one request. The exit code is 1 where one does not hold. */
export async function proveAudit(typed: string, { json = false }: { json?: boolean }): Promise<void> {
  const reference = parseReference(typed)
  if (!reference) throw new ConfigError('Name a request: AR-1042.')
  const { record, requestOf, close } = await openRecord(readFiles())
  try {
    const request = await requestOf(reference)
    if (!request) throw new ConfigError(`There is no request ${reference}.`)
    const proof = await proveRequest(record, request)
    if (!proof) throw new ConfigError('No checkpoint was signed yet. A worker signs the first one.')
    if (json) print(JSON.stringify(proof, null, 2))
    else tellProof(proof)
    process.exitCode = proof.events.every(({ holds }) => holds) ? 0 : 1
  } finally {
    await close()
  }
}

function tellProof({ reference, events, notSignedYet, removed, checkpoint, key }: RequestProof): void {
  for (const { position, event, holds, sequencedLater } of events)
    print(
      `${holds ? '✔' : '✘'} position ${position}  ${event.at}  ${event.action}${sequencedLater ? '  (older than the record)' : ''}`,
    )
  print(`${events.length} events of ${reference}, in this checkpoint:\n\n${checkpoint}`)
  for (const { rule, count } of removed)
    print(`${count} events of ${reference} were removed by retention (${rule}). Their hashes are in the log.`)
  if (notSignedYet > 0) print(`${notSignedYet} newer events wait for the next checkpoint.`)
  print(`Signed by ${key}. With --json: the hashes, for somebody who checks them.`)
}

/** `daypass audit consistency A B`: whether the tree of the first size is the beginning of the other. */
export async function checkConsistency(first: string, second: string): Promise<void> {
  const [before, after] = [Number(first), Number(second)]
  const { record, close } = await openRecord(readFiles())
  try {
    const found = await record.checkpoints(Math.min(before, after))
    const [one, other] = [before, after].map((size) => {
      const note = found.find((checkpoint) => checkpoint.size === size)?.note
      const checkpoint = note === undefined ? null : unverifiedCheckpoint(note)
      if (!checkpoint) throw new ConfigError(`There is no checkpoint of ${size} events.`)
      return checkpoint
    })
    if (!one || !other || before > after) throw new ConfigError('Name the smaller size first.')
    const proof = await record.hashesOf(consistencyRanges(before, after))
    const holds = provesConsistency(one, other, proof)
    print(
      JSON.stringify(
        {
          before: checkpointBody(one),
          after: checkpointBody(other),
          proof: proof.map((hash) => hash.toString('base64')),
          holds,
        },
        null,
        2,
      ),
    )
    process.exitCode = holds ? 0 : 1
  } finally {
    await close()
  }
}

/** `daypass audit export FILE`: the whole record, for somebody who verifies it without this database. */
export async function exportAudit(path: string, { texts }: { texts?: string }): Promise<void> {
  const { record, close } = await openRecord(readFiles())
  const size = await writeExport(record, path, texts ?? null).finally(close)
  print(`${size} events are in ${path}${texts === undefined ? '' : `, and their texts in ${texts}`}.`)
}

/** `daypass audit key`: the public key, for those who verify. */
export async function showKey(): Promise<void> {
  const { record, close } = await openRecord(readFiles())
  const { key } = await record.state().finally(close)
  if (key === null) throw new ConfigError('Nobody has signed yet. A worker makes the key at its first start.')
  print(key)
}

/** `daypass audit rotate-key --to FILE`: the present key names the next one. */
export async function rotateKey({ to }: { to: string }): Promise<void> {
  const config = readFiles()
  const { record, clock, signer, close } = await openRecord(config)
  try {
    const { origin } = await record.state()
    const present = await signer()
    const from = (await present.key(origin)).text
    const next = (await (await signerIn(config, to)).key(origin)).text
    const signature = (await present.sign(keyChangeText(from, next))).toString('base64')
    if (!(await record.changeKey({ from, to: next, signature }, clock.now())))
      throw new ConfigError(
        'The present key is not the one that signs the record, so it cannot name another.',
      )
    print(`Recorded. Set DAYPASS_LOG_KEY_FILE to ${to} and restart the workers.\n${next}`)
  } finally {
    await close()
  }
}

/** The text of a key, or a file that holds it. */
export function readVerifierKey(given: string): VerifierKey {
  const key = parseVerifierKey(given.includes('+') ? given : readText(given))
  if (!key)
    throw new ConfigError(`${given} is no verifier key. \`daypass audit key\` prints the one of a record.`)
  return key
}

/** Notes in a file, one after the other, as a place of checkpoints has them. */
export function readNotes(path: string): string[] {
  return [...readText(path).matchAll(/[^\n]+\n\d+\n[^\n]+\n\n(?:— [^\n]+\n)+/g)].map(([note]) => note)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}

export function faultText({ position, what }: RecordFault): string {
  return position === null ? what : `position ${position}: ${what}`
}
