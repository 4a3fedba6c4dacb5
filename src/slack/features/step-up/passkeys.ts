import type { Intent } from '../../../domain/step-up.ts'
import { listPasskeys } from '../../../usecases/step-up/list-passkeys.ts'
import type { ActionListener, FormListener } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { proofFor } from './ask.ts'
import { passkeyInputIds } from './ids.ts'
import { type helpView, type linkView, passkeysView } from './views.ts'

type Parts = Pick<FeatureParts, 'ports' | 'opener'>

/** Passkeys… opens the list of one’s own passkeys. */
export function openPasskeysAction({ ports, opener }: Parts): ActionListener {
  return async ({ by, triggerId }, reply) => {
    await reply.acknowledge()
    await opener.open(triggerId, passkeysView(await listPasskeys(ports, by)), reply)
  }
}

/** Add a passkey… and Remove…: the window shows the link to the page instead. */
export function passkeyAction({ ports, opener }: Parts, intentOf: (value: string) => Intent): ActionListener {
  return async ({ by, view, value }, reply) => {
    await reply.acknowledge()
    if (view) await opener.update(view.id, await proofFor({ ports }, { by, view }, intentOf(value)))
  }
}

/** What security leads do for others: the window shows a form. Who may do it is judged when it is carried out. */
export function leadAction({ opener }: Parts, form: typeof helpView | typeof linkView): ActionListener {
  return async ({ view }, reply) => {
    await reply.acknowledge()
    if (view) await opener.update(view.id, form())
  }
}

export function helpListener({ ports }: Parts): FormListener {
  return async ({ by, view }, reply) => {
    const userId = view.inputs.get(passkeyInputIds.person)?.value ?? ''
    if (userId === by.userId) return reply.errors({ person: 'Nobody does this for themselves.' })
    await reply.show(await proofFor({ ports }, { by, view }, { kind: 'issue_code', userId }))
  }
}

export function linkListener({ ports }: Parts): FormListener {
  return async ({ by, view }, reply) => {
    const userId = view.inputs.get(passkeyInputIds.person)?.value ?? ''
    const subject = (view.inputs.get(passkeyInputIds.subject)?.value ?? '').trim()
    if (userId === by.userId) return reply.errors({ person: 'Nobody does this for themselves.' })
    if (subject === '') return reply.errors({ subject: 'Write the subject.' })
    await reply.show(await proofFor({ ports }, { by, view }, { kind: 'link_sign_in', userId, subject }))
  }
}
