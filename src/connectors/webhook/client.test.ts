import type { lookup } from 'node:dns'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConnectorError } from '../../domain/connector.ts'
import { openClient } from './client.ts'

let server: Server
let connections = 0
beforeAll(async () => {
  server = createServer((_, response) => response.end('{}'))
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
})
afterAll(() => server.close())
const portOf = () => (server.address() as AddressInfo).port

/** A name server that answers another list of addresses each time. */
function resolver(...answers: readonly (readonly string[])[]): typeof lookup {
  let asked = 0
  const resolve = (_: string, __: object, callback: (error: null, found: object[]) => void) => {
    const found = answers[Math.min(asked, answers.length - 1)] ?? []
    asked += 1
    callback(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return resolve as unknown as typeof lookup
}

function post(url: string, resolve?: typeof lookup, allowAddresses = ['127.0.0.1']) {
  const client = openClient('crm', { allowAddresses, caFile: undefined, timeout: 2 }, resolve)
  const call = () => client.post(new URL(url), {}, '{}', AbortSignal.timeout(2_000))
  return { call, close: () => client.close() }
}

async function refusal(call: () => Promise<unknown>): Promise<ConnectorError> {
  const error = await call().then(
    () => new Error('it was called'),
    (reason: unknown) => reason,
  )
  if (error instanceof ConnectorError) return error
  throw error
}

describe('no special address is dialled', () => {
  it.each([
    'http://127.0.0.1',
    'http://127.1',
    'http://0x7f000001',
    'http://2130706433',
    'http://0.0.0.0',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
    'http://[::]',
    'http://localhost',
    'http://169.254.169.254',
  ])('%s', async (origin) => {
    const before = connections
    const { call, close } = post(`${origin}:${portOf()}/`, undefined, [])
    expect(await refusal(call)).toMatchObject({
      code: 'misconfigured',
      retryable: false,
      message: expect.stringContaining('allowAddresses'),
    })
    await close()
    expect(connections).toBe(before)
  })

  it('a name that leads elsewhere at the next call is examined at each call', async () => {
    const resolve = resolver(['127.0.0.1'], ['127.0.0.2'], ['169.254.169.254'], ['::1', '10.0.0.1'])
    const { call, close } = post(`http://receiver.example.com:${portOf()}/`, resolve)
    expect(await call()).toMatchObject({ status: 200 })
    const before = connections
    for (const address of ['127.0.0.2', '169.254.169.254', '::1']) {
      expect((await refusal(call)).message).toContain(`${address} is a private`)
    }
    await close()
    expect(connections).toBe(before)
  })

  it('of several addresses of a name only permitted ones are dialled', async () => {
    const resolve = resolver(['10.0.0.1', '127.0.0.1', '::1'])
    const { call, close } = post(`http://receiver.example.com:${portOf()}/`, resolve)
    expect(await call()).toMatchObject({ status: 200 })
    await close()
  })
})
