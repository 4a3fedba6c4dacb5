import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { certificateMissing, makeCertificate } from '../../fixtures/targets/certificate.ts'
import { startStreams } from '../../src/app/streams.ts'
import type { StreamDestination, StreamRules } from '../../src/domain/record/stream-rules.ts'
import { createStreamSender } from '../../src/siem/sender.ts'
import { signatureProblem } from '../../src/standard-webhooks.ts'
import { diagnoseStream } from '../../src/usecases/diagnose.ts'
import { sendStream } from '../../src/usecases/record/send-stream.ts'
import { openRecordWorld, type RecordWorld } from '../record/_record-world.ts'

const folder = mkdtempSync(join(tmpdir(), 'daypass-streams-'))
const secret = Buffer.alloc(32, 7).toString('base64')
const here = { allowAddresses: ['127.0.0.1'] }

interface Got {
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}
let got: Got[] = []
let answer: (response: ServerResponse, request: Got) => void = (response) => response.end('{}')
const receiver = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const one = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() }
  got.push(one)
  answer(response, one)
})

let world: RecordWorld
let base = ''
beforeAll(async () => {
  world = await openRecordWorld()
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  return world.close
})
afterAll(() => {
  receiver.closeAllConnections()
  receiver.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  got = []
  answer = (response) => response.end('{}')
})

function rulesTo(to: StreamDestination, changes: Partial<StreamRules> = {}): StreamRules {
  const id = `s-${randomUUID().slice(0, 8)}`
  const usual = { format: 'ocsf', ocsfVersion: '1.8', from: 'now', batch: 10 } as const
  return { id, ...usual, timeoutSeconds: 5, tellAfterSeconds: 900, to, ...changes }
}
const hook = (path = '/in'): StreamDestination => ({
  kind: 'webhook',
  url: `${base}${path}`,
  secrets: [`whsec_${secret}`],
  ...here,
})
const send = (rules: StreamRules, holder = 'a0000000-0000-4000-8000-000000000001', signal = never) =>
  sendStream({ ...world.ports, sender: createStreamSender() }, rules, { holder, signal })
const never = new AbortController().signal

/** A stream that has begun, and so many events that wait for it. */
async function waiting(rules: StreamRules, count = 3): Promise<StreamRules> {
  await send(rules)
  await world.sequence()
  await send({ ...rules, to: { kind: 'file', path: join(folder, 'before') } })
  await world.append(count)
  await world.sequence()
  got = []
  return rules
}
const standing = async (rules: StreamRules) => (await world.ports.store.streams([rules.id]))[0]
const lines = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
const idsIn = (text: string) => lines(text).map(({ metadata }) => metadata.uid)

it('a webhook gets each event once, in order, in signed batches', async () => {
  const rules = await waiting(rulesTo(hook()), 25)
  expect(await send(rules)).toEqual({ kind: 'sent', count: 25 })
  expect(got.map(({ body }) => lines(body).length)).toEqual([10, 10, 5])
  const sequences = got.flatMap(({ body }) => lines(body).map(({ metadata }) => metadata.sequence))
  expect(sequences).toEqual(sequences.map((_, at) => sequences[0] + at))
  for (const { headers, body } of got) {
    const id = String(headers['webhook-id'])
    const given = {
      'webhook-id': id,
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    }
    const now = world.clock.now()
    expect(signatureProblem([Buffer.from(secret, 'base64')], id, now, given, body)).toBe(null)
  }
  expect(await send(rules)).toEqual({ kind: 'sent', count: 0 })
  expect(await standing(rules)).toMatchObject({ backlog: 0, oldestAt: null, problem: null })
})

it('a process that died before the position moved on leaves a batch that comes again, with the same ids', async () => {
  const rules = await waiting(rulesTo(hook()))
  const dead = new AbortController()
  // The receiver has the batch, and the process dies before it reads the answer.
  answer = (response) => {
    dead.abort()
    response.end()
  }
  expect(await send(rules, undefined, dead.signal)).toEqual({ kind: 'failed' })
  const first = idsIn(got[0]?.body ?? '')
  answer = (response) => response.end()
  expect(await send(rules)).toEqual({ kind: 'sent', count: 3 })
  expect(idsIn(got[1]?.body ?? '')).toEqual(first)
})

it('while one process sends, another one does not; and it goes on after the first has died', async () => {
  const rules = await waiting(rulesTo(hook()))
  await world.ports.store.transaction((tx) => {
    const now = world.clock.now()
    const until = new Date(now.getTime() + 20_000)
    return tx.streams.claim(rules.id, { holder: randomUUID(), now, until })
  })
  expect(await send(rules)).toEqual({ kind: 'busy' })
  world.clock.advance(21)
  expect(await send(rules)).toEqual({ kind: 'sent', count: 3 })
})

it('a destination that fails is tried again later; security is told once, and again when it works', async () => {
  const rules = await waiting(rulesTo(hook()))
  const told = () =>
    world.channel.notices.flatMap((notice) => (notice.kind === 'stream' ? [notice.state] : []))
  answer = (response) => response.writeHead(503).end('token hunter22')
  expect(await send(rules)).toEqual({ kind: 'failed' })
  expect(await send(rules), 'not due yet').toEqual({ kind: 'busy' })
  await world.processAll()
  expect(told()).toEqual([])
  for (const minutes of [16, 2, 2]) {
    world.clock.advance(minutes * 60)
    expect(await send(rules)).toEqual({ kind: 'failed' })
  }
  await world.processAll()
  expect(told()).toEqual(['failing'])
  const failing = await standing(rules)
  expect(failing).toMatchObject({ backlog: 3, problem: 'It answers with 503.' })
  expect(JSON.stringify(diagnoseStream(rules, failing ?? null))).toContain('3 events wait')
  answer = (response) => response.end()
  world.clock.advance(120)
  await send(rules)
  await world.processAll()
  expect(told()).toEqual(['failing', 'recovered'])
  await world.sequence()
  const { count } = (await send(rules)) as { count: number }
  expect(count, 'the stream tells of its own fault and recovery').toBe(2)
})

it.each([
  ['a redirect to the metadata address', 302, /redirect \(302\), and none is followed/],
  ['a refusal', 401, /401: the secret or token is not accepted/],
])('%s is no acknowledgement', async (_, status, problem) => {
  const rules = await waiting(rulesTo(hook()))
  answer = (response) =>
    response.writeHead(status, { location: 'http://169.254.169.254/latest/meta-data' }).end()
  expect(await send(rules)).toEqual({ kind: 'failed' })
  expect((await standing(rules))?.problem).toMatch(problem)
  expect(got).toHaveLength(1)
})

it('an address that is not public is dialled only where the catalog names it', async () => {
  for (const url of ['http://169.254.169.254/in', `${base}/in`, base.replace('127.0.0.1', 'localhost')]) {
    const rules = await waiting(rulesTo({ kind: 'webhook', url, secrets: [secret], allowAddresses: [] }))
    await send(rules)
    expect((await standing(rules))?.problem).toMatch(/such hosts are not called/)
  }
  expect(got).toEqual([])
})

it('an answer that never ends, or is huge, holds nothing up for longer than the timeout', async () => {
  const rules = await waiting(rulesTo(hook(), { timeoutSeconds: 1 }))
  answer = (response) => {
    const drip = setInterval(() => response.write('x'), 50)
    response.on('close', () => clearInterval(drip))
  }
  expect(await send(rules)).toEqual({ kind: 'failed' })
  expect((await standing(rules))?.problem).toMatch(/did not answer in time/)
  world.clock.advance(60)
  answer = (response) => response.end('x'.repeat(5 * 1_048_576))
  await send(rules)
  expect((await standing(rules))?.problem).toMatch(/longer than 4 MiB/)
})

it('a file gets a line for each event, also after it was renamed, and after half a line', async () => {
  const path = join(folder, 'audit.jsonl')
  const rules = await waiting(rulesTo({ kind: 'file', path }, { format: 'daypass' }), 2)
  await send(rules)
  expect(lines(readFileSync(path, 'utf8')).map(({ event }) => event.action)).toEqual([
    'people.imported',
    'people.imported',
  ])
  renameSync(path, `${path}.1`)
  writeFileSync(path, '{"half')
  await world.append(1)
  await world.sequence()
  await send(rules)
  const [half, line] = readFileSync(path, 'utf8').split('\n')
  expect([half, JSON.parse(line ?? '').origin]).toEqual(['{"half', (await world.record.state()).origin])
})

it('a file that is a link or a FIFO gets nothing', async () => {
  const [target, link, fifo] = ['target', 'link', 'fifo'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  symlinkSync(target, link)
  execFileSync('mkfifo', [fifo])
  for (const path of [link, fifo, folder]) {
    const rules = await waiting(rulesTo({ kind: 'file', path }))
    expect(await send(rules)).toEqual({ kind: 'failed' })
    expect((await standing(rules))?.problem).toMatch(/symbolic link|no ordinary file|cannot be written/)
  }
  expect(() => readFileSync(target)).toThrow()
})

it('Splunk, Elasticsearch and Kafka get what they expect, and each refusal of an event counts', async () => {
  const splunk = await waiting(
    rulesTo({ kind: 'splunk', url: `${base}/hec`, token: 't-1', index: 'sec', ...here }),
    2,
  )
  await send(splunk)
  expect(got[0]).toMatchObject({
    url: '/hec/services/collector/event',
    headers: { authorization: 'Splunk t-1' },
  })
  expect(lines(got[0]?.body ?? '')[0]).toMatchObject({
    sourcetype: 'daypass:ocsf',
    index: 'sec',
    event: { class_uid: 3004 },
  })

  const elastic = await waiting(
    rulesTo({ kind: 'elastic', url: base, index: 'logs-daypass', apiKey: 'k', ...here }, { format: 'ecs' }),
    2,
  )
  const bulk = (statuses: number[]) => (response: ServerResponse) => {
    const items = statuses.map((status) => ({ create: { status, error: { type: 'some_exception' } } }))
    response.end(JSON.stringify({ errors: true, items }))
  }
  answer = bulk([201, 400])
  await send(elastic)
  expect((await standing(elastic))?.problem).toBe('Elasticsearch refuses an event (400, some_exception).')
  // The first attempt wrote one of them.
  answer = bulk([409, 201])
  world.clock.advance(60)
  expect(await send(elastic)).toEqual({ kind: 'sent', count: 2 })
  const [head, body] = lines(got.at(-1)?.body ?? '')
  expect(head.create._id).toBe(body.event.id)

  const kafka = await waiting(
    rulesTo({ kind: 'kafka', url: base, topic: 'audit', authorization: 'Basic eA==', ...here }),
    2,
  )
  answer = (response) =>
    response.end(
      JSON.stringify({
        offsets: [
          { partition: 0, offset: 1 },
          { error_code: 50_002, error: 'x' },
        ],
      }),
    )
  await send(kafka)
  expect((await standing(kafka))?.problem).toBe('Kafka refuses an event (error 50002).')
  answer = (response) => response.end('<html>a login page</html>')
  world.clock.advance(60)
  await send(kafka)
  expect((await standing(kafka))?.problem).toMatch(/none of a Kafka REST proxy/)
  answer = (response) => response.end(JSON.stringify({ offsets: [{ offset: 1 }, { offset: 2 }] }))
  world.clock.advance(60)
  expect(await send(kafka)).toEqual({ kind: 'sent', count: 2 })
  expect(got.at(-1)).toMatchObject({ url: '/topics/audit', headers: { authorization: 'Basic eA==' } })
})

it.skipIf(certificateMissing !== null)(
  'syslog over TLS: each message with its length, only to a receiver whose certificate is trusted',
  async () => {
    const { certFile: caFile, keyFile } = await makeCertificate(folder)
    const [cert, key] = [readFileSync(caFile), readFileSync(keyFile)]
    let text = ''
    const server: TlsServer = createTlsServer({ cert, key }, (socket) => {
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('error', () => {})
    })
    server.on('tlsClientError', () => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const to = { kind: 'syslog', host: '127.0.0.1', port, client: null, ...here } as const
    const rules = await waiting(rulesTo(to))
    await send(rules)
    expect((await standing(rules))?.problem).toMatch(/certificate is not trusted/)
    expect(text).toBe('')
    world.clock.advance(60)
    expect(await send({ ...rules, to: { ...to, caFile } })).toEqual({ kind: 'sent', count: 3 })
    const messages: string[] = []
    for (let rest = Buffer.from(text); rest.length > 0; ) {
      const blank = rest.indexOf(' ')
      const length = Number(rest.subarray(0, blank).toString())
      messages.push(rest.subarray(blank + 1, blank + 1 + length).toString())
      rest = rest.subarray(blank + 1 + length)
    }
    expect(messages).toHaveLength(3)
    const { origin } = await world.record.state()
    const form = new RegExp(
      `^<109>1 2026-11-2\\dT[0-9:.]+Z ${origin} daypass - people.imported - (\\{.*\\})$`,
    )
    for (const message of messages)
      expect(JSON.parse(form.exec(message)?.[1] ?? '')).toMatchObject({
        message: 'people.imported: by Daypass',
      })
    server.close()
  },
)

it('a destination that never answers delays no other, and a stop ends its batch without counting it as a fault', async () => {
  const path = join(folder, 'beside.jsonl')
  const [hung, beside] = [await waiting(rulesTo(hook())), await waiting(rulesTo({ kind: 'file', path }))]
  answer = () => {}
  const catalog = { ...world.ports.catalog, streams: [hung, beside] }
  const log = { info() {}, warn() {}, error() {} } as unknown as Parameters<typeof startStreams>[0]['log']
  const stop = startStreams({ ports: () => ({ ...world.ports, catalog }), log })
  await expect.poll(async () => (await standing(beside))?.backlog, { timeout: 10_000 }).toBe(0)
  await stop()
  expect(await standing(hung)).toMatchObject({ problem: null, failingSince: null })
  expect((await standing(hung))?.backlog).toBeGreaterThan(0)
  answer = (response) => response.end()
  // Nothing is held any more, so the next process begins at once.
  expect(await send(hung, randomUUID())).toMatchObject({ kind: 'sent' })
})
