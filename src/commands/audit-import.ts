import { openRecord } from '../app/audit.ts'
import { ConfigError, readFiles } from '../config.ts'
import { faultText, readNotes, readVerifierKey, verifyExport } from './audit.ts'
import { readExport, readTexts } from './audit-file.ts'
import { print } from './print.ts'

export interface ImportArguments {
  readonly texts?: string
  readonly key?: string
  readonly checkpoints?: string
}

/**
 * `daypass audit import FILE`: an exported log in an empty database, with all its proofs. Nothing is imported where anything of it does
 * not verify: then the exit code is 1.
 */
export async function importAudit(path: string, given: ImportArguments): Promise<void> {
  const key = given.key === undefined ? null : readVerifierKey(given.key)
  const notes = given.checkpoints === undefined ? [] : readNotes(given.checkpoints)
  const report = await verifyExport(path, given.texts ?? null, key, notes)
  if (report.faults.length > 0) {
    for (const fault of report.faults) print(`✘ ${faultText(fault)}`)
    print('Nothing was imported: this export does not verify.')
    process.exitCode = 1
    return
  }
  if (!report.key || report.signedSize === 0)
    throw new ConfigError(`No checkpoint in ${path} is signed, so nothing proves what it says.`)
  const { heading, entries } = await readExport(path)
  const { importLog, close } = await openRecord(readFiles())
  const { origin, checkpoints } = heading
  const { size, root } = report
  const texts = given.texts === undefined ? null : readTexts(given.texts)
  const log = { origin, lastKey: report.key.text, size, root, checkpoints, entries, texts }
  const imported = await importLog(log).finally(close)
  switch (imported.kind) {
    case 'imported':
      print(
        `✔ ${size} events of ${origin}, root ${root.toString('base64')}; ${report.signedSize} of them signed.${texts ? '' : ' Without texts.'}`,
      )
      print(
        '  Here the log is read, verified and proven. It does not go on: no worker starts on this database.',
      )
      if (key === null)
        print(`  Signed by ${report.key.text}: compare this key with the one that you keep outside.`)
      return
    case 'not_empty':
      throw new ConfigError(
        `The database is not empty: it holds the log ${imported.origin}${imported.origin === origin ? '' : `, and this is ${origin}`}. Import into a new database.`,
      )
    case 'changed':
      throw new ConfigError(`${path} was changed while it was read, so nothing was imported.`)
  }
}
