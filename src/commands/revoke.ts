import { emergencyFolderOf, recordEmergencyOf, revokeWithoutDatabase } from '../app/emergency.ts'
import { ConfigError, readFiles } from '../config.ts'
import { createLogger } from '../logger.ts'
import { print } from './print.ts'

export interface EmergencyArguments {
  readonly emergency?: boolean
  readonly resource?: string
  readonly all?: boolean
  readonly grant?: string
  readonly by?: string
  readonly reason?: string
  readonly record?: string
}

/**
 * `daypass revoke --emergency`: takes access away at the targets, without the database, and writes what it did to a file. The exit
 * code is 1 where something may still be open.
 */
export async function revoke(given: EmergencyArguments): Promise<void> {
  const config = readFiles()
  if (given.record !== undefined) {
    const recorded = await recordEmergencyOf(config, given.record)
    if (recorded === null) throw new ConfigError(`There is no folder ${given.record}.`)
    print(`Put on record: ${recorded} revocations.`)
    return
  }
  const { emergency, resource, all, grant, by, reason } = given
  if (!emergency)
    throw new ConfigError('Revoke in Slack, or with --emergency when Daypass or its database is away.')
  if ((resource === undefined) === !all) throw new ConfigError('Name one --resource, or --all.')
  if (!by?.trim() || !reason?.trim()) throw new ConfigError('Say who does it and why: --by and --reason.')
  const outcomes = await revokeWithoutDatabase(
    config,
    { resourceId: resource ?? null, grantId: grant ?? null, by: by.trim(), reason: reason.trim() },
    createLogger('silent'),
  )
  for (const { resourceId, entries } of outcomes) {
    if (typeof entries === 'string') print(`✘ ${resourceId}: ${entries}`)
    else if (entries.length === 0) print(`✔ ${resourceId}: holds nothing of Daypass`)
    else
      for (const { removed, detail, said } of entries)
        print(`${removed ? '✔' : '✘'} ${resourceId}: ${detail}: ${said}`)
  }
  for (const { resourceId, unwritten } of outcomes)
    if (unwritten !== null)
      print(
        `✘ ${resourceId}: what was done could not be written (${unwritten}). Keep these lines, and revoke the leases in Slack when Daypass is back: otherwise it gives them again.`,
      )
  const isOpen = outcomes.some(
    ({ entries, unwritten }) =>
      unwritten !== null || typeof entries === 'string' || entries.some(({ removed }) => !removed),
  )
  print(
    `A worker of this machine puts it on record when the database answers. Elsewhere: daypass revoke --record ${emergencyFolderOf(config)}`,
  )
  process.exitCode = isOpen ? 1 : 0
}
