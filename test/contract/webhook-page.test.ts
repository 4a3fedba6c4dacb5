import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { targetFolder } from '../../fixtures/targets/server.ts'
import { freshWebhookSecret } from '../../fixtures/targets/webhook-receiver.ts'
import { webhook } from '../../src/connectors/webhook/connector.ts'
import { entitlementSchema, settingsSchema } from '../../src/connectors/webhook/schema.ts'
import { contentFromJson } from '../../src/domain/entitlement-content.ts'
import { signed } from '../../src/standard-webhooks.ts'
import { openConnector } from './_open-connector.ts'

/** The code of docs/connectors/webhook.md that receivers are to copy. */
interface Sample {
  verify(headers: object, body: string, secrets: readonly string[], now?: number): { type: string }
  signAnswer(id: string, body: string, secret: string, now?: number): Record<string, string>
}

let sample: Sample
let page: string
let folder: string
beforeAll(async () => {
  page = await readFile('docs/connectors/webhook.md', 'utf8')
  folder = await targetFolder('webhook-page')
  const file = join(folder, 'verify.mjs')
  await writeFile(file, blockOf('js'))
  sample = await import(file)
})
afterAll(() => rm(folder, { recursive: true }))

function blockOf(language: string): string {
  const block = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'm').exec(page)?.[1]
  if (!block) throw new Error(`the page has no ${language}`)
  return block
}

const secret = freshWebhookSecret()
const body = '{"type":"access.grant"}'
const keyOf = (text: string) => Buffer.from(text.replace('whsec_', ''), 'base64')
let messages = 0
const headersFor = (secrets: readonly string[] = [secret], at = new Date()) => {
  messages += 1
  return signed(secrets.map(keyOf), `msg_${messages}`, at, body)
}

it('takes a call of Daypass once', () => {
  const headers = headersFor()
  expect(sample.verify(headers, body, [secret])).toEqual({ type: 'access.grant' })
  expect(() => sample.verify(headers, body, [secret])).toThrow('came before')
})

it('takes a call that is signed with two secrets, and knows either of them', () => {
  const next = freshWebhookSecret()
  for (const known of [[secret], [next], [freshWebhookSecret(), next]])
    expect(sample.verify(headersFor([secret, next]), body, known)).toEqual({ type: 'access.grant' })
})

it.each<[string, () => [object, string]]>([
  ['another body', () => [headersFor(), `${body} `]],
  ['another id', () => [{ ...headersFor(), 'webhook-id': 'msg_x' }, body]],
  ['another timestamp', () => [{ ...headersFor(), 'webhook-timestamp': '1' }, body]],
  ['another secret', () => [headersFor([freshWebhookSecret()]), body]],
  ['no signature', () => [{ ...headersFor(), 'webhook-signature': undefined }, body]],
  [
    'a signature of letters beyond ASCII',
    () => [{ ...headersFor(), 'webhook-signature': 'é'.repeat(47) }, body],
  ],
  ['no headers', () => [{}, body]],
])('refuses %s', (_, make) => {
  const [headers, text] = make()
  expect(() => sample.verify(headers, text, [secret])).toThrow('signed by somebody else')
})

it.each([-301, 301])('refuses a call that was signed %i seconds from now', (seconds) => {
  const headers = headersFor([secret], new Date(Date.now() + seconds * 1000))
  expect(() => sample.verify(headers, body, [secret])).toThrow('too old, or in the future')
})

it('keeps an id for longer than a call is good', () => {
  const headers = headersFor()
  const now = Date.now()
  sample.verify(headers, body, [secret], now)
  expect(() => sample.verify(headers, body, [secret], now + 299_000)).toThrow('came before')
})

it('makes a receiver that `check` finds well, and whose answers Daypass takes', async () => {
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    try {
      const { type } = sample.verify(request.headers, text, [secret])
      const answer = JSON.stringify(type === 'access.check' ? { ok: true } : { granted: true })
      const id = String(request.headers['webhook-id'])
      response.writeHead(200, sample.signAnswer(id, answer, secret)).end(answer)
    } catch (error) {
      response.writeHead(400).end(JSON.stringify({ reason: String(error) }))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const settings = {
    url,
    secrets: [secret],
    signedAnswers: true,
    allowHttp: true,
    allowAddresses: ['127.0.0.1'],
  }
  const connector = openConnector(webhook, { id: 'crm', settings, entitlements: {} })
  expect(await connector.check()).toMatchObject({ ok: true })
  const order = {
    grantId: 'x',
    reference: 'AR-1',
    resourceId: 'crm',
    entitlementId: 'edit',
    content: contentFromJson({ parameters: {} }),
    holder: { displayName: 'Casey', userId: 'U0CASEY' },
    until: new Date(Date.now() + 60_000),
  }
  expect(await connector.grant(order)).toMatchObject({ proof: 'contract' })
  await connector.close()
  server.close()
})

it('shows a catalog that is accepted, with every setting', () => {
  const { crm } = parse(blockOf('yaml')).resources
  const { kind, secretFile, ...settings } = crm.connector
  expect(kind).toBe('webhook')
  expect(settingsSchema.safeParse({ ...settings, secretFile }).error).toBeUndefined()
  expect(Object.keys({ ...settings, secretFile, secrets: [] }).sort()).toEqual(
    Object.keys(settingsSchema.shape).sort(),
  )
  for (const content of Object.values(crm.entitlements))
    expect(entitlementSchema.safeParse(content).error).toBeUndefined()
})
