import { spawnSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../../config.ts'
import { type VerifierKey, verifierKey } from '../../domain/record/checkpoint.ts'
import { print } from '../print.ts'

/**
 * `daypass audit verify --pack FOLDER`: a folder of `audit soc2`, by the check that this version brings and not by the one in the folder,
 * which somebody may have changed. `key`: the key that must have signed. The exit code is 1 for a fault.
 */
export function checkPack(folder: string, key: VerifierKey | null): void {
  if (!statSync(join(folder, 'checkpoint.txt'), { throwIfNoEntry: false }))
    throw new ConfigError(`${folder} is no folder of \`daypass audit soc2\`: it has no checkpoint.txt.`)
  const check = fileURLToPath(new URL('./check.mjs', import.meta.url))
  const { stdout, stderr, status } = spawnSync(process.execPath, [check], { cwd: folder, encoding: 'utf8' })
  print(stdout.trimEnd())
  if (status !== 0 && stderr !== '')
    print(`BAD  the folder cannot be read: ${stderr.trim().split('\n').at(-1)}`)
  const isThisKey = key === null || keyOf(folder, key.name) === key.text
  if (!isThisKey) print('BAD  another key has signed it than the one that you named')
  if (key === null) print('Compare key.txt with the key that you keep outside, or name it with --key.')
  process.exitCode = status === 0 && isThisKey ? 0 : 1
}

/** The key by which the folder is checked, under this name. Null: there is none that can be read. */
function keyOf(folder: string, name: string): string | null {
  try {
    return verifierKey(name, createPublicKey(readFileSync(join(folder, 'key.pem')))).text
  } catch {
    return null
  }
}
