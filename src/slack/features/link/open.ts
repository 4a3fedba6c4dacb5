import type { Ports } from '../../../domain/ports.ts'
import type { AccountKey } from '../../../usecases/_shared/person.ts'
import { outdatedButton } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener } from '../../kit/listener.ts'
import { code } from '../../kit/text.ts'
import { bundleForm } from '../bundle/form.ts'
import { bundleFormFor } from '../bundle/form-state.ts'
import { bundleOfValue } from '../bundle/ids.ts'
import type { FeatureParts } from '../feature.ts'
import { requestForm } from '../request/form.ts'
import { formFor } from '../request/form-state.ts'
import { type Link, parseLinkValue } from './value.ts'

/** The button of a posted message: opens the form for the person who pressed it. Nothing in the button is trusted. */
export function openLinkAction({ ports, opener }: Pick<FeatureParts, 'ports' | 'opener'>): ActionListener {
  return async ({ by, value, triggerId, responseUrl }, reply) => {
    await reply.acknowledge()
    const link = parseLinkValue(value)
    if (!link) return reply.ephemeral(textMessage(outdatedButton))
    const view = await viewFor(ports, by, link, responseUrl)
    if (typeof view === 'string') return reply.ephemeral(textMessage(view))
    await opener.open(triggerId, view, reply)
  }
}

/** The form, or a sentence that says why there is none for this person. */
async function viewFor(
  ports: FeatureParts['ports'],
  by: AccountKey,
  { resourceId, entitlementId, duration: named }: Link,
  responseUrl: string | null,
) {
  const duration = named === '' ? null : named
  const empty = { duration, start: null, justification: '', ticket: null, responseUrl }
  const bundleId = bundleOfValue(resourceId)
  if (bundleId !== null) {
    const form = await bundleFormFor(ports, by, { ...empty, bundleId })
    return form ? bundleForm(form) : gone(bundleId)
  }
  if (!isInCatalog(ports, resourceId, entitlementId)) return gone(`${resourceId} ${entitlementId}`)
  const form = await formFor(ports, by, { ...empty, resourceId, entitlementId, parameters: {} })
  return form.entitlement?.id === entitlementId ? requestForm(form) : notForYou(resourceId, entitlementId)
}

function isInCatalog(
  { catalog }: Pick<Ports, 'catalog'>,
  resourceId: string,
  entitlementId: string,
): boolean {
  return catalog.resources.get(resourceId)?.entitlements.has(entitlementId) ?? false
}

function gone(what: string): string {
  return `${code(what)} is not in the catalog any more, so this button opens nothing. \`/request-access\` shows what there is.`
}

function notForYou(resourceId: string, entitlementId: string): string {
  const what = `${resourceId} ${entitlementId}`
  return `⛔ You may not ask for ${code(what)}. ${code(`/request-access why ${what}`)} says which rule decides.`
}
