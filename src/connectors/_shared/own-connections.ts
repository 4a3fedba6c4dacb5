import type { RequestInit, Response } from 'undici'

/** A call that follows no redirect: it carries a secret, which is for this address only. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>

/** In bytes. A group of a hundred thousand members is a tenth of that. */
const longestAnswer = 128 * 1_048_576

/**
 * Runs `work` with connections of its own. They are closed when it is done or given up: an operation neither finds a connection
 * that broke while nobody used it, nor goes on after its time. `ca`: the certificates (PEM) that are trusted, in place of the
 * public ones.
 */
export async function onOwnConnections<T>(
  work: (fetch: Fetch) => Promise<T>,
  { ca }: { ca?: string } = {},
): Promise<T> {
  const { Agent, fetch } = await import('undici')
  const dispatcher = new Agent({
    maxResponseSize: longestAnswer,
    ...(ca !== undefined && { connect: { ca } }),
  })
  try {
    return await work((url, init) => fetch(url, { ...init, dispatcher, redirect: 'manual' }))
  } finally {
    void dispatcher.destroy()
  }
}
