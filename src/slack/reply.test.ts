import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { says } from './blocks/parts.ts'
import { createReply } from './reply.ts'

let acknowledged: unknown[]
let responded: object[]
const reply = (isCommand: boolean, responseUrl: string | null = 'https://slack.test/1') =>
  createReply({
    acknowledge: async (answer) => {
      acknowledged.push(answer)
    },
    responseUrl,
    speaksInAcknowledgement: isCommand,
    fetch: async (_, init) => {
      responded.push(JSON.parse(String(init?.body)))
      return new Response('ok')
    },
    logger: pino({ level: 'silent' }),
  })

beforeEach(() => {
  vi.useFakeTimers()
  acknowledged = []
  responded = []
})
afterEach(() => {
  vi.useRealTimers()
})

describe('an answer', () => {
  it('to a command is the acknowledgement itself', async () => {
    const answer = reply(true)
    await answer.whisper(says('Done'))
    await answer.acknowledge()
    expect(acknowledged).toMatchObject([{ response_type: 'ephemeral', text: 'Done' }])
    expect(responded).toEqual([])
  })

  it('to a click comes after an acknowledgement without words, and leaves the message as it is', async () => {
    await reply(false).whisper(says('No'))
    expect(acknowledged).toEqual([undefined])
    expect(responded).toMatchObject([{ response_type: 'ephemeral', replace_original: false, text: 'No' }])
  })

  it('that takes too long is acknowledged before Slack gives up, and still comes', async () => {
    const answer = reply(true)
    await vi.advanceTimersByTimeAsync(2_499)
    expect(acknowledged).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(acknowledged).toEqual([undefined])
    await answer.whisper(says('Late'))
    expect(acknowledged.length).toBe(1)
    expect(responded).toMatchObject([{ text: 'Late' }])
  })

  it('without an address to send it to is acknowledged all the same', async () => {
    await reply(false, null).whisper(says('Nobody hears this'))
    expect(acknowledged).toEqual([undefined])
  })
})
