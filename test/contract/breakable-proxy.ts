import { createServer, connect as dial, type Server, type Socket } from 'node:net'

/** Stands between a connector and its target, and can take the target away or spoil its answers. `mend` ends every fault. */
export interface BreakableProxy {
  readonly port: number
  /** Closes open connections with a FIN, as a server that shuts down, and refuses new ones. */
  break(): Promise<void>
  /** Accepts connections, and passes nothing on: a target behind a firewall that drops. */
  hang(): void
  /** Resets open connections, and every new one as soon as it says something. */
  reset(): void
  /** Puts nonsense in the place of every answer. */
  garble(): void
  /**
   * Cuts all connections, and refuses new ones, at the message of the client after so many: before the target gets that
   * message, or after it got it but before its answer comes back. Returns whether that has happened.
   */
  cutAfter(messages: number, lost: 'request' | 'answer'): () => boolean
  /** Connections that carried a fault are closed; new ones pass. */
  mend(): Promise<void>
  /** Connections that were let through since the start. */
  count(): number
  /** Waits for this before each message of the client passes. */
  before(step: (() => Promise<void>) | null): void
  /** Calls back with the text that the client sends, as it passes. */
  watch(listener: ((text: string) => void) | null): void
}

type Fault = 'none' | 'hang' | 'reset' | 'garble'

export async function openProxy(target: { host: string; port: number }): Promise<BreakableProxy> {
  const sockets = new Set<Socket>()
  let listener: ((text: string) => void) | null = null
  let before: (() => Promise<void>) | null = null
  let fault: Fault = 'none'
  let cut: { left: number; lost: 'request' | 'answer'; done: boolean } | null = null
  let late: NodeJS.Timeout | undefined
  let count = 0

  const close = async () => {
    clearTimeout(late)
    const closed = new Promise<void>((resolve) => open.close(() => resolve()))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  const fromClient = (client: Socket, server: Socket, chunk: Buffer) => {
    listener?.(chunk.toString('latin1'))
    if (fault === 'reset') client.resetAndDestroy()
    if (fault === 'reset' || fault === 'hang') return
    if (cut && !cut.done && cut.left === 0) {
      cut.done = true
      if (cut.lost === 'request') return void close()
      server.once('data', () => void close())
      // A message without an answer of its own, such as the first half of a long one.
      late = setTimeout(() => void close(), 150)
      server.write(chunk)
      return
    }
    if (cut) cut.left -= 1
    server.write(chunk)
  }
  const fromServer = (client: Socket, chunk: Buffer) => {
    if (fault === 'hang' || cut?.done) return
    client.write(fault === 'garble' ? Buffer.from('\u0000~nonsense~\r\n\r\n'.repeat(8)) : chunk)
  }
  const serve = (client: Socket) => {
    // As the target itself does: a small answer does not wait for the acknowledgement of the one before.
    const server = dial({ ...target, noDelay: true })
    count += 1
    let last = Promise.resolve()
    client.on('data', (chunk) => {
      if (!before) return fromClient(client, server, chunk)
      last = last.then(() => before?.()).then(() => fromClient(client, server, chunk))
    })
    server.on('data', (chunk) => fromServer(client, chunk))
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket)
      socket.on('end', () => other.end())
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  }
  let open = await listen(serve, 0)
  const port = portOf(open)
  return {
    port,
    break: close,
    hang: () => {
      fault = 'hang'
    },
    reset: () => {
      fault = 'reset'
      for (const socket of sockets) socket.resetAndDestroy()
    },
    garble: () => {
      fault = 'garble'
    },
    cutAfter: (messages, lost) => {
      const mine = { left: messages, lost, done: false }
      cut = mine
      return () => mine.done
    },
    mend: async () => {
      clearTimeout(late)
      if (open.listening && (fault !== 'none' || cut?.done)) await close()
      fault = 'none'
      cut = null
      if (!open.listening) open = await listen(serve, port)
    },
    count: () => count,
    before: (step) => {
      before = step
    },
    watch: (next) => {
      listener = next
    },
  }
}

function listen(serve: (client: Socket) => void, port: number): Promise<Server> {
  const server = createServer({ noDelay: true }, serve)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

function portOf(server: Server): number {
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('the proxy has no port')
  return address.port
}
