import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { StreamRules } from '../../src/domain/record/stream-rules.ts'
import { createStreamSender } from '../../src/siem/sender.ts'
import { type Sending, sendStream } from '../../src/usecases/record/send-stream.ts'
import { openRecordWorld, type RecordWorld } from '../record/_record-world.ts'
import type { StreamProcess } from './_stream-process.ts'

const file = fileURLToPath(new URL('_stream-process.ts', import.meta.url))
const perBatch = 10

interface Arrived {
  readonly id: string
  readonly sequence: number
}
/** As they came. */
let batches: Arrived[][] = []
/** Called with the number of batches that have arrived, before the answer and after it. */
let on = { received: async (_: number) => {}, answered: (_: number) => {} }
const receiver = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const lines = Buffer.concat(chunks).toString().split('\n').filter(Boolean)
  batches.push(
    lines.map((line) => JSON.parse(line).metadata).map(({ uid, sequence }) => ({ id: uid, sequence })),
  )
  const count = batches.length
  await on.received(count)
  response.end('{}', () => on.answered(count))
})

let world: RecordWorld
beforeAll(async () => {
  world = await openRecordWorld()
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  return world.close
})
afterAll(() => {
  receiver.closeAllConnections()
  receiver.close()
})

it.each([
  ['with a batch that the destination has not taken yet', 'received'],
  ['as soon as the destination has answered', 'answered'],
] as const)(
  'a process is killed %s: nothing is lost, and what comes again has the same ids',
  async (_, at) => {
    const rules = await waiting(45)
    const child = start(rules, world.clock.now())
    on = {
      received: async (count) => {
        if (at !== 'received' || count !== 2 || child.killed) return
        child.kill('SIGKILL')
        // The destination lost it too: it had not taken it yet.
        batches.pop()
      },
      answered: (count) => {
        if (at === 'answered' && count === 3) child.kill('SIGKILL')
      },
    }
    await once(child, 'exit')
    expect(child.signalCode).toBe('SIGKILL')
    const before = batches.length

    // Another process waits until the hold of the dead one is over, and goes on.
    expect(await resultOf(start(rules, world.clock.now()))).toEqual({ kind: 'busy' })
    world.clock.advance(rules.timeoutSeconds + 16)
    expect(await resultOf(start(rules, world.clock.now()))).toMatchObject({ kind: 'sent' })

    const known = new Map(
      batches
        .slice(0, before)
        .flat()
        .map(({ id, sequence }) => [sequence, id]),
    )
    const again = batches
      .slice(before)
      .flat()
      .filter(({ sequence }) => known.has(sequence))
    // Only the batch that was under way may come again, and whole.
    expect(again.length).toBeOneOf([0, perBatch])
    for (const { id, sequence } of again) expect(id).toBe(known.get(sequence))
    const firsts = [...new Map(batches.flat().map(({ id, sequence }) => [id, sequence])).values()]
    expect(firsts).toEqual(Array.from({ length: 45 }, (_, at) => (firsts[0] ?? 0) + at))
    expect(await resultOf(start(rules, world.clock.now()))).toEqual({ kind: 'sent', count: 0 })
  },
)

/** A stream that has begun, and so many events that wait for it. */
async function waiting(count: number): Promise<StreamRules> {
  const { port } = receiver.address() as AddressInfo
  const rules: StreamRules = {
    id: `s-${randomUUID().slice(0, 8)}`,
    format: 'ocsf',
    ocsfVersion: '1.8',
    from: 'now',
    batch: perBatch,
    timeoutSeconds: 5,
    tellAfterSeconds: 900,
    to: {
      kind: 'webhook',
      url: `http://127.0.0.1:${port}/`,
      secrets: [`whsec_${Buffer.alloc(32, 7).toString('base64')}`],
      allowAddresses: ['127.0.0.1'],
    },
  }
  on = { received: async () => {}, answered: () => {} }
  const send = () =>
    sendStream({ ...world.ports, sender: createStreamSender() }, rules, {
      holder: randomUUID(),
      signal: new AbortController().signal,
    })
  await send()
  await world.sequence()
  // The record says that the stream began, which is sent as well.
  await send()
  await world.append(count)
  await world.sequence()
  batches = []
  return rules
}

function start(rules: StreamRules, now: Date) {
  const order: StreamProcess = {
    databaseUrl: world.databaseUrl,
    rules,
    now: now.toISOString(),
    holder: randomUUID(),
  }
  return fork(file, [JSON.stringify(order)], { execArgv: ['--import', 'tsx'] })
}

async function resultOf(child: ReturnType<typeof start>): Promise<Sending> {
  const [sending] = await once(child, 'message')
  await once(child, 'exit')
  return sending as Sending
}
