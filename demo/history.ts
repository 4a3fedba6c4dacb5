import type { Actor, SandboxClient } from '../sandbox/client.ts'
import { plainText } from '../sandbox/plain-text.ts'
import type { Sandbox } from '../sandbox/server.ts'
import { decideActionIds } from '../src/slack/features/decide/ids.ts'
import { myAccessActionIds } from '../src/slack/features/my-access/ids.ts'

/**
 * Makes a short history, by the same commands and clicks as people in Slack, so that App Home and `/audit` are not empty: one
 * access that was given back and one that is active, one denied and one cancelled request, and one that waits for the owners.
 */
export async function makeHistory({ client }: Sandbox): Promise<void> {
  const [carla, gus] = [client.as('U0CARLA'), client.as('U0GUS')]
  const used = await ask(
    carla,
    'orders-db read-orders for 2h ticket OPS-310 because Totals of the weekly refund report',
  )
  const denied = await ask(
    carla,
    'cards-db read-cards for 30m ticket SEC-88 because Comparing the last four digits with a chargeback letter',
  )
  const cancelled = await ask(
    carla,
    'orders-db fix-orders for 30m ticket OPS-311 because Order 1004 is stuck in pending',
  )
  await ask(
    gus,
    'customers-db read-customers for 1h ticket SUP-204 because Sampling ten addresses for the yearly audit',
  )
  const active = await ask(gus, 'orders-db read-orders for 4h because Order totals for the yearly audit')
  await Promise.all([
    useAndGiveBack(client, used),
    approve(client, active),
    deny(client, denied),
    pressWithinMessage(client, carla, await carla.directChannel(), cancelled, myAccessActionIds.cancel),
  ])
}

function approve(client: SandboxClient, reference: string): Promise<void> {
  return pressWithinMessage(client, client.as('U0DANA'), 'C0ORDERS', reference, decideActionIds.approve)
}

async function useAndGiveBack(client: SandboxClient, reference: string): Promise<void> {
  const carla = client.as('U0CARLA')
  const direct = await carla.directChannel()
  await approve(client, reference)
  await pressWithinMessage(client, carla, direct, reference, myAccessActionIds.release)
  await messageWith(client, carla, direct, [reference, 'is gone, read back'])
}

async function deny(client: SandboxClient, reference: string): Promise<void> {
  const erin = client.as('U0ERIN')
  await pressWithinMessage(client, erin, 'C0CARDS', reference, decideActionIds.deny)
  await client.waitFor(() => erin.view(), { what: 'the form for a reason' })
  await erin.submit({ reason: 'The finance team compares cards. Send them the letter.' })
}

/** Asks with one line. Returns the reference, such as `AR-1001`. */
async function ask(actor: Actor, line: string): Promise<string> {
  const outcome = await actor.command('/request-access', line, { channel: 'C0GENERAL' })
  const reference = /AR-\d+/.exec(JSON.stringify(outcome))?.[0]
  if (!reference) throw new Error(`The request was not submitted: ${line}: ${JSON.stringify(outcome)}`)
  return reference
}

/** Presses a button of the message about a request, once the message is there. */
async function pressWithinMessage(
  client: SandboxClient,
  actor: Actor,
  channel: string,
  reference: string,
  actionId: string,
): Promise<void> {
  const { ts } = await messageWith(client, actor, channel, [reference, actionId])
  await actor.press(actionId, { message: { channel, ts } })
}

/** Waits for a message whose text or buttons contain each of the parts. */
function messageWith(client: SandboxClient, actor: Actor, channel: string, parts: readonly string[]) {
  const has = ({ text, blocks = [] }: { text: string; blocks?: Parameters<typeof plainText>[0] }) => {
    const content = [text, plainText(blocks), JSON.stringify(blocks)].join('\n')
    return parts.every((part) => content.includes(part))
  }
  return client.waitFor(async () => (await actor.messages(channel)).find(has), {
    timeoutMs: 30_000,
    what: `a message with ${parts.join(' and ')}`,
  })
}
