import { readFileSync, writeFileSync } from 'node:fs'
import { openPeople } from '../app/people.ts'
import { readConfig, readFiles } from '../config.ts'
import { StartupRefused } from '../domain/startup-refused.ts'
import { createLogger } from '../logger.ts'
import { exportPeople } from '../usecases/people/export-people.ts'
import { type ImportAnswer, importPeople } from '../usecases/people/import-people.ts'
import { readPeopleCsv, writePeopleCsv } from './people-csv.ts'
import { print } from './print.ts'

/** `daypass people import FILE`: all lines or none. `--dry-run` shows the difference and stores nothing. */
export async function importPeopleFile(
  path: string,
  { dryRun = false }: { dryRun?: boolean },
): Promise<void> {
  const rows = readPeopleCsv(path, readText(path))
  const people = await openPeople(readConfig(), createLogger('silent'))
  try {
    const answer = await importPeople(people.ports, { rows, members: await people.members(), dryRun })
    tell(path, answer)
    if (answer.kind === 'invalid') process.exitCode = 1
  } finally {
    await people.close()
  }
}

/** `daypass people export [FILE]`: writes every open engagement, to the file or to standard output. */
export async function exportPeopleFile(path: string | undefined): Promise<void> {
  const people = await openPeople(readFiles(), createLogger('silent'))
  try {
    const text = writePeopleCsv(await exportPeople(people.ports))
    if (path === undefined) process.stdout.write(text)
    else writeFileSync(path, text, { mode: 0o600 })
  } finally {
    await people.close()
  }
}

function tell(path: string, answer: ImportAnswer): void {
  if (answer.kind === 'invalid') {
    for (const { line, column, message } of answer.problems) print(`${path}:${line}: ${column}: ${message}`)
    print(`Nothing was imported: ${answer.problems.length} to correct.`)
    return
  }
  const [sign, verb] =
    answer.kind === 'dry_run' ? ['would be ', 'A dry run: nothing was stored.'] : ['', 'Imported.']
  for (const { line, who, kind, changes } of answer.rows)
    if (kind !== 'unchanged') print(`${path}:${line}: ${who} ${sign}${kind}: ${changes.join('; ')}`)
  const count = (kind: string) => answer.rows.filter((row) => row.kind === kind).length
  print(`${verb} ${count('added')} added, ${count('changed')} changed, ${count('unchanged')} unchanged.`)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new StartupRefused(
      `${path} cannot be read (${code}).`,
      'Check the path, and that you may read the file.',
    )
  }
}
