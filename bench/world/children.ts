import { type ChildProcess, fork } from 'node:child_process'
import { openSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A child process, which ends with this process. */
export interface Child {
  readonly pid: number
  /** Sends one message and resolves with the next one that comes back. */
  ask<Answer>(message: object): Promise<Answer>
  /** The first message that it sends by itself. */
  greeting<Answer>(): Promise<Answer>
  /** Rejects when the process ends without a call of `stop`. */
  readonly ended: Promise<never>
  /** SIGTERM, and SIGKILL after ten seconds. */
  stop(): Promise<void>
}

export interface ChildOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly nodeFlags?: readonly string[]
  /** Where its output goes. */
  readonly log: string
}

const translating = ['--import', 'tsx', '--import', fromRoot('bench/processes/exit-with-parent.ts')]

const running = new Set<ChildProcess>()

/** Starts a TypeScript file of this repository (path from its root) in a process of its own. */
export function startChild(file: string, options: ChildOptions): Child {
  const log = openSync(options.log, 'a')
  const process_ = fork(fromRoot(file), [...(options.args ?? [])], {
    // In a process group of its own: Ctrl-C reaches only this process, which then ends the children in order.
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    execArgv: [...(file.endsWith('.ts') ? translating : []), ...(options.nodeFlags ?? [])],
    env: { ...inherited(), NODE_ENV: 'production', ...options.env },
  })
  running.add(process_)
  let stopping = false
  const exit = new Promise<void>((resolve) => process_.once('exit', () => resolve()))
  const ended = exit.then((): Promise<never> => {
    running.delete(process_)
    if (stopping) return new Promise(() => {})
    throw new Error(
      `${file} ended by itself (${process_.exitCode ?? process_.signalCode}):\n${tail(options.log)}`,
    )
  })
  ended.catch(() => {})
  const next = <Answer>() =>
    Promise.race([
      ended,
      new Promise<Answer>((resolve) => process_.once('message', (it) => resolve(it as Answer))),
    ])
  const first = next<unknown>()
  first.catch(() => {})
  return {
    pid: process_.pid ?? 0,
    ended,
    greeting: <Answer>() => first as Promise<Answer>,
    ask: <Answer>(message: object) => {
      const answer = next<Answer>()
      process_.send(message)
      return answer
    },
    async stop() {
      stopping = true
      process_.kill('SIGTERM')
      const kill = setTimeout(() => process_.kill('SIGKILL'), 10_000)
      await exit
      clearTimeout(kill)
    },
  }
}

/** Kills each child that still runs. */
export function killChildren(): void {
  for (const child of running) child.kill('SIGKILL')
}

export function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url))
}

/** The environment of a child: no setting of the caller's shell reaches the bot. */
function inherited(): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR } = process.env
  return { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}) }
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').slice(-2_000)
}
