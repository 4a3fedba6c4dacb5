import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll } from 'vitest'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const source = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
/** The built command that TEST_CLI names, as `.ci/run` does: it starts in a third of the time. Otherwise the source. */
const cli = process.env.TEST_CLI ? [resolve(process.env.TEST_CLI)] : ['--import', tsx, source]

/** An empty folder to run commands in: no `.env` of a developer is read there. Deleted after the file's tests. */
export const folder = mkdtempSync(join(tmpdir(), 'daypass-command-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a command needs to find the project's own rules from there. */
export const rules = {
  DAYPASS_CATALOG: resolve('fixtures/catalog.yml'),
  DAYPASS_POLICIES: resolve('policies'),
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `daypass` as a process of its own, with this environment and no other. */
export function daypass(args: readonly string[], environment: Record<string, string> = {}): Promise<Ran> {
  const env = { PATH: process.env.PATH, ...environment }
  return new Promise((done) => {
    execFile(
      process.execPath,
      [...cli, ...args],
      { cwd: folder, env, timeout: 60_000 },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0
        done({ code, stdout, stderr })
      },
    )
  })
}
