import pg from 'pg'
import { company } from '../fixtures/company.ts'
import type { Environment } from '../fixtures/environment.ts'
import type { Actor, SandboxClient } from '../sandbox/client.ts'
import { plainText } from '../sandbox/plain-text.ts'
import { decideActionIds } from '../src/slack/features/decide/ids.ts'
import { myAccessActionIds } from '../src/slack/features/my-access/ids.ts'
import { printAction, printProof, printSeen, printStep } from './print.ts'

const lease = '15s'
type Blocks = Parameters<typeof plainText>[0]

/** A contractor asks, an approver approves, rows are read, the lease ends, the session is cut, and `/audit` shows it all. */
export async function playStory({ slack }: Environment): Promise<void> {
  const { client } = slack
  const carla = client.as('U0CARLA')
  await ask(client, carla)
  await decide(client, carla)
  await useAccess(client, carla, await showCredentials(client, carla))
  await audit(client.as('U0SAM'))
}

async function ask(client: SandboxClient, carla: Actor): Promise<void> {
  printStep('1. A contractor asks')
  const line = `orders-db read-orders for ${lease} because Checking the refunds of INC-42`
  printAction('Carla', `(a guest) types: /request-access ${line}`)
  const outcome = await carla.command('/request-access', line, { channel: 'C0GENERAL' })
  if (!outcome.ok) throw new Error(`Slack showed Carla: ${outcome.error}`)
  printSeen('Carla', 'only she', textOf(outcome.response))
  const dana = client.as('U0DANA')
  const card = await client.waitFor(async () => (await dana.messages('C0ORDERS')).at(-1), {
    what: 'the card',
  })
  printSeen('Dana', 'in #orders-owners', textOf(card))
}

async function decide(client: SandboxClient, carla: Actor): Promise<void> {
  printStep('2. Somebody who may not approve tries; an approver does')
  const sam = client.as('U0SAM')
  printAction('Sam', '(no approver of orders-db) presses Approve')
  await sam.press(decideActionIds.approve)
  const refusal = await client.waitFor(
    async () => (await sam.messages('C0ORDERS')).find(({ ephemeral }) => ephemeral),
    {
      what: 'the refusal',
    },
  )
  printSeen('Sam', 'only he', textOf(refusal))
  printAction('Erin', 'presses Approve')
  await client.as('U0ERIN').press(decideActionIds.approve)
  const active = await client.waitFor(() => directMessage(carla, /you have/), {
    timeoutMs: 20_000,
    what: 'the news that access is active',
  })
  printSeen('Carla', 'in a direct message', textOf(active))
}

async function showCredentials(client: SandboxClient, carla: Actor): Promise<string> {
  printStep('3. Credentials, made on demand and shown once')
  printAction('Carla', 'presses Show credentials')
  await carla.press(myAccessActionIds.credentials)
  const shown = await client.waitFor(
    async () => {
      const text = plainText((await carla.view())?.blocks ?? [])
      return text.includes('postgresql://') ? text : null
    },
    { what: 'the credentials' },
  )
  const url = /postgresql:\/\/[^\s'"]+/.exec(shown)?.[0]
  if (!url) throw new Error('the credentials hold no connection URL')
  printSeen('Carla', 'in a modal that leaves no trace', shown.replaceAll(new URL(url).password, '•••••'))
  await carla.closeView()
  return url
}

async function useAccess(client: SandboxClient, carla: Actor, url: string): Promise<void> {
  printStep('4. The access is real, and no wider than asked')
  const session = new pg.Client({ connectionString: url })
  const cut = new Promise<Error>((resolve) => session.on('error', resolve))
  await session.connect()
  const { rows } = await session.query('select id, status, total from public.orders order by id')
  const read = rows.map(({ id, status, total }) => `${id} ${status} ${total}`).join(' · ')
  printProof(`select id, status, total from orders: ${read}`)
  printProof(
    `select customer_email from orders: ${await refusalOf(session.query('select customer_email from public.orders'))}`,
  )

  printStep('5. The lease ends, and with it the session that is still open')
  printAction('Carla', `keeps her session open and waits; the lease lasts ${lease}`)
  printProof(`the open session: ${(await cut).message}`)
  const ended = await client.waitFor(() => directMessage(carla, /is gone, read back/), {
    timeoutMs: 20_000,
    what: 'the end to be told',
  })
  printProof(`a new login: ${await refusalOf(new pg.Client({ connectionString: url }).connect())}`)
  printSeen('Carla', 'in a direct message', textOf(ended))
}

/** Resolves with the error of an attempt that must fail; throws where it does not. */
async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  const refusal = await attempt.then(
    () => null,
    (error: Error) => error.message,
  )
  if (refusal === null) throw new Error('what should have been refused was allowed')
  return refusal
}

async function audit(sam: Actor): Promise<void> {
  printStep('6. Security asks who had what, when, why, and who said yes')
  for (const text of ['', 'AR-1001']) {
    printAction('Sam', `types: /audit ${text}`.trimEnd())
    const outcome = await sam.command('/audit', text, { channel: 'C0SECURITY' })
    if (!outcome.ok) throw new Error(`Slack showed Sam: ${outcome.error}`)
    printSeen('Sam', 'only he', textOf(outcome.response))
  }
}

async function directMessage(actor: Actor, words: RegExp) {
  return (await actor.directMessages()).findLast((message) => words.test(textOf(message)))
}

/** The text that Slack would show, with names in the place of ids. */
function textOf(message: { text?: string; blocks?: Blocks } | undefined): string {
  const text = (message?.blocks && plainText(message.blocks)) || message?.text || '(nothing)'
  return company.users.reduce((shown, { id, name }) => shown.replaceAll(`@${id}`, `@${name}`), text)
}
