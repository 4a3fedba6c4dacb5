import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'

const here = fileURLToPath(new URL('../..', import.meta.url))

/** The output of a start. */
export type Said = { readonly url: string; readonly data: string } | { readonly error: string }

export interface Starting {
  readonly process: ChildProcess
  /** Resolves when the server runs, or the start has failed. */
  readonly said: Promise<Said>
  /** Stops it with SIGTERM. */
  stop(): Promise<void>
  /** Sends SIGKILL to it and to all processes that it started. */
  killAll(): Promise<void>
}

/**
 * Starts the embedded Postgres of a folder in a process of its own. `through` is put before the command, `sh -c` for instance.
 * `project` is a copy of this project to run from.
 */
export function start(
  directory: string,
  options: { env?: NodeJS.ProcessEnv; through?: string[]; project?: string } = {},
): Starting {
  const { project = here } = options
  const script = join(project, 'test/db/_embedded-process.ts')
  const command = [...(options.through ?? []), process.execPath, '--import', 'tsx', script, directory]
  const child = spawn(command[0] ?? '', command.slice(1), {
    cwd: project,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let output = ''
  const said = new Promise<Said>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
      if (output.includes('\n')) resolve(JSON.parse(output) as Said)
    })
    void ended.then(() => reject(new Error(`it ended and said nothing but: ${output}`)))
  })
  // After a kill, its output is not awaited.
  said.catch(() => {})
  return {
    process: child,
    said,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
    async killAll() {
      const family = descendants(child.pid ?? 0)
      for (const pid of [child.pid ?? 0, ...family]) kill(pid)
      await ended
    },
  }
}

/** Resolves with the answer of the server at that URL, which may stop at any moment. */
export async function selectOne(url: string): Promise<unknown> {
  // A connection that is lost while postgres.js reads the types of arrays would reject a promise that nobody awaits, and `end` without
  // a limit would wait for it.
  const sql = postgres(url, { max: 1, fetch_types: false, connect_timeout: 5 })
  const [row] = await sql`select 1 as one`.finally(() => sql.end({ timeout: 1 }))
  return row?.one
}

function descendants(root: number): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const under = (parent: number): number[] =>
    rows.flatMap(([pid = 0, ppid]) => (ppid === parent ? [pid, ...under(pid)] : []))
  return under(root)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // The process has ended already.
  }
}
