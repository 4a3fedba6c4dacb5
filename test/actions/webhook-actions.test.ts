import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startWebhookReceiver, type WebhookReceiver } from '../../fixtures/targets/webhook-receiver.ts'
import { webhook } from '../../src/connectors/webhook/connector.ts'
import type { Connector, RunOrder } from '../../src/domain/connector.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { openConnector } from '../contract/_open-connector.ts'
import { run } from './_postgres-actions.ts'

let receiver: WebhookReceiver
let connector: Connector
beforeAll(async () => {
  receiver = await startWebhookReceiver({ signsAnswers: true })
  connector = openConnector(webhook, {
    id: 'crm',
    settings: {
      url: receiver.url(),
      secrets: receiver.secrets,
      signedAnswers: true,
      allowHttp: true,
      allowAddresses: ['127.0.0.0/8'],
      timeout: '1s',
    },
    entitlements: {},
    actions: { resend: content },
  })
})
afterAll(async () => {
  await connector.close()
  await receiver.close()
})

const content = { call: 'resend', fixed: { channel: 'email' }, reads: true }
const order = (invoice: string, changes: object = {}): RunOrder => ({
  runId: randomUUID(),
  reference: 'AR-1042',
  resourceId: 'crm',
  actionId: 'resend',
  content: contentFromJson({ ...content, ...changes }),
  values: { invoice },
  previewedRows: null,
  requester: { displayName: 'Carl', userId: 'U0CARL' },
})
const runs = () => {
  if (!connector.runs) throw new Error('no runs')
  return connector.runs
}

it('is sent once, signed, with the id of the run as its idempotency key, and its output comes back', async () => {
  const one = order('7')
  expect(await run(runs(), one)).toEqual({
    kind: 'done',
    summary: 'It is sent again',
    rows: null,
    output: { kind: 'text', text: 'sent 7', isCut: false },
  })
  expect(receiver.system.done()).toEqual(['resend {"channel":"email","invoice":"7"}'])
  expect(receiver.calls.at(-1)?.headers['idempotency-key']).toBe(one.runId)
  expect(await runs().settle(one, {}, false)).toMatchObject({ kind: 'done' })
})

it('what the receiver refuses is undone', async () => {
  expect(await run(runs(), order('0'))).toMatchObject({ kind: 'undone', message: 'There is no invoice 0.' })
  receiver.behave('action.run', { answers: { status: 422, body: { reason: 'No such call.' } } })
  expect(await run(runs(), order('8'))).toMatchObject({
    kind: 'undone',
    code: 'status_422',
    message: 'The receiver refused the call (422). It says: “No such call.”',
  })
  receiver.behave('action.run', 'honest')
})

it.each([
  ['hangs', 'hangs', 'undone'],
  ['resets', 'resets', 'undone'],
  ['does it and answers late', 'does it, answers late', 'done'],
  ['fails', { answers: { status: 500, body: {} } }, 'undone'],
  ['answers something else', { answers: { status: 200, body: { ok: true } } }, 'undone'],
] as const)('a receiver that %s: nobody knows, until it is asked', async (_, behaviour, settled) => {
  const one = order('9')
  const before = receiver.system.done().length
  receiver.behave('action.run', behaviour)
  expect(await run(runs(), one)).toMatchObject({ kind: 'unknown' })
  receiver.behave('action.run', 'honest')
  await receiver.settled()
  expect(await runs().settle(one, {}, false)).toMatchObject({ kind: settled })
  expect(receiver.system.done().length - before).toBe(settled === 'done' ? 1 : 0)
  // After it has said “undone”, the receiver does not do it any more.
  if (settled === 'undone')
    expect(await run(runs(), one)).toMatchObject({ kind: 'undone', code: 'status_409' })
})

it('a receiver that cannot be asked leaves it unknown', async () => {
  expect(await runs().settle(order('1', { reads: false }), {}, false)).toMatchObject({ kind: 'unknown' })
})

it('the text that people approve holds the call, the values and what is fixed', () => {
  const settings = webhook.readSettings((schema) =>
    schema.parse({ url: 'https://crm.example.com/x', secrets: receiver.secrets }),
  )
  const typed = webhook.action?.readContent((schema) => schema.parse(content))
  expect(typed && settings?.renderAction?.(typed, { invoice: '7' })).toBe(
    'call resend\ninvoice = "7"\n{"channel":"email"}',
  )
})
