import postgres from 'postgres'
import type { Actor, SandboxClient } from '../sandbox/client.ts'
import { plainText } from '../sandbox/plain-text.ts'
import { actionIds } from '../src/slack/ids.ts'
import type { Stage } from './stage.ts'
import { does, proves, say, scene, sees } from './voice.ts'

const lease = '15s'

/** A contractor asks, an approver approves, rows are read, the lease ends, the session is cut, and `/audit` shows it all. */
export async function playStory({ slack }: Stage): Promise<void> {
  const { client } = slack
  const [carla, erin, sam] = ['U0CARLA', 'U0ERIN', 'U0SAM'].map((id) => client.as(id)) as [
    Actor,
    Actor,
    Actor,
  ]
  await ask(client, carla)
  await decide(client, carla, erin)
  const url = await showCredentials(client, carla)
  await useAccess(client, carla, url)
  await audit(sam)
  say('')
}

async function ask(client: SandboxClient, carla: Actor): Promise<void> {
  scene('1. A contractor asks')
  const line = `orders-db read-orders for ${lease} because Checking the refunds of INC-42`
  does('Carla', `(a guest) types: /request-access ${line}`)
  const outcome = await carla.command('/request-access', line, { channel: 'C0GENERAL' })
  if (!outcome.ok) throw new Error(`Slack showed Carla: ${outcome.error}`)
  sees('Carla', 'only she', textOf(outcome.response))
  const card = await client.waitFor(() => newest(client.as('U0DANA'), 'C0ORDERS'), { what: 'the card' })
  sees('Dana', 'in #orders-owners', plainText(card.blocks))
}

async function decide(client: SandboxClient, carla: Actor, erin: Actor): Promise<void> {
  scene('2. Somebody who may not approve tries; an approver does')
  does('Sam', '(no approver of orders-db) presses Approve')
  await client.as('U0SAM').press(actionIds.approve)
  const refusal = await client.waitFor(
    async () => (await client.as('U0SAM').messages('C0ORDERS')).find((message) => message.ephemeral),
    { what: 'the refusal' },
  )
  sees('Sam', 'only he', plainText(refusal.blocks) || refusal.text)
  does('Erin', 'presses Approve')
  await erin.press(actionIds.approve)
  const active = await client.waitFor(() => directMessageWith(carla, actionIds.credentials), {
    timeoutMs: 20_000,
    what: 'the news that access is active',
  })
  sees('Carla', 'in a direct message', plainText(active.blocks))
}

async function showCredentials(client: SandboxClient, carla: Actor): Promise<string> {
  scene('3. Credentials, made on demand and shown once')
  does('Carla', 'presses Show credentials')
  await carla.press(actionIds.credentials)
  const text = await client.waitFor(
    async () => {
      const shown = plainText((await carla.view())?.blocks ?? [])
      return shown.includes('postgresql://') || shown.includes('postgres://') ? shown : null
    },
    { what: 'the credentials' },
  )
  sees(
    'Carla',
    'in a modal that leaves no trace',
    text.replace(/(postgres(?:ql)?:\/\/[^:]+:)[^@]+@/g, '$1•••••@'),
  )
  const url = /postgres(?:ql)?:\/\/[^\s'"]+/.exec(text)?.[0]
  if (!url) throw new Error('the credentials hold no connection URL')
  await carla.closeView()
  return url
}

async function useAccess(client: SandboxClient, carla: Actor, url: string): Promise<void> {
  scene('4. The access is real, and no wider than asked')
  const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 5 })
  let cut: unknown = null
  try {
    const rows = await sql`select id, status, total from public.orders order by id`
    proves(
      `select id, status, total from orders: ${rows.map((row) => `${row.id} ${row.status} ${row.total}`).join(' · ')}`,
    )
    await sql`select customer_email from public.orders`.then(
      () => {
        throw new Error('the forbidden column was readable')
      },
      (error: Error) => proves(`select customer_email from orders: ${error.message}`),
    )
    scene('5. The lease ends, and with it the session that is still open')
    does('Carla', `keeps her session open and waits; the lease lasts ${lease}`)
    await client.waitFor(
      async () => {
        cut = await sql`select 1`.then(
          () => null,
          (error: unknown) => error,
        )
        return cut
      },
      { timeoutMs: 40_000, intervalMs: 200, what: 'the session to be cut' },
    )
    proves(`the open session: ${messageOf(cut)}`)
  } finally {
    await sql.end({ timeout: 1 }).catch(() => {})
  }
  await loginFails(url)
  const ended = await client.waitFor(() => directMessageWith(carla, actionIds.again), {
    what: 'the end to be told',
  })
  sees('Carla', 'in a direct message', plainText(ended.blocks))
}

async function loginFails(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, connect_timeout: 5 })
  try {
    await sql`select 1`
    throw new Error('the login still works')
  } catch (error) {
    if (error instanceof Error && error.message === 'the login still works') throw error
    proves(`a new login: ${messageOf(error)}`)
  } finally {
    await sql.end({ timeout: 1 }).catch(() => {})
  }
}

async function audit(sam: Actor): Promise<void> {
  scene('6. Security asks who had what, when, why, and who said yes')
  for (const text of ['', 'AR-1001']) {
    does('Sam', `types: /audit ${text}`.trimEnd())
    const outcome = await sam.command('/audit', text, { channel: 'C0SECURITY' })
    if (!outcome.ok) throw new Error(`Slack showed Sam: ${outcome.error}`)
    sees('Sam', 'only he', textOf(outcome.response))
  }
}

async function newest(actor: Actor, channel: string) {
  return (await actor.messages(channel)).filter(({ ephemeral }) => !ephemeral).at(-1)
}

async function directMessageWith(actor: Actor, actionId: string) {
  const messages = await actor.directMessages()
  return messages.findLast(({ blocks }) => JSON.stringify(blocks).includes(`"${actionId}"`))
}

function textOf(response: { text?: string; blocks?: Parameters<typeof plainText>[0] } | undefined): string {
  return (response?.blocks && plainText(response.blocks)) || response?.text || '(nothing)'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
