import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type KeptConnections, keepConnections, type Request } from './kept-connections.ts'

let answer: (request: IncomingMessage, response: ServerResponse) => void
let sockets: Set<Socket>
let url: string
let connections: KeptConnections
let stop: () => Promise<void>

beforeEach(async () => {
  sockets = new Set()
  answer = (_, response) => response.end('yes')
  const server = createServer((request, response) => answer(request, response))
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  connections = keepConnections()
  stop = async () => {
    await connections.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
afterEach(() => stop())

const ask = async (request: Request): Promise<string> => {
  const { body } = await request(url, { method: 'GET', headers: {}, body: null })
  return body.text()
}
const operation = () => connections.run(ask, { ca: null })

it('operations one after the other share their connections', async () => {
  for (let turn = 0; turn < 20; turn += 1) expect(await operation()).toBe('yes')
  // A connection is free again a moment after its answer.
  expect(sockets.size).toBeLessThanOrEqual(2)
})

it('other certificates are trusted on other connections', async () => {
  await operation()
  const before = sockets.size
  await connections.run(ask, { ca: 'another' })
  expect(sockets.size).toBe(before + 1)
})

it('a kept connection that the other side has closed is no fault of the target', async () => {
  await operation()
  const before = new Set(sockets)
  answer = ({ socket }, response) => (before.has(socket) ? socket.destroy() : response.end('again'))
  expect(await operation()).toBe('again')
})

it('a target that closes new connections is told as it is', async () => {
  answer = ({ socket }) => socket.destroy()
  await expect(operation()).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' })
  expect(sockets.size).toBe(1)
})

it('calls of an operation that was given up end, and none is made after it', async () => {
  const arrived = new Promise<Socket>((resolve) => {
    answer = ({ socket }) => resolve(socket)
  })
  let late: Promise<string> | null = null
  let after: (() => Promise<string>) | null = null
  const given = connections.run(
    async (request) => {
      late = ask(request)
      late.catch(() => {})
      after = () => ask(request)
      const socket = await arrived
      return new Promise<void>((resolve) => {
        socket.once('close', resolve)
        throw new Error('given up')
      })
    },
    { ca: null },
  )
  await expect(given).rejects.toThrow('given up')
  await expect(late).rejects.toThrow(/abort/i)
  await expect((after as (() => Promise<string>) | null)?.()).rejects.toThrow(/abort/i)
})
