import type { ModalView } from '@slack/types'
import { knownZone } from '../../../domain/calendar-day.ts'
import type { ContractorChange } from '../../../domain/policy.ts'
import { listContractors } from '../../../usecases/people/list-contractors.ts'
import { letEngagementEnd, mayManage } from '../../../usecases/people/manage-engagement.ts'
import { readContractor } from '../../../usecases/people/read-contractor.ts'
import { outdatedButton } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener, CommandListener } from '../../kit/listener.ts'
import type { ActionPayload } from '../../kit/payload.ts'
import type { Reply } from '../../kit/reply.ts'
import type { FeatureParts } from '../feature.ts'
import { manageSentence } from './answers.ts'
import { addForm, endForm, extendForm, handOverForm, linkForm, loginForm, takeOverForm } from './forms.ts'
import { contractorsMessage } from './list.ts'
import { parseListValue, parseMenuValue } from './values.ts'

type Parts = Pick<FeatureParts, 'ports' | 'opener'>

/** `/contractors`: the open engagements of the person who asks, with what policy lets this person do. */
export function contractorsCommand({ ports }: Parts): CommandListener {
  return async ({ by }, reply) => {
    const list = await listContractors(ports, { by, scope: 'mine', page: 1 })
    await reply.ephemeral(contractorsMessage(list, ports.clock.now()))
  }
}

/** Previous, Next, Show all: reads and judges again, and replaces the list with the button. */
export function listAction({ ports }: Parts): ActionListener {
  return async ({ by, value }, reply) => {
    const asked = parseListValue(value)
    if (!asked) return reply.ephemeral(textMessage(outdatedButton))
    await reply.replace(contractorsMessage(await listContractors(ports, { by, ...asked }), ports.clock.now()))
  }
}

/** Add a contractor…: the use-case judges the submitted form. */
export function addAction({ ports, opener }: Parts): ActionListener {
  return async ({ by, triggerId }, reply) => {
    await reply.acknowledge()
    const { maySeeAll } = await listContractors(ports, { by, scope: 'mine', page: 1 })
    await opener.open(triggerId, addForm({ self: by.userId, sponsors: maySeeAll }), reply)
  }
}

/** Opens a form that needs nothing to be read. */
function openAction({ opener }: Parts, form: () => ModalView): ActionListener {
  return async ({ triggerId }, reply) => {
    await reply.acknowledge()
    await opener.open(triggerId, form(), reply)
  }
}
export const takeOverAction = (parts: Parts) => openAction(parts, takeOverForm)
export const linkAction = (parts: Parts) => openAction(parts, linkForm)

/** The menu beside a contractor. */
export function menuAction(parts: Parts): ActionListener {
  return async (click, reply) => {
    const chosen = parseMenuValue(click.value)
    if (!chosen) return reply.ephemeral(textMessage(outdatedButton))
    await openFor(parts, click, chosen, reply)
  }
}

/** Extend… on the notice of an end. */
export function extendAction(parts: Parts): ActionListener {
  return (click, reply) => openFor(parts, click, { change: 'extend', engagementId: click.value }, reply)
}

/** Let it end on the notice: no further notice. The message changes by itself. */
export function letEndAction({ ports }: Parts): ActionListener {
  return async ({ by, value: engagementId }, reply) => {
    const answer = await letEngagementEnd(ports, { by, engagementId })
    if (answer.kind === 'done') return reply.acknowledge()
    await reply.ephemeral(textMessage(manageSentence(answer)))
  }
}

/** As the use-case reads the day. */
async function zoneOf({ directory }: Pick<Parts['ports'], 'directory'>, userId: string): Promise<string> {
  const account = await directory.account(userId, { maxAgeSeconds: 300 })
  return knownZone(account?.timeZone ?? null)
}

async function openFor(
  { ports, opener }: Parts,
  { by, triggerId }: ActionPayload,
  { change, engagementId }: { change: ContractorChange; engagementId: string },
  reply: Reply,
): Promise<void> {
  await reply.acknowledge()
  const answer = await mayManage(ports, { by, engagementId, change })
  if (answer.kind !== 'done') return reply.ephemeral(textMessage(manageSentence(answer)))
  const { view } = answer
  switch (change) {
    case 'extend':
      await opener.open(triggerId, extendForm(view, await zoneOf(ports, by.userId)), reply)
      return
    case 'end':
      await opener.open(triggerId, endForm(view), reply)
      return
    case 'handOver':
      await opener.open(triggerId, handOverForm(view), reply)
      return
    default: {
      const { identities } = await readContractor(ports, view)
      await opener.open(triggerId, loginForm(view.contractor.userId, identities), reply)
    }
  }
}
