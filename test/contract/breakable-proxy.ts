import { createServer, connect as dial, type Server, type Socket } from 'node:net'

/** Stands between a connector and its target, and can take the target away. */
export interface BreakableProxy {
  readonly port: number
  /** Closes open connections with a FIN, as a server that shuts down, and refuses new ones. */
  break(): Promise<void>
  mend(): Promise<void>
  /** Connections that were let through since the start. */
  count(): number
  /** Calls back with the text that the client sends, as it passes. */
  watch(listener: ((text: string) => void) | null): void
}

export async function openProxy(target: { host: string; port: number }): Promise<BreakableProxy> {
  const sockets = new Set<Socket>()
  let listener: ((text: string) => void) | null = null
  let count = 0
  const serve = (client: Socket) => {
    const server = dial(target)
    count += 1
    client.on('data', (chunk) => listener?.(chunk.toString('latin1')))
    client.pipe(server).pipe(client)
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    }
  }
  let open = await listen(serve, 0)
  const port = portOf(open)
  return {
    port,
    break: async () => {
      const closed = new Promise<void>((resolve) => open.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
    mend: async () => {
      open = await listen(serve, port)
    },
    count: () => count,
    watch: (next) => {
      listener = next
    },
  }
}

function listen(serve: (client: Socket) => void, port: number): Promise<Server> {
  const server = createServer(serve)
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
