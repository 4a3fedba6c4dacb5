import { connect, createServer, type Socket } from 'node:net'
import { openDatabase } from '../../src/db/database.ts'
import { createStore } from '../../src/db/store.ts'
import type { Store } from '../../src/domain/store.ts'

/** Answers are held back, so that what is sent without waiting for them comes before them, also on a busy machine. */
const delayMs = 80

/** A store behind a proxy that counts round trips: how often a client sends after the server has answered. */
export async function countRoundTrips(url: string): Promise<{
  readonly store: Store
  during(work: () => Promise<unknown>): Promise<number>
  close(): Promise<void>
}> {
  let trips = 0
  const { hostname, port } = new URL(url)
  const proxy = createServer((client: Socket) => {
    const server = connect({ host: hostname, port: Number(port) })
    let answered = true
    client.on('data', (chunk) => {
      if (answered) trips += 1
      answered = false
      server.write(chunk)
    })
    server.on('data', (chunk) => {
      setTimeout(() => {
        answered = true
        client.write(chunk)
      }, delayMs)
    })
    for (const socket of [client, server]) socket.on('error', () => {})
    client.on('close', () => server.destroy())
    server.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = proxy.address()
  if (typeof address !== 'object' || !address) throw new Error('the proxy has no port')
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String(address.port)
  // One connection, so that it knows every statement after the first time.
  const database = openDatabase(through.href, { poolSize: 1 })
  return {
    store: createStore(database),
    async during(work) {
      trips = 0
      await work()
      return trips
    },
    async close() {
      await database.close()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}
