import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { pino } from 'pino'
import { afterEach, expect, it } from 'vitest'
import { createHttpServer, type HttpServer } from '../../src/http/server.ts'
import type { HttpRoute } from '../../src/http-route.ts'

const logger = pino({ level: 'silent' })
const host = '127.0.0.1'
const servers: HttpServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(500)
})

const echo: HttpRoute = {
  path: '/echo',
  method: 'POST',
  bodyLimit: 100,
  handler: ({ body }) => ({ status: 200, body: body.toString('hex') }),
}
async function serve(routes: HttpRoute[], limits?: { headersMs: number; requestMs: number }) {
  const server = createHttpServer({ host, port: 0, routes, logger, ...(limits ? { limits } : {}) })
  servers.push(server)
  const port = await server.start()
  return { server, port, url: `http://${host}:${port}` }
}
const post = (url: string, body: Buffer | string, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body: typeof body === 'string' ? body : new Uint8Array(body), headers })
async function closed(socket: Socket): Promise<string> {
  let said = ''
  socket.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  socket.on('error', () => {})
  await once(socket, 'close')
  return said
}

it.each(['application/json', 'application/x-www-form-urlencoded', 'text/plain', ''])(
  'a body of type %s is handed over byte for byte',
  async (type) => {
    const { url } = await serve([echo])
    const bytes = Buffer.from([0, 255, 123, 34, 13, 10])
    const answer = await post(`${url}/echo?x=1`, bytes, type === '' ? {} : { 'content-type': type })
    expect({ status: answer.status, body: await answer.text() }).toEqual({
      status: 200,
      body: bytes.toString('hex'),
    })
  },
)

it('a body that is too long is refused with 413, and the route is told', async () => {
  const told: number[] = []
  const { url } = await serve([{ ...echo, onRefused: (status) => told.push(status) }])
  const answer = await post(`${url}/echo`, 'x'.repeat(101), { 'content-type': 'text/plain' })
  expect({ status: answer.status, body: await answer.text() }).toEqual({ status: 413, body: '' })
  expect(told).toEqual([413])
})

it('a content type that is none is refused with 415, and the route is told', async () => {
  const told: number[] = []
  const { url } = await serve([{ ...echo, onRefused: (status) => told.push(status) }])
  expect((await post(`${url}/echo`, 'x', { 'content-type': 'nonsense' })).status).toBe(415)
  expect(told).toEqual([415])
})

it('another path or method is 404, and no answer says what answers', async () => {
  const { url } = await serve([echo])
  for (const answer of [
    await fetch(`${url}/nothing`),
    await fetch(`${url}/echo`),
    await post(`${url}/`, 'x'),
  ]) {
    expect({ status: answer.status, body: await answer.text() }).toEqual({ status: 404, body: '' })
    expect([answer.headers.get('server'), answer.headers.get('x-powered-by')]).toEqual([null, null])
  }
})

it('a handler that throws is 500 with nothing in it', async () => {
  const { url } = await serve([
    {
      ...echo,
      handler: () => {
        throw new Error('a secret')
      },
    },
  ])
  const answer = await post(`${url}/echo`, 'x')
  expect({ status: answer.status, body: await answer.text() }).toEqual({ status: 500, body: '' })
})

it.each([
  ['headers', 'POST /echo HTTP/1.1\r\nHost: x\r\nX-Slow: '],
  ['a body', 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nslow'],
])('a client that is slow with %s is cut off', async (_what, sent) => {
  const { port } = await serve([echo], { headersMs: 200, requestMs: 400 })
  const socket = connect(port, host)
  socket.write(sent)
  expect(await closed(socket)).toMatch(/^HTTP\/1\.1 408/)
})

it('headers beyond 16 KB are refused', async () => {
  const { url } = await serve([echo])
  expect((await post(`${url}/echo`, 'x', { 'x-long': 'x'.repeat(17_000) })).status).toBe(431)
})

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

/** A route whose answer waits for `answer`; `arrived` says that a request is with it. */
function waiting() {
  const arrived = deferred<void>()
  const answer = deferred<{ status: number; body: string }>()
  const handler = () => {
    arrived.resolve()
    return answer.promise
  }
  return { route: { ...echo, handler }, arrived: arrived.promise, answer: answer.resolve }
}

it('what is in hand is answered while the server stops, then nobody is let in', async () => {
  const { route, arrived, answer } = waiting()
  const { server, url } = await serve([route])
  const asking = post(`${url}/echo`, 'x')
  await arrived
  const stopping = server.stop(60_000)
  answer({ status: 200, body: 'done' })
  expect(await (await asking).text()).toBe('done')
  // The client would keep the connection: the server does not wait for that.
  await stopping
  await expect(fetch(`${url}/echo`)).rejects.toThrow()
})

it('what hangs is cut off when the time to stop is over', async () => {
  const { route, arrived } = waiting()
  const { server, url } = await serve([route])
  const asking = post(`${url}/echo`, 'x').catch(() => 'cut off')
  await arrived
  await server.stop(100)
  expect(await asking).toBe('cut off')
})

it('a port that is taken is refused, and free again once its server has stopped', async () => {
  const { server, port } = await serve([echo])
  const other = createHttpServer({ host, port, routes: [echo], logger })
  await expect(other.start()).rejects.toThrow(/EADDRINUSE/)
  await server.stop(500)
  const third = createHttpServer({ host, port, routes: [echo], logger })
  servers.push(third)
  expect(await third.start()).toBe(port)
})
