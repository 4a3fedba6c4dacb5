import { setMaxListeners } from 'node:events'
import type { Agent, Dispatcher } from 'undici'

/** One HTTP call that follows no redirect: it carries a secret, which is for this address only. */
export type Request = (url: string, call: RequestParts) => Promise<Dispatcher.ResponseData>

export interface RequestParts {
  readonly method: Dispatcher.HttpMethod
  readonly headers: Record<string, string>
  readonly body: string | null
}

/** Connections to the target of one resource, which stay open between operations. */
export interface KeptConnections {
  /**
   * Runs the calls of one operation. Those that are under way when it is done or given up are ended. `ca`: the certificates (PEM)
   * that are trusted, in place of the public ones.
   */
  run<T>(work: (request: Request) => Promise<T>, trust: { readonly ca: string | null }): Promise<T>
  close(): Promise<void>
}

/** In milliseconds. Firewalls and load balancers forget a silent connection after some minutes, without a word to its ends. */
const longestIdle = 30_000

/** Calls of one process at a time; more wait for their turn. */
const mostConnections = 16

/** In bytes. */
const longestAnswer = 128 * 1_048_576

/**
 * For targets whose calls can all be repeated: a call whose kept connection was closed by the other side is made once more, on
 * another connection.
 */
export function keepConnections(): KeptConnections {
  let kept: { readonly ca: string | null; readonly agent: Agent; wasUsed: boolean } | null = null
  const open = async (ca: string | null) => {
    const { Agent } = await import('undici')
    if (kept?.ca === ca) return kept
    void kept?.agent.close()
    kept = {
      ca,
      wasUsed: false,
      agent: new Agent({
        connections: mostConnections,
        keepAliveTimeout: longestIdle,
        maxResponseSize: longestAnswer,
        ...(ca !== null && { connect: { ca } }),
      }),
    }
    return kept
  }
  return {
    run: async (work, { ca }) => {
      const connections = await open(ca)
      const { agent, wasUsed } = connections
      const over = new AbortController()
      setMaxListeners(0, over.signal)
      const request: Request = async (url, call) => {
        const { origin, pathname, search } = new URL(url)
        const options = { ...call, origin, path: `${pathname}${search}`, signal: over.signal }
        return agent.request(options).catch((error: unknown) => {
          if (!wasUsed || over.signal.aborted || !isClosed(error)) throw error
          return agent.request(options)
        })
      }
      try {
        return await work(request)
      } finally {
        connections.wasUsed = true
        over.abort()
      }
    },
    close: async () => {
      await kept?.agent.destroy()
      kept = null
    },
  }
}

function isClosed(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(code)
}
