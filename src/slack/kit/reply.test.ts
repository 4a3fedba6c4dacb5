import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { textMessage } from './blocks.ts'
import { createReply } from './reply.ts'

let acknowledged: unknown[]
let responded: object[]
/** What Slack answers, in order; then `ok`. */
let refusals: Response[]
const reply = (isCommand: boolean, responseUrl: string | null = 'https://slack.test/1') =>
  createReply({
    acknowledge: async (answer) => {
      acknowledged.push(answer)
    },
    responseUrl,
    canAnswerInAcknowledgement: isCommand,
    fetch: async (_, init) => {
      responded.push(JSON.parse(String(init?.body)))
      return refusals.shift() ?? new Response('ok')
    },
    logger: pino({ level: 'silent' }),
  })

beforeEach(() => {
  vi.useFakeTimers()
  acknowledged = []
  responded = []
  refusals = []
})
afterEach(() => {
  vi.useRealTimers()
})

describe('an answer', () => {
  it('to a command is the acknowledgement itself', async () => {
    const answer = reply(true)
    await answer.ephemeral(textMessage('Done'))
    await answer.acknowledge()
    expect(acknowledged).toMatchObject([{ response_type: 'ephemeral', text: 'Done' }])
    expect(responded).toEqual([])
  })

  it('to a click comes after an acknowledgement without words, and leaves the message as it is', async () => {
    await reply(false).ephemeral(textMessage('No'))
    expect(acknowledged).toEqual([undefined])
    expect(responded).toMatchObject([{ response_type: 'ephemeral', replace_original: false, text: 'No' }])
  })

  it('that takes too long is acknowledged before Slack gives up, and still comes', async () => {
    const answer = reply(true)
    await vi.advanceTimersByTimeAsync(2_499)
    expect(acknowledged).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(acknowledged).toEqual([undefined])
    await answer.ephemeral(textMessage('Late'))
    expect(acknowledged.length).toBe(1)
    expect(responded).toMatchObject([{ text: 'Late' }])
  })

  it.each([
    ['an HTTP error', () => new Response('no', { status: 500 })],
    ['HTTP 200 that is not ok', () => Response.json({ ok: false, error: 'invalid_blocks' })],
  ])('that Slack refuses with %s gives way to the simpler one', async (_, refusal) => {
    refusals = [refusal()]
    await reply(false).replace(textMessage('A table'), textMessage('A list'))
    expect(responded).toMatchObject([{ text: 'A table' }, { text: 'A list', replace_original: true }])
  })

  it('that Slack refuses, and the simpler one too, is known to be lost', async () => {
    refusals = [new Response('no', { status: 500 }), Response.json({ ok: false, error: 'used_url' })]
    await expect(reply(false).replace(textMessage('A table'), textMessage('A list'))).rejects.toThrow(
      'used_url',
    )
  })

  it('that Slack takes is the only one', async () => {
    refusals = [Response.json({ ok: true })]
    await reply(false).replace(textMessage('A table'), textMessage('A list'))
    expect(responded).toMatchObject([{ text: 'A table' }])
  })

  it('without an address to send it to is acknowledged all the same', async () => {
    await reply(false, null).ephemeral(textMessage('Nobody hears this'))
    expect(acknowledged).toEqual([undefined])
  })
})
