import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

export interface BotProcess {
  readonly url: string
  stop(): Promise<void>
  /** Ends it without a word (SIGKILL). */
  kill(): Promise<void>
}

/** Runs Daypass as anybody would, in a process of its own, and waits until it is ready. Its log goes to `logFile`. */
export async function startBot(environment: Record<string, string>, logFile: string): Promise<BotProcess> {
  const port = await freePort()
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', 'serve'], {
    cwd: root,
    // In a group of its own: a Ctrl-C reaches us first, and we end it in order.
    detached: true,
    env: { ...withoutDaypass(process.env), ...environment, HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = createWriteStream(logFile)
  let tail = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(log, { end: false })
    stream.on('data', (chunk) => {
      tail = `${tail}${chunk}`.slice(-2_000)
    })
  }
  const url = `http://127.0.0.1:${port}`
  await ready(child, url, () => tail).catch(async (error: unknown) => {
    await end(child, 'SIGKILL')
    throw error
  })
  return { url, stop: () => end(child, 'SIGTERM'), kill: () => end(child, 'SIGKILL') }
}

/** What the reader's own shell says of another Daypass must not reach this one. */
function withoutDaypass(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = /^(SLACK_|DAYPASS_|DATABASE_URL$|REDIS_URL$|LOG_LEVEL$)/
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !foreign.test(name)))
}

async function ready(child: ChildProcess, url: string, tail: () => string): Promise<void> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`Daypass ended before it was ready:\n${tail()}`)
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(6_000) }).catch(() => null)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`Daypass was not ready within a minute:\n${tail()}`)
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill(signal)
  const impatience = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await ended
  clearTimeout(impatience)
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer()
    probe.once('error', failed)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address && typeof address === 'object' ? found(address.port) : failed(new Error('no port')),
      )
    })
  })
}
